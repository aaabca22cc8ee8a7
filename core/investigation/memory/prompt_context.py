"""Renders the situation as short lines for a reasoner, the most needed first.

A line that hypotheses cite is rendered once, whoever cites it. The evidence is rendered from what
was found, whatever any rule makes of it: what no rule knows may be what a reader looks for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from core.cases.investigation_state import SolutionState
from core.cases.model import EvidenceKind, HypothesisState, PredictionOutcome
from core.evidence.configuration.changes import is_of_settings
from core.evidence.line_quotes import shorten
from core.evidence.logs.start_lines import STARTED_OTHERWISE
from core.evidence.model import DataType, FindingKind, Level, Locus
from core.evidence.signatures import signals
from core.investigation.causes.scored_cause import name_of
from core.investigation.configuration_changes import ranked_changes
from core.investigation.memory.messages import estimate
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.cases.model import Citation, Hypothesis
    from core.evidence.model import EvidenceFile, Finding
    from core.investigation.causes.troubles import ServiceHealth
    from core.investigation.decision import Situation
    from core.investigation.memory.messages import Memory
    from core.redaction.engine import Redactor

say = sentences("investigation.prompt_context")

_LINE = 240  # characters of a line of evidence
_SETTINGS = 5  # changes of settings, of which no file says when they were made
_ALERTS, _CALLS = 5, 24  # of each at most

_PLACE = 8  # tokens of a file's name and line
_CHANGED = 20
_TEXTS = frozenset({DataType.TEXT, DataType.CODE, DataType.CONFIG})
_SMALL, _MOST_PRINTED = 80, 40  # lines of a file, and of those that are told
_NEAR, _QUIET = timedelta(minutes=10), timedelta(seconds=5)
_BEGINS = timedelta(minutes=2)  # before the alert, where a file that begins may be part of it
_SERIOUS = list(Level)
_LOUD = frozenset({Level.ERROR, Level.FATAL})
# A word, and not the frame of a traceback.
_SAYS = re.compile(r"^(?!\s*(?:Traceback \(most|File \"|at [\w.$<]+\())[^\w]*\w.*[A-Za-z]{3}")
_FOR, _AGAINST = RedactedText.format("+"), RedactedText.format("-")
_OVER = (SolutionState.VALIDATED, SolutionState.FAILED)


@lru_cache(maxsize=2048)
def _name(name: str | None) -> RedactedText:
    # The same files and services are named in every line, and redaction looks at each anew.
    return name_of(name)


def alerts(situation: Situation, *, redactor: Redactor) -> Iterator[RedactedText]:
    """The newest alerts: what fires, where, since when."""
    newest = sorted(
        situation.occurrences, key=lambda occurrence: occurrence.starts_at, reverse=True
    )
    for occurrence in newest[:_ALERTS]:
        yield say(
            "alert",
            name=redactor.clean(occurrence.name).line(),
            service=_name(occurrence.service),
            at=occurrence.starts_at,
            summary=redactor.clean(occurrence.summary).line().cut(_LINE),
        )
    if len(newest) > _ALERTS:
        yield say("earlier_alerts", n=len(newest) - _ALERTS)


def beliefs(situation: Situation) -> Iterator[RedactedText]:
    """The conclusion so far, then every hypothesis with the lines that it cites."""
    conclusion = situation.investigation.conclusion
    if conclusion:
        yield say("so_far", text=conclusion.conclusion.line())
    cited: dict[RedactedText, int] = {}
    for hypothesis in sorted(situation.hypotheses, key=lambda hypothesis: hypothesis.rank):
        yield _statement(hypothesis)
        if hypothesis.is_alive:
            yield from _lines(_FOR, hypothesis.supporting, cited)
        yield from _lines(_AGAINST, hypothesis.contradicting, cited)
        yield from _tested(hypothesis, cited)
    if conclusion:
        yield from _lines(_FOR, conclusion.supporting, cited)


def steps(situation: Situation) -> Iterator[RedactedText]:
    """Checks that people were asked for, and solutions that are under way."""
    for asked_check in situation.investigation.checks:
        words = "check_asked" if asked_check.answered_by is None else "check_answered"
        yield say(words, ask=asked_check.check.ask.line().cut(_LINE))
    for solution in situation.investigation.solutions:
        # A fix in the words of another case is a suggestion to people: no model takes it as a fact.
        if solution.state not in _OVER and solution.record is None:
            yield say("solution", n=solution.number, text=solution.text.line().cut(_LINE))


def calls(situation: Situation) -> Iterator[RedactedText]:
    """Who calls whom, those first that are alerted or suspected."""
    about = {occurrence.service for occurrence in situation.occurrences}
    about |= {hypothesis.cause.service for hypothesis in situation.hypotheses}
    relevant = sorted(dict.fromkeys(situation.calls), key=about.isdisjoint)
    if relevant:
        pairs = [
            RedactedText.format("{caller} > {callee}", caller=_name(caller), callee=_name(callee))
            for caller, callee in relevant[:_CALLS]
        ]
        yield say("calls", calls=RedactedText.join(", ", pairs))


@dataclass(frozen=True, kw_only=True)
class EvidenceLine:
    """One finding in words, with its place."""

    text: RedactedText
    locus: Locus | None


def evidence(health: ServiceHealth, *, suffered: Citation | None, room: int) -> list[EvidenceLine]:
    """Who suffers, what was changed, then what is new and what moved, service by service in turn.

    Last the lines of small files that nobody logged: what a command printed, a patch, a statement.
    suffered: the impact. room: tokens that all lines together may have.
    """
    situation = health.situation
    news = _in_turn([_in_turn(_new_lines(situation)), _in_turn(_moved(health))])
    chosen, left = list[EvidenceLine](), room
    head = [EvidenceLine(text=suffered.why, locus=suffered.locus)] if suffered else []
    for line in chain(head, _changed(situation), news, _in_turn(_printed(situation))):
        tokens = estimate(line.text.text) + _PLACE
        if tokens <= left:
            chosen.append(line)
            left -= tokens
    return chosen


def _in_turn(groups: Iterable[Iterable[EvidenceLine]]) -> Iterator[EvidenceLine]:
    """The first of each, then the second of each, and so on."""
    for row in zip_longest(*groups):
        yield from filter(None, row)


def _changed(situation: Situation) -> list[EvidenceLine]:
    """What was changed, the nearest to the onset first."""
    onset = situation.onset or situation.at
    findings = _telling_changes(situation)
    findings.sort(key=lambda finding: abs((finding.first or onset) - onset))
    findings = [*ranked_changes(situation)[:_SETTINGS], *findings]
    return [
        EvidenceLine(
            text=say("change", at=finding.first, text=shorten(finding.text, room=_LINE)),
            locus=finding.locus,
        )
        for finding in findings[:_CHANGED]
    ]


def _telling_changes(situation: Situation) -> list[Finding]:
    """What was changed; starts of processes that say nothing new only where nothing else was."""
    findings = [
        finding
        for of_file in situation.findings.values()
        for finding in of_file
        if finding.kind is FindingKind.CHANGE and not is_of_settings(finding)
    ]
    telling = [
        finding
        for finding in findings
        if STARTED_OTHERWISE in finding.signals
        or any(signals()[name].weight > 1 for name in finding.signals)
    ]
    return telling or findings


def _new_lines(situation: Situation) -> list[list[EvidenceLine]]:
    """By service, the kinds of lines that began near the onset, the most serious first."""
    onset = situation.onset or situation.at
    groups: defaultdict[str, list[Finding]] = defaultdict(list)
    changed = {finding.locus for finding in _telling_changes(situation)}
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if finding.locus not in changed and _tells(finding) and _is_new(finding, file, onset):
                groups[finding.service or file.service or file.name.text].append(finding)
    for findings in groups.values():
        findings.sort(key=lambda finding: (-_SERIOUS.index(finding.level), -finding.count))
    return [
        [_line_of(service, finding) for finding in findings] for service, findings in groups.items()
    ]


def _tells(finding: Finding) -> bool:
    """Whether it is a kind of line that says something, or a trace of what was raised."""
    if finding.kind is FindingKind.STACK_TRACE:
        return bool(finding.data.get("raised"))
    is_kind = finding.kind in (FindingKind.TEMPLATE, FindingKind.SIGNAL)
    return is_kind and _SAYS.search(finding.text.text) is not None


def _is_new(finding: Finding, file: EvidenceFile, onset: datetime) -> bool:
    """Whether it began near the onset; a file that begins then may hold nothing else."""
    if finding.first is None or file.first is None:
        return finding.level in _LOUD
    is_near = abs(finding.first - onset) <= _NEAR
    tells_of_before = finding.first - file.first >= _QUIET
    begins_then = file.first >= onset - _BEGINS
    return is_near and (tells_of_before or begins_then or finding.level in _LOUD)


def _printed(situation: Situation) -> list[list[EvidenceLine]]:
    """By file, the lines of small texts without a time: of each as many as are told at once."""
    return [
        list(_lines_of(finding))
        for file in situation.files
        if file.data_type in _TEXTS and file.first is None and file.lines <= _SMALL
        for finding in situation.findings.get(file.id, ())
        if finding.kind is FindingKind.NOTE and finding.locus.line_start == 1
    ]


def _lines_of(finding: Finding) -> Iterator[EvidenceLine]:
    start, number = 0, finding.locus.line_start
    for line in finding.text.text.split("\n")[:_MOST_PRINTED]:
        if line.strip():
            text = finding.text.part(start, start + len(line)).line().cut(_LINE)
            locus = replace(finding.locus, line_start=number, line_end=number)
            yield EvidenceLine(text=text, locus=locus)
        start += len(line) + 1
        number += 1


def _line_of(service: str, finding: Finding) -> EvidenceLine:
    words = shorten(_raised(finding) or finding.text, room=_LINE)
    text = say("line", name=_name(service), n=finding.count, at=finding.first, text=words)
    return EvidenceLine(text=text, locus=finding.locus)


def _raised(finding: Finding) -> RedactedText | None:
    """The line of a trace that says what was raised, which is its last one in Python."""
    name, start = str(finding.data.get("raised") or ""), 0
    if finding.kind is not FindingKind.STACK_TRACE or not name:
        return None
    for line in finding.text.text.split("\n"):
        if name in line and not line.startswith((" ", "\t")):
            return finding.text.part(start, start + len(line)).line()
        start += len(line) + 1
    return None


def _moved(health: ServiceHealth) -> list[list[EvidenceLine]]:
    """By service, what is measured of it and moved, the strongest first."""
    groups = []
    for service, portrait in health.field.portraits.items():
        measures = sorted(portrait.signs.values(), key=lambda measure: -measure.strength)
        groups.append(
            [
                EvidenceLine(
                    text=say("moved", name=_name(service), text=measure.shown.text.line()),
                    locus=measure.shown.locus,
                )
                for measure in measures
                if measure.shown.kind is not EvidenceKind.LOG
            ]
        )
    return groups


def talk(memory: Memory, *, redactor: Redactor) -> Iterator[RedactedText]:
    """What was said, oldest first, and how much is not told."""
    if memory.cold:
        yield say("messages_left_out", n=len(memory.cold))
    people = {by: redactor.clean(by).line() for by in {message.by for message in memory.kept}}
    for message in memory.kept:
        yield RedactedText.format("{by}: {text}", by=people[message.by], text=message.text.line())


def _statement(hypothesis: Hypothesis) -> RedactedText:
    return RedactedText.format(
        "{n}. {text}, {share} %{ruled_out}",
        n=hypothesis.number,
        text=hypothesis.statement.line(),
        share=round(hypothesis.confidence * 100),
        ruled_out=say("rejected")
        if hypothesis.state is HypothesisState.REJECTED
        else RedactedText.EMPTY,
    )


def _lines(
    sign: RedactedText, cited: Iterable[Citation], numbers: dict[RedactedText, int]
) -> Iterator[RedactedText]:
    """Each cited line once; those that another hypothesis cites, too, by their number."""
    again, before = list[RedactedText](), len(numbers)
    for line in cited:
        if not line.resolves:
            continue
        where = _name(line.locus.label) if line.locus else say("said")
        text = shorten(line.text, room=_LINE)
        key = RedactedText.join(" ", [where, text])
        if key in numbers:
            if numbers[key] <= before:
                again.append(RedactedText.tag("c", numbers[key]))
            continue
        numbers[key] = len(numbers) + 1
        yield RedactedText.join(" ", [sign, RedactedText.tag("c", numbers[key]), key])
    if again:
        yield RedactedText.join(" ", [sign, RedactedText.join(" ", list(dict.fromkeys(again)))])


def _tested(hypothesis: Hypothesis, numbers: dict[RedactedText, int]) -> Iterator[RedactedText]:
    for prediction in hypothesis.predictions:
        if prediction.outcome is not PredictionOutcome.UNTESTED:
            held = prediction.outcome is PredictionOutcome.HELD
            words = "prediction_held" if held else "prediction_failed"
            yield say(words, text=prediction.text.line().cut(_LINE))
            yield from _lines(_FOR if held else _AGAINST, prediction.citations, numbers)
