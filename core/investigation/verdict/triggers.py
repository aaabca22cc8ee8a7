"""The change that set the leading cause off: the one that is tied to it, told by its best line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from core.cases.model import Citation, EvidenceKind
from core.evidence.logs.changes import COMMANDS
from core.evidence.logs.quiet_logs import BEGUN
from core.evidence.model import FindingKind
from core.evidence.series.findings import format_time
from core.investigation.causes.change_kinds import may_bring
from core.investigation.causes.evidence_index import (
    CHANGED_SETTING,
    CLOCKS,
    changes,
    sightings,
)
from core.investigation.causes.signature_grounds import cite
from core.investigation.memory.words import telling_words
from core.investigation.verdict.citations import moment_of
from core.investigation.verdict.impact import felt_since
from core.investigation.verdict.trigger_choice import TriggerChoice
from core.text.quantities import span
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.model import Hypothesis
    from core.cases.opinion import Opinion
    from core.evidence.model import Finding, Locus
    from core.investigation.causes.troubles import ServiceHealth
    from core.investigation.decision import Situation
    from core.text.redacted import RedactedText

say = sentences("investigation.conclusion")

_SAME = timedelta(seconds=2)  # between two lines of one change
_ARROW = re.compile(
    r"\s(?:->|=>|→)\s|\(was \S|\bfrom\b[^\n]{1,80}\bto\b"
    r"|\s\d+(?:\.\d+)+\S* \d+(?:\.\d+)+"  # two versions, as dpkg and apt tell them
)
_TOOK_EFFECT = re.compile(r"(?i)\bhandler\b|\bre(?:start|load)(?:s|ed|ing)?\b|\bSIGHUP\b")
_TICKET = re.compile(r"\b[A-Z]{2,8}-\d{1,7}\b")
_OPTION = re.compile(r"(?<!\S)--[a-z][\w-]*")  # `--limit edge-1`: which hosts, and no bound
_WORD = re.compile(r"[A-Za-z]{3,}")
_KEY = re.compile(r"\"\w+\"\s?:")
_SHORT = 3  # letters: `of`, `out`
_BOUNDS = frozenset({"limit", "limits"})
_BETWEEN = 4  # lines between two that tell of one change
_NEARBY = timedelta(seconds=60)  # in which a change is told that no line ties to the cause
_TAKES = timedelta(minutes=10)


def trigger(
    hypotheses: Sequence[Hypothesis],
    health: ServiceHealth,
    suffered: Citation | None,
    *,
    opinion: Opinion | None = None,
) -> Citation | None:
    """The change that set the leading cause off, and how long before the first effect it was.

    suffered: the impact. opinion: of a model, which may know what no rule takes for a change.
    """
    situation = health.situation
    leader = next((hypothesis for hypothesis in hypotheses if hypothesis.is_alive), None)
    proposed = _told_by_model(leader, opinion) if leader and opinion else None
    if proposed is not None and _is_before(proposed, suffered, situation):
        return proposed
    if leader is None:
        return None
    began = moment_of(suffered, situation) if suffered else None
    began = felt_since(health.troubles, began) if began else None
    line, at = _tied(leader, health, began)
    choice = TriggerChoice(leader.cause, leader.supporting, health)
    line = line or choice.best
    if line is None:
        return None
    if at is None and line.locus is not None:
        at = moment_of(line, situation)
        if at is None:
            line = choice.told_when(line) or line
            at = moment_of(line, situation)
        line = _best_told(line, at, leader, health) if at else line
    whole = _as_a_whole(_with_its_beginning(line, situation), at, situation)
    return replace(whole, why=_when(at, began), weight=0.0)


def _tied(
    leader: Hypothesis, health: ServiceHealth, began: datetime | None
) -> tuple[Citation | None, datetime | None]:
    """The change that the ranking counts for the cause, by its best line, and when it was."""
    situation = health.situation
    tied = [
        line for line in leader.supporting if line.kind is EvidenceKind.CHANGE and line.resolves
    ]
    # Of two versions of a file nobody knows when they were changed; what a log tells of goes first.
    line = max(
        tied,
        key=lambda change: (moment_of(change, situation) is not None, change.weight),
        default=None,
    )
    at = moment_of(line, situation) if line else None
    if line is None or at is None:
        return line, None
    if began is not None and began < at:  # it took a while, and broke it then
        line = _begun_by(line, situation, began) or line
        at = moment_of(line, situation) or at
    return _best_told(line, at, leader, health), at


def _with_its_beginning(line: Citation, situation: Situation) -> Citation:
    """With the line above it where that began the same work in the same moment."""
    locus, at = line.locus, moment_of(line, situation)
    if locus is None or at is None:
        return line
    for finding in chain.from_iterable(situation.findings.values()):
        place, first = finding.locus, finding.first
        is_above = place.file == locus.file and place.line_end == locus.line_start - 1
        if BEGUN in finding.signals and is_above and first and abs(at - first) <= _SAME:
            return replace(line, locus=locus.through(place))
    return line


def _as_a_whole(line: Citation, at: datetime | None, situation: Situation) -> Citation:
    """With the lines around it, in the same file, that tell of a change in the same moment.

    Only where the file tells of what was changed: in a service's own log others stand between.
    """
    locus = line.locus
    file = next((file for file in situation.files if locus and file.name.text == locus.file), None)
    if locus is None or at is None or file is None or file.service is not None:
        return line
    places = sorted(
        (
            finding.locus
            for finding in situation.findings.get(file.id, ())
            if finding.kind is FindingKind.CHANGE
            and finding.first is not None
            and abs(finding.first - at) <= _SAME
        ),
        key=lambda place: place.line_start,
    )
    for place in chain(reversed(places), places):  # upwards, then downwards
        if _is_next_to(place, locus):
            locus = locus.through(place)
    return replace(line, locus=locus)


def _is_next_to(one: Locus, other: Locus) -> bool:
    return (
        one.line_start <= other.line_end + _BETWEEN and other.line_start <= one.line_end + _BETWEEN
    )


def _when(at: datetime | None, began: datetime | None) -> RedactedText:
    """When it was changed, and how long before the first effect."""
    if at is None:
        return say("changed_some_time")
    if began is None or began < at:
        return say("changed_at", at=format_time(at, dated=False))
    return say("changed_ahead", at=format_time(at, dated=False), ahead=span(began - at))


def changed_nearby(hypotheses: Sequence[Hypothesis], health: ServiceHealth) -> Citation | None:
    """The last that was changed anywhere just before the first effect: it may have no bearing."""
    leader = next((hypothesis for hypothesis in hypotheses if hypothesis.is_alive), None)
    began = health.began
    if began is None:
        return None
    near = [
        (change.first, change)
        for change in changes(sightings(health.situation))
        if change.is_telling
        and change.first is not None
        and began - _NEARBY <= change.first <= began + _SAME
    ]
    if not near:
        return None
    last = max(at for at, _ in near)
    fault = leader.cause.fault if leader else ""
    at, change = max(
        ((at, change) for at, change in near if last - at <= _SAME),
        key=lambda dated: (_told_of_change(dated[1].text.text, fault, None), last - dated[0]),
    )
    ahead = span(max(began - at, timedelta()))
    why = say("changed_nearby", at=format_time(at, dated=False), ahead=ahead)
    return cite(change, 0.0, why, EvidenceKind.CHANGE)


def _told_by_model(leader: Hypothesis, opinion: Opinion) -> Citation | None:
    """What set the leader off by a model that names the same service, its likeliest cause first."""
    causes = sorted(opinion.causes, key=lambda cause: -cause.probability)
    return next((each.trigger for each in causes if each.service == leader.cause.service), None)


def _is_before(line: Citation, suffered: Citation | None, situation: Situation) -> bool:
    """Whether it is not later than its effect, as far as both tell when they were."""
    at, began = moment_of(line, situation), moment_of(suffered, situation) if suffered else None
    return at is None or began is None or at <= began + CLOCKS


def _best_told(line: Citation, at: datetime, leader: Hypothesis, health: ServiceHealth) -> Citation:
    """The line that tells most of what was changed there and then: several may tell of it.

    A command that restarts a service is told by the setting that took effect with it; nobody's log
    of what was changed may name a part of the service alone, as the other line does.
    """
    situation, services = health.situation, health.field.directory
    is_command, words = _is_command(line, situation), telling_words(line.text.text)
    service, fault = leader.cause.service, leader.cause.fault
    owners = {file.name.text: file.service for file in situation.files}
    best, most = line, _told_of_change(line.text.text, fault, owners.get(_file(line) or ""))
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            is_then = finding.first is not None and abs(finding.first - at) <= _SAME
            took_effect = is_command and _is_setting_of(finding, fault)
            if finding.kind is not FindingKind.CHANGE or not (is_then or took_effect):
                continue
            tells = _told_of_change(finding.text.text, fault, file.service)
            is_there = service in {finding.service, *services.named_in(finding.text.text)}
            is_alike = file.service is None and words & telling_words(finding.text.text)
            if (is_there or is_alike) and tells > most:
                best, most = replace(line, text=finding.text, locus=finding.locus), tells
    return best


def _is_command(line: Citation, situation: Situation) -> bool:
    """Whether somebody ran something, which does not say what it changed."""
    every = chain.from_iterable(situation.findings.values())
    return any(each.locus == line.locus and not COMMANDS.isdisjoint(each.signals) for each in every)


def _is_setting_of(finding: Finding, fault: str) -> bool:
    """Whether a setting was changed when nobody knows, and is about the fault."""
    is_undated = finding.first is None and CHANGED_SETTING in finding.signals
    return is_undated and _speaks_of(finding.text.text, fault) > 0


def _told_of_change(text: str, fault: str, owner: str | None) -> tuple[int, ...]:
    """Whether it speaks of the fault; says from what to what; names its ticket; is in no log.

    A restart or a reload says that something took effect, and not what.
    """
    return (
        _speaks_of(text, fault),
        bool(_ARROW.search(text)),
        not _TOOK_EFFECT.search(text),
        bool(_TICKET.search(text)),
        owner is None,
    )


def _speaks_of(text: str, fault: str) -> int:
    """In how many ways it does: as what brings such faults, by its words, as a bound."""
    words = {word.lower() for word in _WORD.findall(_KEY.sub("", _OPTION.sub("", text)))}
    parts = [part for part in fault.split("_") if len(part) > _SHORT]
    is_named = any(part in word for part in parts for word in words)  # `maxmemory` of memory
    return may_bring(text, fault) + is_named + bool(words & _BOUNDS)


def _begun_by(line: Citation, situation: Situation, moment: datetime) -> Citation | None:
    """The latest line before the moment that tells of the same service's change."""
    findings = [
        finding
        for of_file in situation.findings.values()
        for finding in of_file
        if finding.kind is FindingKind.CHANGE and finding.first
    ]
    service = next((each.service for each in findings if each.locus == line.locus), None)
    earlier = [
        finding
        for finding in findings
        if service is not None and finding.service == service and finding.locus.file == _file(line)
        if finding.first and moment - _TAKES <= finding.first <= moment
    ]
    latest = max(earlier, key=lambda finding: finding.first or moment, default=None)
    return replace(line, text=latest.text, locus=latest.locus) if latest else None


def _file(line: Citation) -> str | None:
    return line.locus.file if line.locus else None
