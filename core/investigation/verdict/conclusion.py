"""What is concluded after a turn, in the few lines that are read first.

What is believed and how far it can be trusted; who suffers since when; the change that set it off;
the lines that show it; and what to do next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.investigation_state import SolutionState
from core.cases.model import Trust, WorkingConclusion
from core.investigation.decision import Decision, Verdict
from core.investigation.verdict.hypotheses import judged
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from core.cases.investigation_state import InvestigationState
    from core.cases.model import Hypothesis
    from core.cases.opinion import Opinion
    from core.text.redacted import RedactedText

say = sentences("investigation.conclusion")

_LEADS = 0.5  # share of the posterior from which the leader is trusted a little
_SUPPORTING, _NEXT_STEPS = 3, 3


def draw_conclusion(
    investigation: InvestigationState, decision: Decision, *, at: datetime
) -> WorkingConclusion:
    """The working conclusion after a turn: the belief, its trust, its lines and the next steps."""
    alive = [hypothesis for hypothesis in decision.hypotheses if hypothesis.is_alive]
    leader = next(iter(alive), None)
    lines = leader.supporting if leader else ()
    return WorkingConclusion(
        conclusion=_belief(decision, leader, decision.opinion or investigation.opinion),
        confidence=_trust(decision, leader),
        supporting=tuple(citation for citation in lines if citation.resolves)[:_SUPPORTING],
        next_steps=tuple(_steps(investigation, decision))[:_NEXT_STEPS],
        updated_at=at,
        impact=decision.impact,
        trigger=decision.trigger or decision.nearby,
        is_tied=decision.trigger is not None,
        about=leader.number if leader else None,
        harmless=decision.verdict is Verdict.NO_IMPACT_FOUND,
    )


def says_something_new(drawn: WorkingConclusion, before: WorkingConclusion | None) -> bool:
    """Whether a conclusion is worth recording: its belief, lines or next step changed."""
    return before is None or _gist(drawn) != _gist(before)


def _gist(conclusion: WorkingConclusion) -> tuple[object, ...]:
    """The parts of a conclusion whose change is worth recording."""
    lines = tuple(line.text for line in conclusion.supporting)
    around = tuple(line.why for line in (conclusion.impact, conclusion.trigger) if line)
    step = conclusion.next_steps[:1]
    return conclusion.about, conclusion.conclusion, conclusion.confidence, lines, around, step


def percent(share: float) -> int:
    """A share in percent, from 1 to 99: what is computed is never certain."""
    return max(1, min(99, round(share * 100)))


def _belief(decision: Decision, leader: Hypothesis | None, opinion: Opinion | None) -> RedactedText:
    if decision.verdict is Verdict.NO_IMPACT_FOUND:
        return _harmless(decision, opinion)
    if leader is None:
        return say("no_cause_yet")
    statement, share = leader.statement.line(), percent(leader.confidence)
    if judged(leader):
        return say("cause_confirmed", said=statement)
    if decision.verdict is Verdict.ROOT_CAUSE:
        return say("root_cause", said=statement, share=share)
    return say("most_likely", said=statement, share=share)


def _harmless(decision: Decision, opinion: Opinion | None) -> RedactedText:
    """Why nobody suffers: by what is seen, else by a model that read it."""
    if decision.impact is not None:
        return decision.impact.why
    if opinion is not None and opinion.is_harmless and opinion.missing:
        return say("no_impact_by_model", why=opinion.missing[0])
    return say("no_impact")


def _trust(decision: Decision, leader: Hypothesis | None) -> Trust:
    """High for a root cause, medium for a strong leader with supporting lines, else low."""
    if decision.verdict is Verdict.ROOT_CAUSE:
        return Trust.HIGH
    if leader is not None and leader.confidence >= _LEADS and leader.supporting:
        return Trust.MEDIUM
    return Trust.LOW


def _steps(investigation: InvestigationState, decision: Decision) -> Iterator[RedactedText]:
    """The fix that waits for a person, the question to people, and the missing evidence."""
    for solution in investigation.solutions:
        if solution.state is SolutionState.PROPOSED and decision.verdict is Verdict.ROOT_CAUSE:
            yield solution.text
        elif solution.state is SolutionState.CONFIRMED:
            yield say("see_whether_helped", expects=solution.expects)
    if decision.next_question is not None:
        yield decision.next_question
    elif decision.missing:
        yield say("bring_next", what=decision.missing[0])
    for item in decision.missing[1:]:
        yield say("bring_next", what=item)
