"""Five steps on every case: filled with lines, or open with what would fill them."""

from __future__ import annotations

from dataclasses import replace

from core.cases.investigation_state import InvestigationState, SolutionState
from core.cases.model import EvidenceKind, HypothesisState, Prediction, PredictionOutcome
from core.investigation.checklist import ChecklistStep, ChecklistStepName, checklist
from core.text.redacted import RedactedText
from tests.core.investigation.courses import (
    a_citation,
    a_hypothesis,
    a_solution,
    a_view,
    nothing,
)
from tests.core.investigation.scenes import INCIDENTS, Line, a_log, a_situation, incident

POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"


def step(steps: tuple[ChecklistStep, ...], name: ChecklistStepName) -> ChecklistStep:
    return next(one for one in steps if one.name is name)


def test_with_nothing_known_every_step_is_open_and_says_what_would_fill_it() -> None:
    steps = checklist(a_view(), nothing())
    assert [one.name for one in steps] == list(ChecklistStepName)
    assert not any(one.filled for one in steps)
    assert all(one.wants.text and not one.citations for one in steps)


def test_the_blast_radius_is_who_alerts_and_who_fails_with_a_line_of_each() -> None:
    logs = [a_log(name, Line(text=POOL)) for name in ("api", "web")]
    one = step(
        checklist(a_view(), a_situation(*logs, alert="shop")), ChecklistStepName.BLAST_RADIUS
    )
    assert one.says.text == "api, shop, web; 1 of 1 alerts firing"
    assert {line.locus.file for line in one.citations if line.locus} == {"api.log", "web.log"}


def test_of_a_recorded_incident_the_first_two_steps_are_filled_from_its_lines() -> None:
    steps = checklist(a_view(), incident(INCIDENTS[-1]))
    for name in (ChecklistStepName.BLAST_RADIUS, ChecklistStepName.TIMELINE):
        one = step(steps, name)
        assert one.filled
        assert one.citations
        assert all(line.locus for line in one.citations)
    assert "began" in step(steps, ChecklistStepName.TIMELINE).says.text


def test_an_alert_alone_tells_when() -> None:
    one = step(checklist(a_view(), a_situation(alert="shop")), ChecklistStepName.TIMELINE)
    assert (one.filled, one.says.text) == (True, "began 09:11:00 UTC")


def test_the_hypothesis_is_the_best_that_was_not_rejected() -> None:
    gone = a_hypothesis(state=HypothesisState.REJECTED)
    view = replace(a_view(), hypotheses=(gone, a_hypothesis(2), a_hypothesis(3)))
    one = step(checklist(view, nothing()), ChecklistStepName.HYPOTHESIS)
    assert one.says.text == "2. Pool exhausted 2, 5 %; 1 rival"
    assert one.citations


class TestValidation:
    def test_a_prediction_that_nothing_could_test_validates_nothing(self) -> None:
        one = self.of(self.predicted(PredictionOutcome.UNTESTED))
        assert (one.filled, one.wants.text) == (False, "look at the pool")

    def test_tested_predictions_do_whichever_way_they_went(self) -> None:
        one = self.of(
            self.predicted(PredictionOutcome.HELD), self.predicted(PredictionOutcome.FAILED)
        )
        assert (one.filled, one.says.text) == (True, "1 of 2 predictions held")
        assert len(one.citations) == 2

    def test_so_does_a_person(self) -> None:
        said = a_hypothesis(state=HypothesisState.VALIDATED, verdict_by="dana")
        view = replace(a_view(), hypotheses=(said,))
        one = step(checklist(view, nothing()), ChecklistStepName.VALIDATION)
        assert (one.filled, one.says.text) == (True, "confirmed by a person")

    @staticmethod
    def predicted(outcome: PredictionOutcome) -> Prediction:
        lines = (
            () if outcome is PredictionOutcome.UNTESTED else (a_citation(kind=EvidenceKind.METRIC),)
        )
        text = RedactedText.format("waiting clients")
        return Prediction(text=text, kind=EvidenceKind.METRIC, outcome=outcome, citations=lines)

    @staticmethod
    def of(*predictions: Prediction) -> ChecklistStep:
        view = replace(a_view(), hypotheses=(a_hypothesis(predictions=predictions),))
        return step(checklist(view, nothing()), ChecklistStepName.VALIDATION)


class TestSolution:
    def test_a_proposal_does_not_fill_it(self) -> None:
        one = self.of(SolutionState.PROPOSED)
        assert (one.filled, one.says.text) == (False, "proposed: set the pool to 40")
        assert one.wants.text == "someone to apply it and say whether it helped"

    def test_a_fix_that_was_made_does_and_one_that_did_not_help_does_not(self) -> None:
        assert self.of(SolutionState.CONFIRMED).filled
        assert not self.of(SolutionState.FAILED).filled

    def test_one_that_helped_shows_its_lines(self) -> None:
        one = self.of(SolutionState.VALIDATED)
        assert one.citations == (a_citation(),)

    def test_what_a_person_resolved_it_with_is_the_solution(self) -> None:
        view = a_view(solution=RedactedText.format("restarted it"))
        one = step(checklist(view, nothing()), ChecklistStepName.SOLUTION)
        assert (one.filled, one.says.text) == (True, "restarted it")

    @staticmethod
    def of(state: SolutionState) -> ChecklistStep:
        shown = (a_citation(),) if state is SolutionState.VALIDATED else ()
        investigation = InvestigationState(solutions=(a_solution(state, citations=shown),))
        return step(
            checklist(a_view(investigation=investigation), nothing()), ChecklistStepName.SOLUTION
        )
