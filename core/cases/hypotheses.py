"""Causes, hypotheses, checks and conclusions, as the log of a case holds them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.evidence.model import Locus
from core.text.redacted import Clean


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Where, what was seen, what is wrong: `checkout`, `pool_timeout`, `connection_pool_exhausted`.

    `service` is None where nothing says which service it is.
    """

    service: str | None
    signal: str
    fault: str

    @property
    def key(self) -> str:
        """One hypothesis per service and fault, whatever signal it was seen by."""
        return f"{self.service or '?'}/{self.fault}"


class EvidenceKind(StrEnum):
    """What sort of witness a citation is. Two of the same sort may share their error."""

    LOG = "log"
    METRIC = "metric"
    TRACE = "trace"
    CHANGE = "change"  # a deploy or a configuration that was changed
    CHECK = "check"  # the outcome of something that was tried on purpose
    ALERT = "alert"  # says that something is wrong, never what: supports no cause


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A line for or against, what it says, and where it rests. `weight` is in log-odds (nats).

    `resolves` is False where the place it names does not hold what it says: it is struck through
    and counts for nothing.
    """

    text: Clean
    locus: Locus | None
    weight: float
    why: Clean
    kind: EvidenceKind = EvidenceKind.LOG
    resolves: bool = True

    def is_from(self, file: str) -> bool:
        """Does it rest in the file of this name?"""
        return self.locus is not None and self.locus.file == file


class Outcome(StrEnum):
    """What became of a prediction."""

    UNTESTED = "untested"  # nothing at hand could have shown otherwise
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What must be seen if a hypothesis is right, and could have been otherwise.

    `kind` is the sort of evidence that decides it, `citations` that evidence: none of it was used
    to propose the hypothesis.
    """

    text: Clean
    kind: EvidenceKind
    outcome: Outcome = Outcome.UNTESTED
    citations: tuple[Citation, ...] = ()


class HypothesisState(StrEnum):
    """How far a hypothesis has come."""

    PROPOSED = "proposed"
    TESTING = "testing"
    VALIDATED = "validated"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One possible cause with its computed confidence.

    `number` is its name in the case, given once and kept; `rank` is 1 for the best now.
    `confidence` is its share (0 to 1) of a posterior that it shares with its rivals and with
    *something else*. `check` is the one check that would confirm or refute it.
    `verdict_by` and `verdict_why` are a person's, where one confirmed or rejected it.
    """

    number: int
    cause: Cause
    statement: Clean
    state: HypothesisState
    confidence: float
    rank: int
    supporting: tuple[Citation, ...] = ()
    contradicting: tuple[Citation, ...] = ()
    check: Clean = Clean.EMPTY
    verdict_by: str | None = None
    verdict_why: Clean | None = None
    predictions: tuple[Prediction, ...] = ()
    proposed_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_alive(self) -> bool:
        """Neither a person nor the evidence has rejected it."""
        return self.state is not HypothesisState.REJECTED


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What one rival predicts of a check: `says` in words, `pattern` in what comes back.

    `likely` is the probability, 0 to 1, that the pattern is seen if the rival is right.
    """

    hypothesis: int
    says: Clean
    pattern: str
    likely: float


@dataclass(frozen=True, kw_only=True)
class Check:
    """One command, file or question that separates rivals; `gain` is its expected bits.

    `name` is stable: the same check of the same rivals has the same name in every turn.
    """

    name: str
    ask: Clean
    command: Clean | None
    kind: EvidenceKind
    gain: float
    expectations: tuple[Expectation, ...]


class Trust(StrEnum):
    """How much a working conclusion is to be trusted."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, kw_only=True)
class WorkingConclusion:
    """What is believed after a turn, and what comes next."""

    conclusion: Clean
    confidence: Trust
    supporting: tuple[Citation, ...]
    next_steps: tuple[Clean, ...]
    updated_at: datetime
