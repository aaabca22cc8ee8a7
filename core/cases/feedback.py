"""What people say of suggestions: that one helped, or did not. A person's last word counts.

It orders what is suggested next time among equals. It is no evidence and in no prompt.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from core.cases.estimates import beta_mean, freshness
from core.cases.events import CaseEvent, EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.cases.ports import CasesUnit


class SuggestionKind(StrEnum):
    """What can be suggested in a case."""

    RUNBOOK = "runbook"
    STEP = "step"  # of a runbook
    FIX = "fix"  # of a past case
    CHECK = "check"


@dataclass(frozen=True)
class SuggestionKey:
    """What is suggested, by its own name in every case.

    name: the id of a runbook; that id and the digest of a step's text; the id of the past case;
    the fault and sort of a check (`connection_pool_exhausted/confirm`).
    """

    kind: SuggestionKind
    name: str

    @classmethod
    def read(cls, text: str) -> SuggestionKey:
        """Of its text."""
        kind, _, name = text.partition(":")
        return cls(SuggestionKind(kind), name)

    @property
    def text(self) -> str:
        """`runbook:doc_1`: what events and rows call it."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """What one person said last of one suggestion in one case. seq, at: of the event."""

    case_id: str
    tenant_id: str
    seq: int
    suggestion: SuggestionKey
    by: str
    helped: bool
    at: datetime

    def is_replaced_by(self, other: Feedback) -> bool:
        """Whether the same person speaks of the same suggestion in the same case."""
        mine, theirs = ((word.case_id, word.suggestion, word.by) for word in (self, other))
        return mine == theirs


@dataclass(frozen=True, kw_only=True)
class FeedbackTally:
    """What people say of one suggestion.

    helped, unhelpful: people. worked, tried: weights, by age; each case counts once, however many
    people speak in it.
    """

    helped: int = 0
    unhelpful: int = 0
    worked: float = 0.0
    tried: float = 0.0

    @property
    def total(self) -> int:
        return self.helped + self.unhelpful

    @property
    def estimate(self) -> float:
        """Of the chance that it helps, 0 to 1; a half where nobody said anything."""
        return beta_mean(self.worked, self.tried)

    def weighted(self, weight: float) -> FeedbackTally:
        """The same words of people, with so much weight."""
        return replace(self, worked=weight * self.worked, tried=weight * self.tried)

    def __add__(self, other: FeedbackTally) -> FeedbackTally:
        return FeedbackTally(
            helped=self.helped + other.helped,
            unhelpful=self.unhelpful + other.unhelpful,
            worked=self.worked + other.worked,
            tried=self.tried + other.tried,
        )


NO_FEEDBACK = FeedbackTally()


def tallies(feedback: Iterable[Feedback], *, at: datetime) -> Mapping[SuggestionKey, FeedbackTally]:
    """By suggestion; of what nobody spoke of there is none."""
    by_case = defaultdict[tuple[SuggestionKey, str], list[Feedback]](list)
    for word in feedback:
        by_case[word.suggestion, word.case_id].append(word)
    sums = defaultdict[SuggestionKey, FeedbackTally](FeedbackTally)
    for (suggestion, _), words in by_case.items():
        sums[suggestion] += _of_case(words, at)
    return dict(sums)


def _of_case(words: Sequence[Feedback], at: datetime) -> FeedbackTally:
    helped = sum(word.helped for word in words)
    weight = freshness(max(word.at for word in words), at)
    return FeedbackTally(
        helped=helped,
        unhelpful=len(words) - helped,
        worked=weight * helped / len(words),
        tried=weight,
    )


async def keep_feedback(unit: CasesUnit, events: Iterable[CaseEvent]) -> None:
    """Bring the table up to date with the events that were just recorded."""
    for event in events:
        if event.kind is EventKind.FEEDBACK_GIVEN:
            await unit.feedback.put(feedback_of(event, unit.context.tenant_id))


def feedback_of(event: CaseEvent, tenant_id: str) -> Feedback:
    """What the event `feedback.given` says."""
    return Feedback(
        case_id=event.case_id,
        tenant_id=tenant_id,
        seq=event.seq,
        suggestion=SuggestionKey.read(event.data["suggestion"]),
        by=event.actor,
        helped=event.data["helped"],
        at=event.at,
    )
