"""What is a cause, a hypothesis, a decision and an answer? Types only; the verbs are beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.alerts.model import Occurrence
from core.clean import Clean
from core.evidence.model import EvidenceFile, Finding, Locus


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


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A line for or against, what it says, and where it rests. `weight` is in log-odds (nats)."""

    text: Clean
    locus: Locus | None
    weight: float
    why: Clean

    def is_from(self, file: str) -> bool:
        """Does it rest in the file of this name?"""
        return self.locus is not None and self.locus.file == file


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


class Verdict(StrEnum):
    """May "root cause" be said?"""

    ROOT_CAUSE = "root_cause"
    NO_ROOT_CAUSE_YET = "no_root_cause_yet"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that is known when a turn begins. The reasoner sees nothing else.

    `calls` are (caller, callee) pairs of the topology, where one was given. `files` and
    `findings` belong together by `findings[file.id]`. `hypotheses` are those of the last turn,
    so that numbers and people's verdicts are kept. `at` is the moment the question is about.
    """

    at: datetime
    occurrences: tuple[Occurrence, ...] = ()
    files: tuple[EvidenceFile, ...] = ()
    findings: Mapping[str, tuple[Finding, ...]]
    hypotheses: tuple[Hypothesis, ...] = ()
    calls: tuple[tuple[str, str], ...] = ()

    @property
    def onset(self) -> datetime | None:
        """When the alerts say it began."""
        return min((one.starts_at for one in self.occurrences), default=None)


@dataclass(frozen=True, kw_only=True)
class RankedCause:
    """One line of the whole ranking, before it becomes a hypothesis. `score` in log-odds (nats)."""

    cause: Cause
    score: float


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a reasoner concludes from a situation, whichever reasoner it is.

    `something_else` is the posterior's share of causes nobody has named. `missing` says which
    evidence would help; `next_question` is the one thing to ask of people now.
    """

    verdict: Verdict
    hypotheses: tuple[Hypothesis, ...]
    something_else: float
    causes: tuple[RankedCause, ...]
    missing: tuple[Clean, ...]
    next_question: Clean | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer to a person, with its lines. `known` is False where evidence has no answer."""

    text: Clean
    citations: tuple[Citation, ...] = ()
    known: bool = True


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One entry of a case's timeline."""

    at: datetime
    text: Clean
    locus: Locus | None = None
