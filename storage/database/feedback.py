"""What people said of suggestions, in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, tuple_

from core.cases.feedback import Feedback, SuggestionKey
from storage.database.repository import Repository
from storage.database.tables import feedback as table

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, RowMapping

    from core.cases.feedback import SuggestionKind

ROW = table.c
ORDER = (ROW.at, ROW.case_id, ROW.seq)
AT_ONCE = 200  # suggestions asked for: a database takes so many parameters


class SqlFeedback(Repository):
    """One row a person, suggestion and case, written with the event that says so.

    Names rest sealed: who said something is compared here, not in the database.
    """

    async def put(self, feedback: Feedback) -> None:
        self._refuse_strangers(feedback)
        of_case = (ROW.case_id == feedback.case_id, ROW.kind == feedback.suggestion.kind)
        for known in await self._read(*of_case, ROW.name == feedback.suggestion.name):
            if known.is_replaced_by(feedback):
                same = (ROW.case_id == known.case_id, ROW.seq == known.seq)
                await self._work.execute(delete(table).where(self._mine(table), *same))
        await self._work.execute(
            table.insert().values(
                case_id=feedback.case_id,
                seq=feedback.seq,
                tenant_id=feedback.tenant_id,
                kind=feedback.suggestion.kind,
                name=feedback.suggestion.name,
                by=feedback.by,
                helped=feedback.helped,
                at=feedback.at,
            )
        )

    async def of_case(self, case_id: str) -> list[Feedback]:
        return await self._read(ROW.case_id == case_id)

    async def about(self, suggestions: Collection[SuggestionKey]) -> list[Feedback]:
        names = sorted((suggestion.kind, suggestion.name) for suggestion in suggestions)
        words = list[Feedback]()
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            words += await self._read(tuple_(ROW.kind, ROW.name).in_(some))
        return sorted(words, key=lambda known: (known.at, known.case_id, known.seq))

    async def newest(self, kinds: Collection[SuggestionKind], *, most: int) -> list[Feedback]:
        listed = select(table).where(self._mine(table), ROW.kind.in_(sorted(kinds)))
        ordered = listed.order_by(*(column.desc() for column in ORDER)).limit(most)
        return [_read(row) for row in (await self._work.execute(ordered)).mappings()]

    async def _read(self, *conditions: ColumnElement[bool]) -> list[Feedback]:
        listed = select(table).where(self._mine(table), *conditions).order_by(*ORDER)
        return [_read(row) for row in (await self._work.execute(listed)).mappings()]


def _read(row: RowMapping) -> Feedback:
    return Feedback(
        case_id=row["case_id"],
        tenant_id=row["tenant_id"],
        seq=row["seq"],
        suggestion=SuggestionKey(row["kind"], row["name"]),
        by=row["by"],
        helped=row["helped"],
        at=row["at"],
    )
