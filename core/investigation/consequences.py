"""Derives the case events that follow from a decision, in the order in which they happen.

The answers to checks that came; the ranking; what became of a fix; the phase that this leads to,
and the fix that is proposed there; the check that is asked for next; what is believed now; and a
call for help where the engine is stuck. Each is an event only where it says something new: a turn
that learns nothing leaves no trace.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from core.cases.events import EventKind
from core.cases.investigation_state import (
    CITATIONS,
    CONCLUSION,
    DEFECTS,
    OPINION,
    RUNBOOK,
    SOLUTION,
    SPENT,
    Defect,
    FittingRunbook,
    InvestigationState,
    Solution,
    SolutionState,
    TurnPart,
    Usage,
)
from core.cases.lifecycle import Change
from core.cases.model import (
    CaseState,
    Hypothesis,
    PredictionOutcome,
    WorkingConclusion,
)
from core.cases.projection import HYPOTHESES, CaseView
from core.investigation.isolation import UNSPARED, Isolation
from core.investigation.phases import (
    Entering,
    advance,
    escalation,
    is_iteration,
    propose,
    root_cause,
    settle,
    weighed,
)
from core.investigation.precedents import like_case, suggestion
from core.investigation.verdict.asked_checks import arrived, ask_changes
from core.investigation.verdict.conclusion import draw_conclusion, says_something_new
from core.investigation.verdict.model_grounds import is_partner
from core.jobs.kinds import CASE_INVESTIGATE
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from pydantic import TypeAdapter

    from core.investigation.decision import Decision, Situation
    from core.text.redacted import RedactedText

say = sentences("investigation.consequences")

Value = TypeVar("Value")


def consequences(
    view: CaseView,
    situation: Situation,
    decision: Decision,
    *,
    at: datetime,
    hold: timedelta,
    isolation: Isolation = UNSPARED,
) -> list[Change]:
    """The changes that a decision makes to its case.

    hold: how long it must be quiet after a fix before the fix counts as a success.
    """
    changes = [*_opined(decision), *_ranked(view, decision)]
    if not view.case.state.is_open:
        return changes
    current, effect = (
        replace(situation, investigation=view.investigation),
        partial(isolation.attempt, TurnPart.EFFECT),
    )
    answers = effect(say("part_answers"), lambda: arrived(current), otherwise=[])
    changes = [*answers, *changes]
    settled = effect(say("part_fix"), lambda: settle(view, situation, hold=hold), otherwise=())
    changes += map(_settled, settled)
    view = replace(view, investigation=_replace_solutions(view.investigation, settled))
    helped = next(
        (solution for solution in settled if solution.state is SolutionState.VALIDATED), None
    )
    if helped is not None:
        return [*changes, _resolved(helped)]
    onward = partial(_onward, view, situation, decision, at=at)
    return [*changes, *effect(say("part_phase"), lambda: list(onward()), otherwise=[])]


def impairment(view: CaseView, defects: Sequence[Defect]) -> list[Change]:
    """`turn.impaired` if the parts that failed differ from those of the previous turn."""
    if tuple(defects) == view.investigation.defects:
        return []
    spelt, texts = _encode(DEFECTS, tuple(defects))
    return [Change(kind=EventKind.IMPAIRED, data={"defects": spelt}, texts=texts)]


def recovery(view: CaseView) -> list[Change]:
    """`work.resumed` if an earlier turn stalled and this one did not."""
    if not any(stall.kind == CASE_INVESTIGATE.name for stall in view.investigation.stalls):
        return []
    return [Change(kind=EventKind.RESUMED, data={"kind": CASE_INVESTIGATE.name})]


def ending(situation: Situation, spent: Usage, *, iterates: bool) -> Change:
    """`turn.ended`: what the turn spent, and for an iteration a digest of its evidence."""
    data: dict[str, Any] = {"spent": SPENT.dump_python(spent, mode="json")}
    if iterates:
        data["weighed"] = weighed(situation)
    return Change(kind=EventKind.TURN_ENDED, data=data)


def is_new(view: CaseView, decision: Decision) -> bool:
    """Whether the ranking differs from the one the case has recorded."""
    if not view.case.turns:
        return True
    return list(map(_tested, decision.hypotheses)) != list(map(_tested, view.hypotheses))


def _tested(hypothesis: Hypothesis) -> Hypothesis:
    """The hypothesis without untested predictions: a check that was only asked for is not news."""
    tested = tuple(
        prediction
        for prediction in hypothesis.predictions
        if prediction.outcome is not PredictionOutcome.UNTESTED
    )
    return replace(hypothesis, predictions=tested)


def _onward(
    view: CaseView, situation: Situation, decision: Decision, *, at: datetime
) -> Iterator[Change]:
    """Changes of an open case: phases, a proposal, checks, a conclusion, an escalation."""
    entering = advance(view, decision)
    yield from map(_entered, entering)
    proposed = _proposed(view, situation, decision, entering, at=at)
    if proposed is not None:
        yield _proposal(proposed)
        view = replace(view, investigation=_replace_solutions(view.investigation, [proposed]))
    yield from ask_changes(view.investigation, decision.checks)
    drawn = draw_conclusion(view.investigation, decision, at=at)
    if says_something_new(drawn, view.investigation.conclusion):
        yield _concluded(drawn)
    iterates = is_iteration(situation)
    why = escalation(view.investigation, entering, iterates=iterates, missing=decision.missing)
    if why is not None:
        yield Change(kind=EventKind.ESCALATED, data={"why": why.digest}, texts=[why])


def _ranked(view: CaseView, decision: Decision) -> Iterator[Change]:
    if is_new(view, decision):
        ranked, texts = _encode(HYPOTHESES, decision.hypotheses)
        data = {"verdict": decision.verdict, "hypotheses": ranked}
        yield Change(kind=EventKind.RANKED, data=data, texts=texts)


def _opined(decision: Decision) -> Iterator[Change]:
    if decision.opinion is not None:
        opinion, texts = _encode(OPINION, decision.opinion)
        yield Change(kind=EventKind.OPINED, data={"opinion": opinion}, texts=texts)


def _proposed(
    view: CaseView,
    situation: Situation,
    decision: Decision,
    entering: Sequence[Entering],
    *,
    at: datetime,
) -> Solution | None:
    phase = entering[-1].phase if entering else view.case.state
    cause = root_cause(decision)
    if cause is None or phase is not CaseState.ANALYZING:
        return None
    precedent = suggestion(situation.memories, like_case(situation, cause.cause))
    trigger = decision.trigger
    return propose(
        cause,
        view.investigation,
        at=at,
        trigger=trigger,
        precedent=precedent,
        is_unseen=is_partner(cause.cause.service, situation),
    )


def _entered(entry: Entering) -> Change:
    data = {"phase": entry.phase, "why": entry.why.digest, "hypothesis": entry.hypothesis}
    return Change(kind=EventKind.PHASE_ENTERED, data=data, texts=[entry.why])


def _proposal(proposed: Solution) -> Change:
    solution, texts = _encode(SOLUTION, proposed)
    return Change(kind=EventKind.SOLUTION_PROPOSED, data={"solution": solution}, texts=texts)


def runbook_fitted(runbook: FittingRunbook) -> Change:
    """`runbook.fitted`."""
    encoded, texts = _encode(RUNBOOK, runbook)
    return Change(kind=EventKind.RUNBOOK_FITTED, data={"runbook": encoded}, texts=texts)


def _settled(solution: Solution) -> Change:
    citations, texts = _encode(CITATIONS, solution.citations)
    worked = solution.state is SolutionState.VALIDATED
    data = {"number": solution.number, "worked": worked, "citations": citations}
    return Change(kind=EventKind.SOLUTION_SETTLED, data=data, texts=texts)


def _resolved(solution: Solution) -> Change:
    """`case.resolved` by a fix that a person made and that evidence shows to have helped."""
    return Change(
        kind=EventKind.RESOLVED, data={"solution": solution.text.digest}, texts=[solution.text]
    )


def _concluded(drawn: WorkingConclusion) -> Change:
    conclusion, texts = _encode(CONCLUSION, drawn)
    return Change(kind=EventKind.CONCLUDED, data={"conclusion": conclusion}, texts=texts)


def _replace_solutions(
    investigation: InvestigationState, changed: Sequence[Solution]
) -> InvestigationState:
    """The investigation with these solutions in place of those with the same number."""
    numbers = {solution.number for solution in changed}
    others = [solution for solution in investigation.solutions if solution.number not in numbers]
    return replace(investigation, solutions=(*others, *changed))


def _encode(shape: TypeAdapter[Value], value: Value) -> tuple[Any, list[RedactedText]]:
    """The value as plain JSON that refers to texts by their digest, and those texts."""
    texts: dict[str, RedactedText] = {}
    plain = shape.dump_python(value, mode="json", context={"texts": texts})
    return plain, list(texts.values())
