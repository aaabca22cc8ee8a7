"""What people said of suggestions, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from core.cases.feedback import Feedback, SuggestionKey, SuggestionKind


@dataclass(frozen=True)
class MemoryFeedback:
    """By the event that says so; of each person, suggestion and case the last one."""

    tables: Tables

    async def put(self, feedback: Feedback) -> None:
        refuse_strangers(self.tables.tenant_id, feedback)
        for known in list(self.tables.feedback):
            if known.is_replaced_by(feedback):
                self.tables.feedback.remove((known.case_id, known.seq))
        self.tables.feedback.put((feedback.case_id, feedback.seq), feedback)

    async def of_case(self, case_id: str) -> list[Feedback]:
        return _in_order(known for known in self.tables.feedback if known.case_id == case_id)

    async def about(self, suggestions: Collection[SuggestionKey]) -> list[Feedback]:
        return _in_order(known for known in self.tables.feedback if known.suggestion in suggestions)

    async def newest(self, kinds: Collection[SuggestionKind], *, most: int) -> list[Feedback]:
        ours = (known for known in self.tables.feedback if known.suggestion.kind in kinds)
        return _in_order(ours)[::-1][:most]


def _in_order(feedback: Iterable[Feedback]) -> list[Feedback]:
    return sorted(feedback, key=lambda known: (known.at, known.case_id, known.seq))
