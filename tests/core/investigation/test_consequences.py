"""What follows from a decision, in its order; from one that says nothing new, nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.investigation_state import InvestigationState, SolutionState
from core.cases.model import CaseState, EvidenceKind, Prediction
from core.evidence.model import FileState
from core.investigation.consequences import consequences, is_new
from core.investigation.verdict.conclusion import draw_conclusion
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

if TYPE_CHECKING:
    from core.cases.projection import CaseView
    from core.investigation.decision import Decision, Situation

FOUND = a_decision(a_hypothesis(), is_certain=True)


def kinds(view: CaseView, decision: Decision, situation: Situation | None = None) -> list[str]:
    changes = consequences(
        view,
        situation or nothing(minutes(60)),
        decision,
        at=minutes(60),
        hold=timedelta(minutes=10),
    )
    return [change.kind.name for change in changes]


def test_a_root_cause_changes_the_phase_and_brings_a_proposal() -> None:
    assert kinds(a_view(), FOUND) == [
        "RANKED",
        "PHASE_ENTERED",
        "SOLUTION_PROPOSED",
        "CONCLUDED",
    ]


def test_said_again_it_changes_nothing() -> None:
    investigation = InvestigationState(
        phases=entries(CaseState.ANALYZING, hypothesis=1), solutions=(a_solution(),)
    )
    investigation = replace(
        investigation, conclusion=draw_conclusion(investigation, FOUND, at=minutes(1))
    )
    view = replace(a_view(CaseState.ANALYZING, investigation), hypotheses=FOUND.hypotheses)
    assert kinds(view, FOUND) == []


def test_a_fix_that_helped_ends_the_case_and_nothing_comes_after_that() -> None:
    investigation = InvestigationState(
        phases=entries(CaseState.ANALYZING, hypothesis=1),
        solutions=(a_solution(SolutionState.CONFIRMED),),
    )
    view = a_view(CaseState.ANALYZING, investigation, quiet_since=minutes(40))
    view = replace(view, hypotheses=FOUND.hypotheses)
    assert kinds(view, FOUND) == ["SOLUTION_SETTLED", "RESOLVED"]


def test_of_a_case_that_is_over_only_the_ranking_is_kept() -> None:
    assert kinds(a_view(CaseState.RESOLVED), FOUND) == ["RANKED"]


def test_the_sixth_look_at_new_evidence_calls_people_and_the_fifth_does_not() -> None:
    file, findings = a_log("db", LogLines(text="ERROR no known failure"))
    new = a_situation((replace(file, state=FileState.PROCESSED), findings))
    investigation = InvestigationState(phases=entries(CaseState.DIAGNOSING), iterations=4)
    view, decision = a_view(investigation=investigation), a_decision(a_hypothesis())
    assert "ESCALATED" not in kinds(view, decision, replace(new, investigation=investigation))
    sixth = replace(investigation, iterations=5)
    assert kinds(replace(view, investigation=sixth), decision, replace(new, investigation=sixth))[
        -1
    ] == (EventKind.ESCALATED.name)


def test_a_prediction_that_nothing_tested_is_no_news() -> None:
    hypothesis = a_hypothesis()
    view = replace(a_view(), hypotheses=(hypothesis,))
    asked = Prediction(text=hypothesis.check, kind=EvidenceKind.CHECK)
    assert not is_new(view, a_decision(replace(hypothesis, predictions=(asked,))))
    assert is_new(view, a_decision(replace(hypothesis, confidence=0.5)))
