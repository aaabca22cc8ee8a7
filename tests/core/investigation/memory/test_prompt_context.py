"""Lines that a reasoner reads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import AskedCheck, InvestigationState, Solution, SolutionState
from core.cases.model import (
    Cause,
    Check,
    Citation,
    EvidenceKind,
    Hypothesis,
    HypothesisState,
    Prediction,
    PredictionOutcome,
    Trust,
    WorkingConclusion,
)
from core.evidence.model import FindingKind, Locus
from core.investigation.memory import prompt_context
from core.text.redacted import redacted
from tests.core.investigation.sample_situations import (
    REDACTOR,
    T0,
    LogLines,
    a_log,
    a_situation,
    an_alert,
)

if TYPE_CHECKING:
    from core.investigation.decision import Situation


def cites(text: str, line: int = 1, *, resolves: bool = True) -> Citation:
    locus = Locus(file="db.log", line_start=line, line_end=line)
    why = redacted("seen")
    return Citation(text=redacted(text), locus=locus, weight=1, why=why, resolves=resolves)


def believed(number: int, *supporting: Citation, **more: object) -> Hypothesis:
    hypothesis = Hypothesis(
        number=number,
        cause=Cause(service="db", signal="s", fault=f"fault_{number}"),
        statement=redacted(f"cause {number}"),
        state=HypothesisState.TESTING,
        confidence=0.5,
        rank=number,
        supporting=supporting,
    )
    return replace(hypothesis, **more)  # type: ignore[arg-type]


def beliefs(*hypotheses: Hypothesis, investigation: InvestigationState | None = None) -> list[str]:
    case = replace(
        a_situation(), hypotheses=hypotheses, investigation=investigation or InvestigationState()
    )
    return [line.text for line in prompt_context.beliefs(case)]


def test_what_two_hypotheses_cite_is_told_once() -> None:
    assert beliefs(believed(1, cites("full")), believed(2, cites("full"), cites("slow", 2))) == [
        "1. cause 1, 50 %",
        "+ c1 db.log:1 full",
        "2. cause 2, 50 %",
        "+ c2 db.log:2 slow",
        "+ c1",
    ]


def test_lines_against_and_predictions_are_told() -> None:
    prediction = Prediction(
        text=redacted("memory grows"),
        kind=EvidenceKind.METRIC,
        outcome=PredictionOutcome.FAILED,
        citations=(cites("flat", 3),),
    )
    untested = replace(prediction, outcome=PredictionOutcome.UNTESTED)
    hypothesis = believed(1, contradicting=(cites("calm"),), predictions=(prediction, untested))
    assert beliefs(hypothesis) == [
        "1. cause 1, 50 %",
        "- c1 db.log:1 calm",
        "predicted, failed: memory grows",
        "- c2 db.log:3 flat",
    ]


def test_of_the_rejected_only_what_speaks_against_them() -> None:
    rejected = believed(
        1,
        cites("full"),
        state=HypothesisState.REJECTED,
        contradicting=(cites("empty", 2),),
    )
    assert beliefs(rejected) == ["1. cause 1, 50 %, rejected", "- c1 db.log:2 empty"]


def test_what_does_not_resolve_is_not_told() -> None:
    assert beliefs(believed(1, cites("made up", resolves=False))) == ["1. cause 1, 50 %"]


def test_a_long_line_is_cut() -> None:
    assert max(map(len, beliefs(believed(1, cites("x" * 9000))))) < 300


def test_the_conclusion_comes_first() -> None:
    conclusion = WorkingConclusion(
        conclusion=redacted("the pool, probably"),
        confidence=Trust.MEDIUM,
        supporting=(cites("full"),),
        next_steps=(),
        updated_at=T0,
    )
    assert beliefs(investigation=InvestigationState(conclusion=conclusion)) == [
        "So far: the pool, probably",
        "+ c1 db.log:1 full",
    ]


def steps(investigation: InvestigationState) -> list[str]:
    return [
        line.text
        for line in prompt_context.steps(replace(a_situation(), investigation=investigation))
    ]


def test_checks_and_solutions_that_are_open_are_told() -> None:
    check = Check(
        name="c",
        ask=redacted("Run top"),
        command=None,
        kind=EvidenceKind.CHECK,
        gain=1,
        expectations=(),
    )
    solution = Solution(
        number=1,
        hypothesis=1,
        text=redacted("Raise the limit"),
        expects=redacted("calm"),
        state=SolutionState.CONFIRMED,
        proposed_at=T0,
    )
    open_check = AskedCheck(check=check, asked_at=T0)
    investigation = InvestigationState(
        checks=(open_check, replace(open_check, answered_by="file_1")),
        solutions=(solution, replace(solution, number=2, state=SolutionState.FAILED)),
    )
    assert steps(investigation) == [
        "Asked for: Run top",
        "Answered: Run top",
        "Solution 1: Raise the limit",
    ]


def test_the_newest_changes_are_told_in_order() -> None:
    file, (finding,) = a_log("db", LogLines(text="deployed build 7", at=60))
    changed = [
        replace(
            finding, kind=FindingKind.CHANGE, first=finding.first, text=redacted(f"build {nth}")
        )
        for nth in range(12)
    ]
    case = a_situation((file, tuple(changed)))
    lines = [line.text for line in prompt_context.changes(case)]
    assert len(lines) == 8
    assert lines[-1] == "Change at 09:01:00 UTC: build 11"


def test_of_many_alerts_the_newest_are_told() -> None:
    alerts = tuple(replace(an_alert("db", T0), name=f"Alert{nth}") for nth in range(9))
    lines = list(prompt_context.alerts(_alerted(*alerts), redactor=REDACTOR))
    assert len(lines) == 6
    assert lines[-1].text == "and 4 alerts before"


def _alerted(*alerts: object) -> Situation:
    return replace(a_situation(), occurrences=alerts)  # type: ignore[arg-type]
