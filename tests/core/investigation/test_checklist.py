"""Five steps on every case: filled with lines, or open with what would fill them."""

from __future__ import annotations

from dataclasses import replace

from core.cases.investigation_state import InvestigationState, SolutionState
from core.cases.model import EvidenceKind, HypothesisState, Prediction, PredictionOutcome
from core.investigation.checklist import ChecklistStep, ChecklistStepName, checklist
from core.text.redacted import RedactedText
from tests.core.investigation.sample_situations import (
    INCIDENTS,
    LogLines,
    a_log,
    a_situation,
    incident,
)
from tests.core.investigation.sample_views import (
    a_citation,
    a_hypothesis,
    a_solution,
    a_view,
    nothing,
)

POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"


def step(steps: tuple[ChecklistStep, ...], name: ChecklistStepName) -> ChecklistStep:
    return next(step for step in steps if step.name is name)


def test_with_nothing_known_every_step_is_open_and_says_what_would_fill_it() -> None:
    steps = checklist(a_view(), nothing())
    assert [step.name for step in steps] == list(ChecklistStepName)
    assert not any(step.filled for step in steps)
    assert all(step.wants.text and not step.citations for step in steps)


def test_the_blast_radius_is_who_alerts_and_who_fails_with_a_line_of_each() -> None:
    logs = [a_log(name, LogLines(text=POOL)) for name in ("api", "web")]
    filled = step(
        checklist(a_view(), a_situation(*logs, alert="shop")), ChecklistStepName.BLAST_RADIUS
    )
    assert filled.says.text == "api, shop, web; 1 of 1 alerts firing"
    assert {line.locus.file for line in filled.citations if line.locus} == {"api.log", "web.log"}


def test_of_a_recorded_incident_the_first_two_steps_are_filled_from_its_lines() -> None:
    steps = checklist(a_view(), incident(INCIDENTS[-1]))
    for name in (ChecklistStepName.BLAST_RADIUS, ChecklistStepName.TIMELINE):
        filled = step(steps, name)
        assert filled.filled
        assert filled.citations
        assert all(line.locus for line in filled.citations)
    assert "began" in step(steps, ChecklistStepName.TIMELINE).says.text


def test_an_alert_alone_tells_when() -> None:
    filled = step(checklist(a_view(), a_situation(alert="shop")), ChecklistStepName.TIMELINE)
    assert (filled.filled, filled.says.text) == (True, "began 09:11:00 UTC")


def test_the_hypothesis_is_the_best_that_was_not_rejected() -> None:
    gone = a_hypothesis(state=HypothesisState.REJECTED)
    view = replace(a_view(), hypotheses=(gone, a_hypothesis(2), a_hypothesis(3)))
    filled = step(checklist(view, nothing()), ChecklistStepName.HYPOTHESIS)
    assert filled.says.text == "2. Pool exhausted 2, 5 %; 1 rival"
    assert filled.citations


class TestValidation:
    def test_a_prediction_that_nothing_could_test_validates_nothing(self) -> None:
        filled = self.of(self.predicted(PredictionOutcome.UNTESTED))
        assert (filled.filled, filled.wants.text) == (False, "look at the pool")

    def test_tested_predictions_do_whichever_way_they_went(self) -> None:
        filled = self.of(
            self.predicted(PredictionOutcome.HELD), self.predicted(PredictionOutcome.FAILED)
        )
        assert (filled.filled, filled.says.text) == (True, "1 of 2 predictions held")
        assert len(filled.citations) == 2

    def test_so_does_a_person(self) -> None:
        hypothesis = a_hypothesis(state=HypothesisState.VALIDATED, verdict_by="dana")
        view = replace(a_view(), hypotheses=(hypothesis,))
        filled = step(checklist(view, nothing()), ChecklistStepName.VALIDATION)
        assert (filled.filled, filled.says.text) == (True, "confirmed by a person")

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
        filled = self.of(SolutionState.PROPOSED)
        assert (filled.filled, filled.says.text) == (False, "proposed: set the pool to 40")
        assert filled.wants.text == "someone to apply it and say whether it helped"

    def test_a_fix_that_was_made_does_and_one_that_did_not_help_does_not(self) -> None:
        assert self.of(SolutionState.CONFIRMED).filled
        assert not self.of(SolutionState.FAILED).filled

    def test_one_that_helped_shows_its_lines(self) -> None:
        filled = self.of(SolutionState.VALIDATED)
        assert filled.citations == (a_citation(),)

    def test_what_a_person_resolved_it_with_is_the_solution(self) -> None:
        view = a_view(solution=RedactedText.format("restarted it"))
        filled = step(checklist(view, nothing()), ChecklistStepName.SOLUTION)
        assert (filled.filled, filled.says.text) == (True, "restarted it")

    @staticmethod
    def of(state: SolutionState) -> ChecklistStep:
        shown = (a_citation(),) if state is SolutionState.VALIDATED else ()
        investigation = InvestigationState(solutions=(a_solution(state, citations=shown),))
        return step(
            checklist(a_view(investigation=investigation), nothing()), ChecklistStepName.SOLUTION
        )
