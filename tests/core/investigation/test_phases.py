"""Phases follow from what is known, loops and standstills are escalated, once."""

from __future__ import annotations

from dataclasses import replace

from core.cases.investigation_state import InvestigationState, SolutionState
from core.cases.model import CaseState, HypothesisState
from core.evidence.model import FileState
from core.investigation.phases import (
    Entering,
    advance,
    escalation,
    is_iteration,
    loop_of,
    weighed,
)
from core.text.redacted import RedactedText
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation
from tests.core.investigation.sample_views import (
    a_decision,
    a_hypothesis,
    a_solution,
    a_view,
    entries,
    minutes,
    nothing,
)

DIAGNOSING, ANALYZING = CaseState.DIAGNOSING, CaseState.ANALYZING
MISSING = [RedactedText.format("the log of the database")]


def phases_of(entered: tuple[Entering, ...]) -> list[CaseState]:
    return [entering.phase for entering in entered]


def analyzing(hypothesis: int | None = 1) -> InvestigationState:
    return InvestigationState(phases=entries(DIAGNOSING, ANALYZING, hypothesis=hypothesis))


class TestAdvancing:
    def test_without_a_root_cause_it_stays(self) -> None:
        assert advance(a_view(), a_decision(a_hypothesis())) == ()

    def test_a_root_cause_leads_to_analyzing_and_says_which(self) -> None:
        (entering,) = advance(a_view(), a_decision(a_hypothesis(), is_certain=True))
        assert (entering.phase, entering.hypothesis) == (ANALYZING, 1)
        assert "Pool exhausted 1" in entering.why.text

    def test_while_the_cause_holds_nothing_is_entered(self) -> None:
        view = a_view(ANALYZING, analyzing())
        assert advance(view, a_decision(a_hypothesis(), is_certain=True)) == ()

    def test_what_is_not_carried_any_more_leads_back(self) -> None:
        view = a_view(ANALYZING, analyzing())
        assert phases_of(advance(view, a_decision(a_hypothesis()))) == [DIAGNOSING]

    def test_another_cause_leads_back_and_on_again(self) -> None:
        other = a_decision(a_hypothesis(2, rank=1), a_hypothesis(1, rank=2), is_certain=True)
        back, on = advance(a_view(ANALYZING, analyzing()), other)
        assert (back.phase, on.phase, on.hypothesis) == (DIAGNOSING, ANALYZING, 2)
        assert back.why.text == "the evidence now speaks for 2, not for 1"

    def test_the_cause_that_a_person_confirmed_comes_before_the_leader(self) -> None:
        hypothesis = a_hypothesis(2, state=HypothesisState.VALIDATED, verdict_by="dana")
        (entering,) = advance(a_view(), a_decision(a_hypothesis(), hypothesis, is_certain=True))
        assert entering.hypothesis == 2

    def test_a_fix_that_failed_leads_back_and_the_same_cause_not_on_again(self) -> None:
        failed = a_solution(SolutionState.FAILED, settled_at=minutes(50))
        investigation = replace(analyzing(), solutions=(failed,))
        decision = a_decision(a_hypothesis(), is_certain=True)
        assert phases_of(advance(a_view(ANALYZING, investigation), decision)) == [DIAGNOSING]
        assert advance(a_view(DIAGNOSING, investigation), decision) == ()

    def test_confirmed_again_by_a_person_it_stays_in_spite_of_that(self) -> None:
        failed = a_solution(SolutionState.FAILED, settled_at=minutes(0.5))
        investigation = replace(analyzing(None), solutions=(failed,))
        hypothesis = a_hypothesis(state=HypothesisState.VALIDATED, verdict_by="dana")
        assert (
            advance(a_view(ANALYZING, investigation), a_decision(hypothesis, is_certain=True)) == ()
        )


class TestIterations:
    def test_new_evidence_makes_one_and_the_same_evidence_none(self) -> None:
        file, findings = a_log("db", LogLines(text="ERROR out of memory"))
        situation = a_situation((replace(file, state=FileState.PROCESSED), findings))
        assert is_iteration(situation)
        known = replace(situation.investigation, weighed=weighed(situation))
        assert not is_iteration(replace(situation, investigation=known))

    def test_alerts_alone_make_none(self) -> None:
        assert not is_iteration(a_situation(alert="db"))
        assert not is_iteration(nothing())

    def test_what_is_still_being_read_puts_it_off(self) -> None:
        file, findings = a_log("db", LogLines(text="ERROR out of memory"))
        reading = replace(file, id="other", state=FileState.RECEIVED)
        assert not is_iteration(a_situation((file, findings), (reading, ())))


class TestEscalating:
    def test_the_sixth_turn_in_a_phase_escalates_and_the_fifth_does_not(self) -> None:
        investigation = InvestigationState(phases=entries(DIAGNOSING), iterations=4)
        assert escalation(investigation, (), iterates=True, missing=MISSING) is None
        why = escalation(replace(investigation, iterations=5), (), iterates=True, missing=MISSING)
        assert why is not None
        assert why.text.startswith("Looked at new evidence 6 times")
        assert "the log of the database" in why.text

    def test_a_turn_that_is_no_iteration_escalates_nothing(self) -> None:
        investigation = InvestigationState(phases=entries(DIAGNOSING), iterations=9)
        assert escalation(investigation, (), iterates=False, missing=MISSING) is None

    def test_once_in_a_phase_and_again_in_the_next(self) -> None:
        state = InvestigationState(
            phases=entries(DIAGNOSING), iterations=6, escalated_at=minutes(5)
        )
        assert escalation(state, (), iterates=True, missing=MISSING) is None
        later = replace(state, escalated_at=minutes(-5))
        assert escalation(later, (), iterates=True, missing=MISSING) is not None

    def test_a_phase_entered_more_than_three_times_of_ten_is_a_loop(self) -> None:
        three = InvestigationState(phases=entries(*[DIAGNOSING, ANALYZING] * 3))
        assert loop_of(three) is None
        fourth = Entering(phase=DIAGNOSING, why=RedactedText.EMPTY)
        assert loop_of(three, [fourth]) is DIAGNOSING
        why = escalation(three, [fourth], iterates=False, missing=MISSING)
        assert why is not None
        assert "diagnosing for the 4th time" in why.text

    def test_entries_before_the_last_ten_do_not_count(self) -> None:
        others = [CaseState.RESOLVED, ANALYZING, CaseState.CONSULTING]
        long_ago = [DIAGNOSING, DIAGNOSING, *(others * 3)]
        assert (
            loop_of(InvestigationState(phases=entries(*long_ago, DIAGNOSING, DIAGNOSING))) is None
        )

    def test_a_loop_is_told_once(self) -> None:
        looped = InvestigationState(
            phases=entries(*[DIAGNOSING, ANALYZING] * 4), escalated_at=minutes(60)
        )
        assert escalation(looped, (), iterates=False, missing=MISSING) is None
