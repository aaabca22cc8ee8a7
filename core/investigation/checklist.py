"""The checklist of an investigation: five steps on every case, each filled from evidence.

Blast radius: what is affected. Timeline: since when, and what came before. Hypothesis: what may
have caused it. Validation: which of its predictions were tested. Solution: what repairs it, and
whether it helped. A step is filled with its lines, or open with what would fill it. Pure: a view,
nothing is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from core.cases.investigation_state import SolutionState
from core.cases.model import Citation, EvidenceKind, Hypothesis, Prediction, PredictionOutcome
from core.evidence.model import Finding, FindingKind, Level
from core.evidence.timeline import align_clocks, file_skews, find_onset, find_signs
from core.investigation.causes.scored_cause import name_of
from core.investigation.verdict.conclusion import percent
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from core.alerts.model import Occurrence
    from core.cases.investigation_state import InvestigationState
    from core.cases.projection import CaseView
    from core.evidence.model import EvidenceFile
    from core.evidence.timeline import Onset

say = sentences("investigation.checklist")

CITED = 4  # lines of one step
NAMED = 6  # services
_FAILING = frozenset({FindingKind.SIGNAL, FindingKind.FIRST_ERROR, FindingKind.BURST})
_SERIOUS = frozenset({Level.ERROR, Level.FATAL})
_KINDS = {FindingKind.METRIC: EvidenceKind.METRIC, FindingKind.SPAN: EvidenceKind.TRACE}


class ChecklistStepName(StrEnum):
    """The five steps, in their order."""

    BLAST_RADIUS = "blast_radius"
    TIMELINE = "timeline"
    HYPOTHESIS = "hypothesis"
    VALIDATION = "validation"
    SOLUTION = "solution"


@dataclass(frozen=True, kw_only=True)
class ChecklistStep:
    """One step. `says` is what is known, `wants` what would fill the step while it is open."""

    name: ChecklistStepName
    title: RedactedText
    filled: bool
    says: RedactedText = RedactedText.EMPTY
    wants: RedactedText = RedactedText.EMPTY
    citations: tuple[Citation, ...] = ()


class Known(Protocol):
    """The evidence of a case: a situation and a dossier both satisfy it."""

    @property
    def occurrences(self) -> tuple[Occurrence, ...]: ...
    @property
    def files(self) -> tuple[EvidenceFile, ...]: ...
    @property
    def findings(self) -> Mapping[str, tuple[Finding, ...]]: ...


def checklist(view: CaseView, evidence: Known) -> tuple[ChecklistStep, ...]:
    """The five steps of a case."""
    alive = [hypothesis for hypothesis in view.hypotheses if hypothesis.is_alive]
    leader = next(iter(sorted(alive, key=lambda hypothesis: hypothesis.rank)), None)
    return (
        _blast_radius(evidence),
        _timeline(evidence),
        _hypothesis(leader, rivals=len(alive) - 1),
        _validation(leader),
        _solution(view, leader),
    )


def _blast_radius(evidence: Known) -> ChecklistStep:
    name, title = ChecklistStepName.BLAST_RADIUS, say("blast_radius")
    lines = tuple(_failing(evidence))
    services = {occurrence.service for occurrence in evidence.occurrences} | {
        finding.service for finding in _failures(evidence)
    }
    affected = sorted(service for service in services if service)
    if not affected and not lines:
        wants = say("wants_alert_or_log")
        return ChecklistStep(name=name, title=title, filled=False, wants=wants)
    named = _listed(affected)
    firing = sum(occurrence.firing for occurrence in evidence.occurrences)
    says = say("services_and_alerts", named=named, n=firing, all=len(evidence.occurrences))
    return ChecklistStep(
        name=name,
        title=title,
        filled=True,
        says=says if evidence.occurrences else named,
        citations=lines[:CITED],
    )


def _listed(services: list[str]) -> RedactedText:
    named = [name_of(service) for service in services[:NAMED]]
    if len(services) > NAMED:
        named.append(say("more_services", n=len(services) - NAMED))
    return RedactedText.join(", ", named) or say("unnamed_service")


def _failing(evidence: Known) -> Iterator[Citation]:
    """The first line of each service that reports a failure."""
    seen: set[str | None] = set()
    for finding in _failures(evidence):
        if finding.service not in seen:
            seen.add(finding.service)
            yield _line(finding, say("service_fails", name=name_of(finding.service)))


def _failures(evidence: Known) -> list[Finding]:
    """The findings that report a failure."""
    findings = chain.from_iterable(evidence.findings.values())
    return [
        finding for finding in findings if finding.kind in _FAILING and finding.level in _SERIOUS
    ]


def _timeline(evidence: Known) -> ChecklistStep:
    name, title = ChecklistStepName.TIMELINE, say("timeline")
    onset = _onset(evidence)
    alerted = min((occurrence.starts_at for occurrence in evidence.occurrences), default=None)
    began = onset.at if onset else alerted
    if began is None:
        wants = say("wants_log_before")
        return ChecklistStep(name=name, title=title, filled=False, wants=wants)
    change = _change_before(evidence, began)
    parts = [say("began", at=began)]
    if onset is not None and alerted is not None:
        parts.append(say("first_alert", at=alerted))
    if change is not None:
        parts.append(say("last_change", at=change.first))
    lines = [_line(change, say("changed_before"))] if change else []
    for sign in onset.signs if onset else ():
        why = say("began", at=sign.at)
        lines.append(Citation(text=sign.text.line(), locus=sign.locus, weight=0.0, why=why))
    return ChecklistStep(
        name=name,
        title=title,
        filled=True,
        says=RedactedText.join("; ", parts),
        citations=tuple(lines[:CITED]),
    )


def _onset(evidence: Known) -> Onset | None:
    """The same onset as on the case's timeline."""
    clocks = align_clocks(file_skews(list(chain.from_iterable(evidence.findings.values()))))
    return find_onset(
        find_signs(
            evidence.findings.get(file.id, ()),
            began=file.first,
            onset=file.onset,
            ahead=clocks.ahead.get(file.name.text, timedelta()),
        )
        for file in evidence.files
    )


def _change_before(evidence: Known, began: datetime) -> Finding | None:
    """The last change before the onset."""
    findings = chain.from_iterable(evidence.findings.values())
    before = [
        finding
        for finding in findings
        if finding.kind is FindingKind.CHANGE and _is_by(finding, began)
    ]
    return max(before, key=lambda finding: finding.first or began, default=None)


def _is_by(finding: Finding, moment: datetime) -> bool:
    return finding.first is not None and finding.first <= moment


def _hypothesis(leader: Hypothesis | None, *, rivals: int) -> ChecklistStep:
    name, title = ChecklistStepName.HYPOTHESIS, say("hypothesis")
    if leader is None:
        wants = say("wants_failing_log")
        return ChecklistStep(name=name, title=title, filled=False, wants=wants)
    says = RedactedText.format(
        "{n}. {text}, {share} %",
        n=leader.number,
        text=leader.statement.line(),
        share=percent(leader.confidence),
    )
    if rivals:
        words = "leader_with_rival" if rivals == 1 else "leader_with_rivals"
        says = say(words, says=says, n=rivals)
    lines = [line for line in leader.supporting if line.resolves]
    return ChecklistStep(
        name=name, title=title, filled=True, says=says, citations=tuple(lines[:CITED])
    )


def _validation(leader: Hypothesis | None) -> ChecklistStep:
    """The validation step: filled by tested predictions, or by a person who confirmed."""
    name, title = ChecklistStepName.VALIDATION, say("validation")
    if leader is None:
        return ChecklistStep(name=name, title=title, filled=False, wants=say("wants_hypothesis"))
    tested = [
        prediction
        for prediction in leader.predictions
        if prediction.outcome is not PredictionOutcome.UNTESTED
    ]
    if not tested and leader.verdict_by is None:
        wants = leader.check.line() or say("wants_check")
        return ChecklistStep(name=name, title=title, filled=False, wants=wants)
    held = sum(prediction.outcome is PredictionOutcome.HELD for prediction in tested)
    parts = [say("predictions_held", n=held, all=len(tested))] if tested else []
    is_filled = bool(held) or leader.verdict_by is not None
    if leader.verdict_by is not None:
        parts.append(say("confirmed_by_person"))
    return ChecklistStep(
        name=name,
        title=title,
        filled=is_filled,
        says=RedactedText.join("; ", parts),
        wants=RedactedText.EMPTY if is_filled else leader.check.line() or say("wants_check"),
        citations=tuple(_of_predictions(tested))[:CITED],
    )


def _of_predictions(tested: Iterable[Prediction]) -> Iterator[Citation]:
    """The first citation of each tested prediction."""
    for prediction in tested:
        yield from prediction.citations[:1]


def _solution(view: CaseView, leader: Hypothesis | None) -> ChecklistStep:
    name, title = ChecklistStepName.SOLUTION, say("solution")
    if view.case.solution is not None:
        text = view.case.solution.line()
        return ChecklistStep(
            name=name, title=title, filled=True, says=text, citations=_shown(view.investigation)
        )
    if not view.investigation.solutions:
        wants = say("wants_root_cause")
        if leader is not None and leader.verdict_by is not None:
            wants = say("wants_fix", cause=leader.statement.line())
        return ChecklistStep(name=name, title=title, filled=False, wants=wants)
    newest = max(view.investigation.solutions, key=lambda solution: solution.number)
    filled = newest.state in (SolutionState.CONFIRMED, SolutionState.VALIDATED)
    return ChecklistStep(
        name=name,
        title=title,
        filled=filled,
        says=RedactedText.format(
            "{state}: {text}", state=SOLUTION_STATES[newest.state](), text=newest.text.line()
        ),
        wants=RedactedText.EMPTY if filled else _WANTED[newest.state](),
        citations=newest.citations[:CITED],
    )


def _shown(investigation: InvestigationState) -> tuple[Citation, ...]:
    """The lines that show that a fix helped."""
    good = (
        solution
        for solution in investigation.solutions
        if solution.state is SolutionState.VALIDATED
    )
    return tuple(line for solution in good for line in solution.citations)[:CITED]


SOLUTION_STATES = {
    SolutionState.PROPOSED: say.later("solution_proposed"),
    SolutionState.CONFIRMED: say.later("solution_confirmed"),
    SolutionState.VALIDATED: say.later("solution_validated"),
    SolutionState.FAILED: say.later("solution_failed"),
}
_WANTED = {
    SolutionState.PROPOSED: say.later("wants_fix_applied"),
    SolutionState.FAILED: say.later("wants_another_fix"),
}


def _line(finding: Finding, why: RedactedText) -> Citation:
    kind = _KINDS.get(finding.kind, EvidenceKind.LOG)
    if finding.kind is FindingKind.CHANGE:
        kind = EvidenceKind.CHANGE
    return Citation(text=finding.text.line(), locus=finding.locus, weight=0.0, why=why, kind=kind)
