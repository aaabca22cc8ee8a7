"""What follows from a decision for its case? Events, in the order in which they happen.

The answers to checks that came; the ranking; what became of a fix; the phase that this leads to,
and the fix that is proposed there; the check that is asked for next; what is believed now; and a
call for help where the engine is stuck. Each is an event only where it says something new: a turn
that learns nothing leaves no trace.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from core.cases.events import HYPOTHESES, EventKind
from core.cases.hypotheses import Hypothesis, Outcome
from core.cases.investigation_events import CITATIONS, CONCLUSION, SOLUTION, SPENT
from core.cases.investigation_state import Solution, SolutionState
from core.cases.lifecycle import Change
from core.cases.model import CaseState
from core.investigation.checks.asking import arrived, ask_changes
from core.investigation.conclusion import draw_conclusion, says_something_new
from core.investigation.phases import advance, escalation, is_iteration, root_cause, weighed
from core.investigation.solutions import propose, settle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from pydantic import TypeAdapter

    from core.cases.events import CaseView
    from core.cases.hypotheses import WorkingConclusion
    from core.cases.investigation_state import Course, Spent
    from core.investigation.decision import Decision, Situation
    from core.investigation.phases import Entering
    from core.text.redacted import Clean

Value = TypeVar("Value")


def consequences(
    view: CaseView, situation: Situation, decision: Decision, *, at: datetime, hold: timedelta
) -> list[Change]:
    """hold: how long it must be quiet after a fix before it is said to have helped."""
    changes = list(_ranked(view, decision))
    if not view.case.state.is_open:
        return changes
    changes = [*arrived(replace(situation, course=view.course)), *changes]
    settled = settle(view, situation, hold=hold)
    changes += map(_settled, settled)
    view = replace(view, course=_with(view.course, settled))
    helped = next((one for one in settled if one.state is SolutionState.VALIDATED), None)
    if helped is not None:
        return [*changes, _resolved(helped)]
    return [*changes, *_onward(view, situation, decision, at=at)]


def ending(situation: Situation, spent: Spent, *, iterates: bool) -> Change:
    """The turn is over: what it took, and the evidence that it weighed where that was new."""
    data: dict[str, Any] = {"spent": SPENT.dump_python(spent, mode="json")}
    if iterates:
        data["weighed"] = weighed(situation)
    return Change(kind=EventKind.TURN_ENDED, data=data)


def is_new(view: CaseView, decision: Decision) -> bool:
    """Does the ranking say anything that the case does not know?"""
    if not view.case.turns:
        return True
    return list(map(_tested, decision.hypotheses)) != list(map(_tested, view.hypotheses))


def _tested(one: Hypothesis) -> Hypothesis:
    """What is predicted of a check that was only asked for says nothing yet."""
    tested = tuple(it for it in one.predictions if it.outcome is not Outcome.UNTESTED)
    return replace(one, predictions=tested)


def _onward(
    view: CaseView, situation: Situation, decision: Decision, *, at: datetime
) -> Iterator[Change]:
    """Of a case that stays open: phases, a proposal, the conclusion, an escalation."""
    entering = advance(view, decision)
    yield from map(_entered, entering)
    proposed = _proposed(view, decision, entering, at=at)
    if proposed is not None:
        yield _proposal(proposed)
        view = replace(view, course=_with(view.course, [proposed]))
    yield from ask_changes(view.course, decision.checks)
    drawn = draw_conclusion(view.course, decision, at=at)
    if says_something_new(drawn, view.course.conclusion):
        yield _concluded(drawn)
    iterates = is_iteration(situation)
    why = escalation(view.course, entering, iterates=iterates, missing=decision.missing)
    if why is not None:
        yield Change(kind=EventKind.ESCALATED, data={"why": why.digest}, texts=[why])


def _ranked(view: CaseView, decision: Decision) -> Iterator[Change]:
    if is_new(view, decision):
        ranked, texts = _spelt(HYPOTHESES, decision.hypotheses)
        data = {"verdict": decision.verdict, "hypotheses": ranked}
        yield Change(kind=EventKind.RANKED, data=data, texts=texts)


def _proposed(
    view: CaseView, decision: Decision, entering: Sequence[Entering], *, at: datetime
) -> Solution | None:
    phase = entering[-1].phase if entering else view.case.state
    cause = root_cause(decision)
    if cause is None or phase is not CaseState.ANALYZING:
        return None
    return propose(cause, view.course, at=at)


def _entered(one: Entering) -> Change:
    data = {"phase": one.phase, "why": one.why.digest, "hypothesis": one.hypothesis}
    return Change(kind=EventKind.PHASE_ENTERED, data=data, texts=[one.why])


def _proposal(one: Solution) -> Change:
    solution, texts = _spelt(SOLUTION, one)
    return Change(kind=EventKind.SOLUTION_PROPOSED, data={"solution": solution}, texts=texts)


def _settled(one: Solution) -> Change:
    citations, texts = _spelt(CITATIONS, one.citations)
    worked = one.state is SolutionState.VALIDATED
    data = {"number": one.number, "worked": worked, "citations": citations}
    return Change(kind=EventKind.SOLUTION_SETTLED, data=data, texts=texts)


def _resolved(one: Solution) -> Change:
    """The fix that a person made, and that evidence shows to have helped, ends the case."""
    return Change(kind=EventKind.RESOLVED, data={"solution": one.text.digest}, texts=[one.text])


def _concluded(one: WorkingConclusion) -> Change:
    conclusion, texts = _spelt(CONCLUSION, one)
    return Change(kind=EventKind.CONCLUDED, data={"conclusion": conclusion}, texts=texts)


def _with(course: Course, changed: Sequence[Solution]) -> Course:
    """The course with these in place of those of the same number."""
    numbers = {one.number for one in changed}
    others = [one for one in course.solutions if one.number not in numbers]
    return replace(course, solutions=(*others, *changed))


def _spelt(shape: TypeAdapter[Value], value: Value) -> tuple[Any, list[Clean]]:
    """As plain JSON that names texts by their digest, and those texts."""
    texts: dict[str, Clean] = {}
    plain = shape.dump_python(value, mode="json", context={"texts": texts})
    return plain, list(texts.values())
