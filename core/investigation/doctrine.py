"""How far is an investigation, by the book? Five steps on every case, each filled from evidence.

Blast radius: what is affected. Timeline: since when, and what came before. Hypothesis: what may
have caused it. Validation: what that predicts, tested. Solution: what mends it, and whether it did.
A step is filled with its lines, or open with what would fill it. Pure: a view, nothing stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from core.cases.hypotheses import Citation, EvidenceKind, Hypothesis, Outcome, Prediction
from core.cases.investigation_state import SolutionState
from core.evidence.model import Finding, FindingKind, Level
from core.evidence.timeline.clocks import settle, skews_among
from core.evidence.timeline.onset import find_onset, signs_of
from core.investigation.causes.weighing import name_of
from core.investigation.conclusion import percent
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from core.alerts.model import Occurrence
    from core.cases.events import CaseView
    from core.cases.investigation_state import Course
    from core.evidence.model import EvidenceFile
    from core.evidence.timeline.onset import Onset

CITED = 4  # lines of one step
NAMED = 6  # services
_FAILING = frozenset({FindingKind.SIGNAL, FindingKind.FIRST_ERROR, FindingKind.BURST})
_SERIOUS = frozenset({Level.ERROR, Level.FATAL})
_KINDS = {FindingKind.METRIC: EvidenceKind.METRIC, FindingKind.SPAN: EvidenceKind.TRACE}


class StepName(StrEnum):
    """The five, in their order."""

    BLAST_RADIUS = "blast_radius"
    TIMELINE = "timeline"
    HYPOTHESIS = "hypothesis"
    VALIDATION = "validation"
    SOLUTION = "solution"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One of the five. `says` is what is known, `wants` what would fill it where it is open."""

    name: StepName
    title: Clean
    filled: bool
    says: Clean = Clean.EMPTY
    wants: Clean = Clean.EMPTY
    citations: tuple[Citation, ...] = ()


class Known(Protocol):
    """What a case holds: a situation and a dossier both do."""

    @property
    def occurrences(self) -> tuple[Occurrence, ...]: ...
    @property
    def files(self) -> tuple[EvidenceFile, ...]: ...
    @property
    def findings(self) -> Mapping[str, tuple[Finding, ...]]: ...


def doctrine(view: CaseView, known: Known) -> tuple[Step, ...]:
    """The five steps of a case."""
    alive = [one for one in view.hypotheses if one.is_alive]
    leader = next(iter(sorted(alive, key=lambda one: one.rank)), None)
    return (
        _blast_radius(known),
        _timeline(known),
        _hypothesis(leader, rivals=len(alive) - 1),
        _validation(leader),
        _solution(view, leader),
    )


def _blast_radius(known: Known) -> Step:
    name, title = StepName.BLAST_RADIUS, Clean.say("Blast radius")
    lines = tuple(_failing(known))
    services = {one.service for one in known.occurrences} | {one.service for one in _told(known)}
    affected = sorted(service for service in services if service)
    if not affected and not lines:
        wants = Clean.say("an alert that names a service, or a log of one that fails")
        return Step(name=name, title=title, filled=False, wants=wants)
    named = _listed(affected)
    firing = sum(one.firing for one in known.occurrences)
    says = Clean.say(
        "{named}; {n} of {all} alerts fire", named=named, n=firing, all=len(known.occurrences)
    )
    return Step(
        name=name,
        title=title,
        filled=True,
        says=says if known.occurrences else named,
        citations=lines[:CITED],
    )


def _listed(services: list[str]) -> Clean:
    named = [name_of(one) for one in services[:NAMED]]
    if len(services) > NAMED:
        named.append(Clean.say("{n} more", n=len(services) - NAMED))
    return Clean.join(", ", named) or Clean.say("an unnamed service")


def _failing(known: Known) -> Iterator[Citation]:
    """The first line of each service that tells of a failure."""
    seen: set[str | None] = set()
    for one in _told(known):
        if one.service not in seen:
            seen.add(one.service)
            yield _line(one, Clean.say("{name} fails", name=name_of(one.service)))


def _told(known: Known) -> list[Finding]:
    found = chain.from_iterable(known.findings.values())
    return [one for one in found if one.kind in _FAILING and one.level in _SERIOUS]


def _timeline(known: Known) -> Step:
    name, title = StepName.TIMELINE, Clean.say("Timeline")
    onset = _onset(known)
    alerted = min((one.starts_at for one in known.occurrences), default=None)
    began = onset.at if onset else alerted
    if began is None:
        wants = Clean.say("a log that covers the time before the first error")
        return Step(name=name, title=title, filled=False, wants=wants)
    change = _change_before(known, began)
    told = [Clean.say("began {at}", at=began)]
    if onset is not None and alerted is not None:
        told.append(Clean.say("first alert {at}", at=alerted))
    if change is not None:
        told.append(Clean.say("last change before it {at}", at=change.first))
    lines = [_line(change, Clean.say("changed before it"))] if change else []
    for sign in onset.signs if onset else ():
        why = Clean.say("began {at}", at=sign.at)
        lines.append(Citation(text=sign.text.line(), locus=sign.locus, weight=0.0, why=why))
    return Step(
        name=name,
        title=title,
        filled=True,
        says=Clean.join("; ", told),
        citations=tuple(lines[:CITED]),
    )


def _onset(known: Known) -> Onset | None:
    """The same moment as the case's timeline tells."""
    clocks = settle(skews_among(list(chain.from_iterable(known.findings.values()))))
    return find_onset(
        signs_of(
            known.findings.get(file.id, ()),
            began=file.first,
            onset=file.onset,
            ahead=clocks.ahead.get(file.name.text, timedelta()),
        )
        for file in known.files
    )


def _change_before(known: Known, began: datetime) -> Finding | None:
    found = chain.from_iterable(known.findings.values())
    before = [one for one in found if one.kind is FindingKind.CHANGE and _is_by(one, began)]
    return max(before, key=lambda one: one.first or began, default=None)


def _is_by(one: Finding, moment: datetime) -> bool:
    return one.first is not None and one.first <= moment


def _hypothesis(leader: Hypothesis | None, *, rivals: int) -> Step:
    name, title = StepName.HYPOTHESIS, Clean.say("Hypothesis")
    if leader is None:
        wants = Clean.say("a log of what fails, or of what it calls, from 10 min before it began")
        return Step(name=name, title=title, filled=False, wants=wants)
    says = Clean.say(
        "{n}. {text}, {share} %",
        n=leader.number,
        text=leader.statement.line(),
        share=percent(leader.confidence),
    )
    if rivals:
        others = Clean.say("rival") if rivals == 1 else Clean.say("rivals")
        says = Clean.say("{says}; {n} {others}", says=says, n=rivals, others=others)
    lines = [line for line in leader.supporting if line.resolves]
    return Step(name=name, title=title, filled=True, says=says, citations=tuple(lines[:CITED]))


def _validation(leader: Hypothesis | None) -> Step:
    """Filled by predictions that could have failed, or by a person who looked."""
    name, title = StepName.VALIDATION, Clean.say("Validation")
    if leader is None:
        return Step(name=name, title=title, filled=False, wants=Clean.say("a hypothesis first"))
    tested = [one for one in leader.predictions if one.outcome is not Outcome.UNTESTED]
    if not tested and leader.verdict_by is None:
        wants = leader.check.line() or Clean.say("a prediction of it, tested")
        return Step(name=name, title=title, filled=False, wants=wants)
    held = sum(one.outcome is Outcome.HELD for one in tested)
    told = [Clean.say("{n} of {all} predictions held", n=held, all=len(tested))] if tested else []
    if leader.verdict_by is not None:
        told.append(Clean.say("confirmed by a person"))
    return Step(
        name=name,
        title=title,
        filled=True,
        says=Clean.join("; ", told),
        citations=tuple(_of_predictions(tested))[:CITED],
    )


def _of_predictions(tested: Iterable[Prediction]) -> Iterator[Citation]:
    for one in tested:
        yield from one.citations[:1]


def _solution(view: CaseView, leader: Hypothesis | None) -> Step:
    name, title = StepName.SOLUTION, Clean.say("Solution")
    if view.case.solution is not None:
        said = view.case.solution.line()
        return Step(name=name, title=title, filled=True, says=said, citations=_shown(view.course))
    if not view.course.solutions:
        wants = Clean.say("a root cause that the evidence carries")
        if leader is not None and leader.verdict_by is not None:
            wants = Clean.say("what mends {cause}", cause=leader.statement.line())
        return Step(name=name, title=title, filled=False, wants=wants)
    newest = max(view.course.solutions, key=lambda one: one.number)
    filled = newest.state in (SolutionState.CONFIRMED, SolutionState.VALIDATED)
    return Step(
        name=name,
        title=title,
        filled=filled,
        says=Clean.say(
            "{state}: {text}", state=SOLUTION_STATES[newest.state], text=newest.text.line()
        ),
        wants=Clean.EMPTY if filled else _WANTED[newest.state],
        citations=newest.citations[:CITED],
    )


def _shown(course: Course) -> tuple[Citation, ...]:
    """The lines that show that a fix helped."""
    good = (one for one in course.solutions if one.state is SolutionState.VALIDATED)
    return tuple(line for one in good for line in one.citations)[:CITED]


SOLUTION_STATES = {
    SolutionState.PROPOSED: Clean.say("proposed"),
    SolutionState.CONFIRMED: Clean.say("done, not yet shown to help"),
    SolutionState.VALIDATED: Clean.say("done, and it helped"),
    SolutionState.FAILED: Clean.say("done, and it did not help"),
}
_WANTED = {
    SolutionState.PROPOSED: Clean.say("somebody who does it and says so"),
    SolutionState.FAILED: Clean.say("another fix, or another cause"),
}


def _line(one: Finding, why: Clean) -> Citation:
    kind = _KINDS.get(one.kind, EvidenceKind.LOG)
    if one.kind is FindingKind.CHANGE:
        kind = EvidenceKind.CHANGE
    return Citation(text=one.text.line(), locus=one.locus, weight=0.0, why=why, kind=kind)
