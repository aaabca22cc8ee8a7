"""Views, hypotheses and decisions for tests of how an investigation goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from core.alerts.model import Severity
from core.cases.investigation_state import InvestigationState, PhaseEntry, Solution, SolutionState
from core.cases.model import (
    Case,
    CaseState,
    Cause,
    Citation,
    EvidenceKind,
    Hypothesis,
    HypothesisState,
)
from core.cases.projection import CaseView
from core.evidence.model import Locus
from core.investigation.decision import Decision, Situation, Verdict
from core.text.redacted import RedactedText, redacted
from tests.core.investigation.sample_situations import T0

if TYPE_CHECKING:
    from datetime import datetime

POOL = "connection_pool_exhausted"


def minutes(count: float) -> datetime:
    """So long after T0."""
    return T0 + timedelta(minutes=count)


def a_citation(file: str = "db.log", line: int = 7, **changes: Any) -> Citation:
    locus = Locus(file=file, line_start=line, line_end=line)
    text = redacted(f"line {line} of {file}")
    cited = Citation(text=text, locus=locus, weight=1.0, why=RedactedText.format("it says so"))
    return replace(cited, **changes)


def a_hypothesis(number: int = 1, **changes: Any) -> Hypothesis:
    hypothesis = Hypothesis(
        number=number,
        cause=Cause(service="db", signal="pool_timeout", fault=POOL),
        statement=RedactedText.format("Pool exhausted {n}", n=number),
        state=HypothesisState.PROPOSED,
        confidence=0.9 if number == 1 else 0.05,
        rank=number,
        supporting=(a_citation(line=number), a_citation("pool.csv", kind=EvidenceKind.METRIC)),
        check=RedactedText.format("look at the pool"),
    )
    return replace(hypothesis, **changes)


def a_decision(*hypotheses: Hypothesis, is_certain: bool = False, **changes: Any) -> Decision:
    decision = Decision(
        verdict=Verdict.ROOT_CAUSE if is_certain else Verdict.NO_ROOT_CAUSE_YET,
        hypotheses=hypotheses,
        something_else=0.05,
        causes=(),
        missing=(RedactedText.format("the log of the database"),),
        next_question=None,
    )
    return replace(decision, **changes)


def a_view(
    state: CaseState = CaseState.DIAGNOSING,
    investigation: InvestigationState | None = None,
    **changes: Any,
) -> CaseView:
    case = Case(
        id="case_1",
        tenant_id="default",
        number=1,
        title=RedactedText.format("checkout is slow"),
        state=state,
        severity=Severity.HIGH,
        service=None,
        group_key="",
        opened_at=T0,
        version=9,
        turns=1,
    )
    investigation = investigation or InvestigationState(phases=entries(state))
    return CaseView(case=replace(case, **changes), hypotheses=(), investigation=investigation)


def entries(*phases: CaseState, hypothesis: int | None = None) -> tuple[PhaseEntry, ...]:
    """One a minute from T0 on; the last is about `hypothesis`."""
    entered = [
        PhaseEntry(phase=phase, at=minutes(place), why=RedactedText.EMPTY)
        for place, phase in enumerate(phases)
    ]
    return (*entered[:-1], replace(entered[-1], hypothesis=hypothesis))


def a_solution(state: SolutionState = SolutionState.PROPOSED, **changes: Any) -> Solution:
    solution = Solution(
        number=1,
        hypothesis=1,
        text=RedactedText.format("set the pool to 40"),
        expects=RedactedText.format("the alert ends"),
        state=state,
        proposed_at=minutes(20),
        confirmed_at=None if state is SolutionState.PROPOSED else minutes(30),
    )
    return replace(solution, **changes)


def nothing(at: datetime = T0) -> Situation:
    return Situation(at=at, findings={})
