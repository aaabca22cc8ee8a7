"""Facts of the product's own working in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from core.jobs.ports import Fact
from storage.database.repository import Repository
from storage.database.rows import insert_into, read, upsert_values, values_of
from storage.database.tables import facts

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class SqlFacts(Repository):
    """By key."""

    async def put(self, fact: Fact) -> None:
        self._refuse_strangers(fact)
        values = values_of(fact)
        put = insert_into(self._work, facts).values(values)
        await self._work.execute(
            put.on_conflict_do_update(
                index_elements=["tenant_id", "key"], set_=upsert_values(values)
            )
        )

    async def get(self, key: str) -> Fact | None:
        rows = await self._work.execute(select(facts).where(*self._at(key)))
        row = rows.mappings().first()
        return None if row is None else read(Fact, row)

    async def remove(self, key: str) -> None:
        await self._work.execute(delete(facts).where(*self._at(key)))

    def _at(self, key: str) -> list[ColumnElement[bool]]:
        return [self._mine(facts), facts.c.key == key]
