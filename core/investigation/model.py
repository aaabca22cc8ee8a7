"""What is a cause, a hypothesis, a decision and an answer? Types only; the verbs are beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from core.cases.hypotheses import Cause, Citation, EvidenceKind, Hypothesis
from core.evidence.model import Locus
from core.text.redacted import Clean


@dataclass(frozen=True, kw_only=True)
class Sufficiency:
    """May "root cause" be said of the leader, by the rule? `lacking` says what is missing if not.

    `posterior` is the leader's share, `kinds` the independent sorts of evidence that support it,
    `tested` how many predictions held that could have failed.
    """

    enough: bool
    posterior: float = 0.0
    kinds: tuple[EvidenceKind, ...] = ()
    tested: int = 0
    lacking: tuple[Clean, ...] = ()


class Verdict(StrEnum):
    """May "root cause" be said?"""

    ROOT_CAUSE = "root_cause"
    NO_ROOT_CAUSE_YET = "no_root_cause_yet"


@dataclass(frozen=True, kw_only=True)
class RankedCause:
    """One line of the whole ranking, before it becomes a hypothesis. `score` in log-odds (nats)."""

    cause: Cause
    score: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer to a person, with its lines. `known` is False where evidence has no answer.

    `explained` is the hypothesis that it lays open, where somebody asked why.
    """

    text: Clean
    citations: tuple[Citation, ...] = ()
    known: bool = True
    explained: Hypothesis | None = None
    type: Literal["ANSWER"] = "ANSWER"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One entry of a case's timeline."""

    at: datetime
    text: Clean
    locus: Locus | None = None
