"""The port of an archive: the tables of an installation, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from core.cases.archive.model import ArchivedCase, ArchivedRow, ImportStanding


class ArchivedTables(Protocol):
    """A tenant's tables. Left out are settings, secrets, journals of what came in, and jobs."""

    @property
    def revision(self) -> str:
        """Of the tables: rows of another revision are not taken."""

    def shared(self, *, after_cases: bool) -> AsyncIterator[list[ArchivedRow]]:
        """Rows that belong to no case, in batches: those that cases refer to, or the others."""

    def cases(self) -> AsyncIterator[str]:
        """The ids of all cases, by number."""

    async def case(self, case_id: str) -> tuple[ArchivedCase, list[ArchivedRow]]:
        """A case with all its rows, as they are at one moment. Raises NotFound."""

    async def standing(self, archived: ArchivedCase) -> ImportStanding:
        """Raises NotAllowedNow where another case has its number, or it went on differently."""

    async def put_shared(self, rows: Sequence[ArchivedRow]) -> None:
        """Write those that are not there. Raises NotAllowedNow where another has their name."""

    async def put_case(self, archived: ArchivedCase, rows: Sequence[ArchivedRow]) -> None:
        """Write the case, in place of its state here. Raises NotAllowedNow as `standing`."""
