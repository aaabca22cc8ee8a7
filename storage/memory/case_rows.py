"""The rows that lists of cases look through, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.figures import CaseFigures, figures_of
from storage.memory.tables import Tables

if TYPE_CHECKING:
    from core.cases.rows import CaseFilter, ListedCase


@dataclass(frozen=True)
class MemoryCaseRows:
    """One row a case; `MemoryCases` writes it with the case's events."""

    tables: Tables

    async def of_case(self, case_id: str) -> ListedCase:
        return self.tables.case_rows.require(case_id, "case")

    async def page(
        self, wanted: CaseFilter, *, limit: int, offset: int = 0, before: int | None = None
    ) -> list[ListedCase]:
        taken = [row for row in self._taken(wanted) if before is None or row.case.number < before]
        return sorted(taken, key=lambda row: -row.case.number)[offset : offset + limit]

    async def count(self, wanted: CaseFilter) -> int:
        return len(self._taken(wanted))

    async def figures(self, wanted: CaseFilter) -> CaseFigures:
        return figures_of(self._taken(wanted))

    def _taken(self, wanted: CaseFilter) -> list[ListedCase]:
        hidden = self._hidden_from(wanted.viewer)
        return [
            row
            for row in self.tables.case_rows
            if wanted.takes(row.case) and row.case.id not in hidden
        ]

    def _hidden_from(self, viewer: str | None) -> set[str]:
        """Ids of the cases that have members, and not this one, or are of a channel."""
        if viewer is None:
            return set()
        mine = {member.case_id for member in self.tables.members if member.account_id == viewer}
        return private_cases(self.tables) - mine


def private_cases(tables: Tables) -> set[str]:
    """Ids of the cases that are not the team's: they have members, or are a channel's."""
    closed = {row.case.id for row in tables.case_rows if row.case.closed_to}
    return closed.union(member.case_id for member in tables.members)
