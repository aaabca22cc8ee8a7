"""What is believed after a turn, with the lines that carry it."""

from __future__ import annotations

from dataclasses import replace

from core.cases.investigation_state import InvestigationState, SolutionState
from core.cases.model import HypothesisState, Trust
from core.investigation.consequences import draw_conclusion, says_something_new
from tests.core.investigation.sample_views import (
    a_citation,
    a_decision,
    a_hypothesis,
    a_solution,
    minutes,
)


def test_with_nothing_known_it_admits_so_and_says_what_to_bring() -> None:
    drawn = draw_conclusion(InvestigationState(), a_decision(), at=minutes(1))
    assert drawn.conclusion.text.startswith("No root cause yet")
    assert drawn.confidence is Trust.LOW
    assert drawn.supporting == ()
    assert [text.text for text in drawn.next_steps] == ["Bring the log of the database"]


def test_a_leader_is_no_root_cause() -> None:
    drawn = draw_conclusion(
        InvestigationState(), a_decision(a_hypothesis(confidence=0.97)), at=minutes(1)
    )
    assert drawn.conclusion.text == "No root cause yet. Most likely: Pool exhausted 1, 97 %"
    assert drawn.confidence is Trust.MEDIUM


def test_trust_is_high_only_where_a_root_cause_may_be_said() -> None:
    drawn = draw_conclusion(
        InvestigationState(), a_decision(a_hypothesis(), is_certain=True), at=minutes(1)
    )
    assert (drawn.conclusion.text, drawn.confidence) == (
        "Root cause: Pool exhausted 1, 90 %",
        Trust.HIGH,
    )


def test_what_was_rejected_is_not_believed() -> None:
    gone = a_hypothesis(state=HypothesisState.REJECTED)
    assert (
        draw_conclusion(InvestigationState(), a_decision(gone), at=minutes(1)).confidence
        is Trust.LOW
    )


def test_a_line_that_does_not_resolve_supports_nothing() -> None:
    struck, good = a_citation(line=1, resolves=False), a_citation(line=2)
    leader = a_hypothesis(supporting=(struck, good))
    drawn = draw_conclusion(InvestigationState(), a_decision(leader), at=minutes(1))
    assert drawn.supporting == (good,)


def test_the_fix_that_waits_comes_first() -> None:
    investigation = InvestigationState(solutions=(a_solution(),))
    decision = a_decision(a_hypothesis(), is_certain=True)
    steps = draw_conclusion(investigation, decision, at=minutes(1)).next_steps
    assert steps[0].text == "set the pool to 40"
    done = InvestigationState(solutions=(a_solution(SolutionState.CONFIRMED),))
    steps = draw_conclusion(done, decision, at=minutes(1)).next_steps
    assert steps[0].text == "See whether it helped: the alert ends"


def test_only_a_new_belief_is_worth_recording() -> None:
    drawn = draw_conclusion(InvestigationState(), a_decision(a_hypothesis()), at=minutes(1))
    assert says_something_new(drawn, None)
    assert not says_something_new(replace(drawn, updated_at=minutes(9)), drawn)
    surer = draw_conclusion(
        InvestigationState(), a_decision(a_hypothesis(confidence=0.5)), at=minutes(1)
    )
    assert says_something_new(surer, drawn)
