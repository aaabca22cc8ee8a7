"""The change that set the leading cause off: the one that is tied to it, told by its best line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.model import Citation, EvidenceKind
from core.evidence.configuration.changes import weight_of
from core.evidence.logs.changes import COMMANDS
from core.evidence.model import FindingKind
from core.evidence.series.findings import format_time
from core.investigation.causes.evidence_index import (
    CLOCKS,
    changes,
)
from core.investigation.causes.signature_grounds import cite
from core.investigation.configuration_changes import ranked_changes
from core.investigation.verdict.citations import moment_of
from core.investigation.verdict.impact import felt_since, suffered_since
from core.investigation.verdict.told_changes import SAME_MOMENT, ToldChange, tells_of_change
from core.investigation.verdict.trigger_choice import TriggerChoice
from core.investigation.worded_change import ChangeSort, WordedChange
from core.text.quantities import span
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.model import Hypothesis
    from core.cases.opinion import Opinion
    from core.investigation.causes.evidence_index import Feature
    from core.investigation.causes.troubles import ServiceHealth
    from core.investigation.decision import Situation

say = sentences("investigation.conclusion")

_NEARBY = timedelta(seconds=60)  # in which a change is told that no line ties to the cause
_TAKES = timedelta(minutes=10)
_STARTS = re.compile(r"(?i)\b(?:re)?(?:start|load)\b|\bdaemon-reload\b")  # what takes effect
# What a release does before it starts: it brings everything, and says of nothing what it is.
_SHIPS = re.compile(
    r"\brsync\b.*--delete|\bgit (?:fetch|pull|checkout|clone)\b|\b(?:docker|podman) pull\b"
    r"|\bpip3? install -r\b|\bnpm ci\b|\bbundle install\b"
)
_BY_CRON = re.compile(r"\bCRON?D?(?:\[\d+\])?: \(\w[\w.-]*\) CMD\b", re.IGNORECASE)
_TIMETABLE = re.compile(r"\bcrontab(?:\[\d+\])?: \(\w[\w.-]*\) (?:REPLACE|END EDIT)|/etc/cron")
_RUNS_WITHIN = timedelta(minutes=60)  # of an edit: what ran each night would have run before
_A_MOMENT = timedelta(seconds=1.5)  # within which nobody tells what was first


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
    leader = next((hypothesis for hypothesis in hypotheses if hypothesis.is_alive), None)
    if leader is None:
        return None
    proposed = _told_by_model(leader, opinion) if opinion else None
    if proposed is not None and _is_before(proposed, suffered, health.situation):
        change = _change_of(proposed, leader, health)
        return change.best if change else proposed
    return _found(leader, health, suffered)


def _found(leader: Hypothesis, health: ServiceHealth, suffered: Citation | None) -> Citation | None:
    """The change that the ranking or the choice ties to the leader, by the line that tells most."""
    situation = health.situation
    shown = suffered_since(health) or (moment_of(suffered, situation) if suffered else None)
    began = felt_since(health.troubles, shown) if shown else None
    choice = TriggerChoice(leader.cause, leader.supporting, health)
    line = _tied(leader, situation, began) or choice.best
    if line is None:
        return None
    if moment_of(line, situation) is None:
        if (released := choice.released_at(line)) is not None:
            return replace(line, why=_when(released, shown), weight=0.0)
        line = choice.told_when(line) or line
    change = _change_of(line, leader, health)
    best, at = (change.best, change.since) if change else (line, None)
    prepared = _prepared(best, leader, health) or _scheduled(best, health)
    if prepared is not None:
        best, at = cite(prepared, 0.0, RedactedText.EMPTY, EvidenceKind.CHANGE), prepared.first
    elif WordedChange.of(best.text).sort is ChangeSort.START:
        return None  # it runs since then; what it was started with is not said to be new
    return replace(best, why=_when(at, shown), weight=0.0)


def _change_of(line: Citation, leader: Hypothesis, health: ServiceHealth) -> ToldChange | None:
    """The change that the line tells of, with all that tells of it too; None without its time."""
    at = moment_of(line, health.situation)
    return None if at is None else ToldChange(line, at, leader.cause, health)


def _scheduled(run: Citation, health: ServiceHealth) -> Feature | None:
    """The edit of a timetable by which a job ran soon after, and had not run then before."""
    at = moment_of(run, health.situation)
    if at is None or not _BY_CRON.search(run.text.text):
        return None
    edits = [
        change
        for change in changes(health.sightings)
        if change.first is not None
        and at - _RUNS_WITHIN <= change.first < at
        and run.locus is not None
        and change.locus.file == run.locus.file
        and _TIMETABLE.search(change.text.text)
    ]
    return max(edits, key=lambda change: change.first or at, default=None)


def _prepared(start: Citation, leader: Hypothesis, health: ServiceHealth) -> Feature | None:
    """What somebody did to a service before it was started: `systemctl edit orders.service`."""
    at, service = moment_of(start, health.situation), leader.cause.service
    sort = WordedChange.of(start.text).sort
    is_start = sort is ChangeSort.OTHER and _STARTS.search(start.text.text)
    if at is None or service is None or not (is_start or sort is ChangeSort.START):
        return None
    done = [
        change
        for change in changes(health.sightings)
        if change.signal.name in COMMANDS
        and change.first is not None
        and at - _TAKES <= change.first < at
        and service in health.field.directory.keyed_in(change.text.text)
        and not _STARTS.search(change.text.text)
        and not _SHIPS.search(change.text.text)
    ]
    return max(done, key=lambda change: change.first or at, default=None)


def _tied(leader: Hypothesis, situation: Situation, began: datetime | None) -> Citation | None:
    """The change that the ranking counts for the cause, by its best line."""
    # Of two versions of a file nobody knows when they were changed; what a log tells of goes first.
    line = max(
        leader.changes,
        key=lambda change: (moment_of(change, situation) is not None, change.weight),
        default=None,
    )
    at = moment_of(line, situation) if line else None
    if line and at and began and began + CLOCKS < at:  # it took a while, and broke it then
        return _begun_by(line, situation, began) or line
    return line


def _when(at: datetime | None, began: datetime | None) -> RedactedText:
    """When it was changed, and how long before somebody suffered, as far as their clocks agree."""
    if at is None:
        return say("changed_some_time")
    if began is not None and abs(began - at) < _A_MOMENT:
        return say("changed_with", at=format_time(at, dated=False))
    if began is None or began < at:
        return say("changed_at", at=format_time(at, dated=False))
    ahead = began.replace(microsecond=0) - at.replace(microsecond=0)  # as both are shown
    return say("changed_ahead", at=format_time(at, dated=False), ahead=span(ahead))


def changed_nearby(hypotheses: Sequence[Hypothesis], health: ServiceHealth) -> Citation | None:
    """The last that was changed anywhere just before the first effect: it may have no bearing.

    Of files that tell of no effect and no cause, the setting whose change weighs most.
    """
    leader = next((hypothesis for hypothesis in hypotheses if hypothesis.is_alive), None)
    began = health.began
    if began is None:
        return _differs_most(health.situation) if leader is None else None
    near = [
        (change.first, change)
        for change in changes(health.sightings)
        if change.is_telling
        and change.first is not None
        and began - _NEARBY <= change.first <= began + SAME_MOMENT
    ]
    if not near:
        return None
    last = max(at for at, _ in near)
    fault = leader.cause.fault if leader else ""
    at, change = max(
        ((at, change) for at, change in near if last - at <= SAME_MOMENT),
        key=lambda dated: (tells_of_change(dated[1].text.text, fault), last - dated[0]),
    )
    why = say("changed_nearby", at=format_time(at, dated=False))
    return cite(change, 0.0, why, EvidenceKind.CHANGE)


def _differs_most(situation: Situation) -> Citation | None:
    """The setting that two versions set most differently, said as what it is."""
    differing = [change for change in ranked_changes(situation) if weight_of(change) > 0]
    if not differing:
        return None
    best, n = differing[0], len(differing)
    why = say("differs_most", n=n) if n > 1 else say("differs_alone")
    return Citation(text=best.text, locus=best.locus, weight=0.0, why=why, kind=EvidenceKind.CHANGE)


def _told_by_model(leader: Hypothesis, opinion: Opinion) -> Citation | None:
    """What set the leader off by a model that names the same service, its likeliest cause first."""
    causes = sorted(opinion.causes, key=lambda cause: -cause.probability)
    return next((each.trigger for each in causes if each.service == leader.cause.service), None)


def _is_before(line: Citation, suffered: Citation | None, situation: Situation) -> bool:
    """Whether it is not later than its effect, as far as both tell when they were."""
    at, began = moment_of(line, situation), moment_of(suffered, situation) if suffered else None
    return at is None or began is None or at <= began + CLOCKS


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
