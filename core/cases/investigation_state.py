"""How did an investigation go? What its events fold into, besides the hypotheses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.cases.hypotheses import Check, Citation, Outcome, WorkingConclusion
from core.cases.model import CaseState
from core.text.redacted import Clean


@dataclass(frozen=True, kw_only=True)
class PhaseEntry:
    """The case entered a phase. The history holds entries, not turns.

    `hypothesis` is the number of the cause that it is about, where the engine entered it.
    """

    phase: CaseState
    at: datetime
    why: Clean
    hypothesis: int | None = None


class SolutionState(StrEnum):
    """How far a solution has come."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"  # a person says that it was done
    VALIDATED = "validated"  # evidence from after it shows that it helped
    FAILED = "failed"  # evidence from after it shows that it did not


@dataclass(frozen=True, kw_only=True)
class Solution:
    """What would mend the case, for which hypothesis, and what shows whether it did.

    `citations` are the evidence from after the fix.
    """

    number: int
    hypothesis: int
    text: Clean
    expects: Clean
    state: SolutionState
    proposed_at: datetime
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    settled_at: datetime | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AskedCheck:
    """A check that people were asked for, and what each rival's prediction came to.

    `scores` holds (hypothesis number, outcome) once `answered_by` (a file or a message) came.
    """

    check: Check
    asked_at: datetime
    answered_by: str | None = None
    answered_at: datetime | None = None
    scores: tuple[tuple[int, Outcome], ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What turns have taken. `cost` is in millionths of a dollar, `seconds` of the engine."""

    rounds: int = 0
    calls: int = 0
    tokens: int = 0
    cost: int = 0
    seconds: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            rounds=self.rounds + other.rounds,
            calls=self.calls + other.calls,
            tokens=self.tokens + other.tokens,
            cost=self.cost + other.cost,
            seconds=self.seconds + other.seconds,
        )


@dataclass(frozen=True, kw_only=True)
class Course:
    """How an investigation went: what its events fold into, besides the hypotheses.

    `iterations` counts the turns since the last phase was entered that weighed new evidence, and
    `weighed` is a digest of what the last of them did.
    """

    phases: tuple[PhaseEntry, ...] = ()
    iterations: int = 0
    conclusion: WorkingConclusion | None = None
    solutions: tuple[Solution, ...] = ()
    checks: tuple[AskedCheck, ...] = ()
    spent: Spent = field(default_factory=Spent)
    escalated_at: datetime | None = None
    escalated_why: Clean | None = None
    weighed: str = ""
