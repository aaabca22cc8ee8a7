"""What cases taught, in a table: found by the fault and the first alert of their case."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select

from storage.database.repository import Repository
from storage.database.rows import asked, insert_into, read_each, upsert_values
from storage.database.tables import case_memories

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.cases.memories import CaseMemory

AT_ONCE = 500  # values in one IN (…): far below what both databases and their drivers take
ROW = case_memories.c
FOUND = select(ROW.body).where(asked(ROW.tenant_id), asked(ROW.case_id))


class SqlCaseMemories(Repository):
    """One row a case, written with the events that change it."""

    async def put(self, memory: CaseMemory) -> None:
        self._refuse_strangers(memory)
        values = {
            "case_id": memory.case_id,
            "tenant_id": memory.tenant_id,
            "number": memory.number,
            "fault": memory.fault,
            "alert": memory.alerts[0].text if memory.alerts else None,
            "at": memory.at,
            "body": memory,
        }
        insert = insert_into(self._work, case_memories).values(values)
        replacing = insert.on_conflict_do_update(
            index_elements=["case_id"],
            set_=upsert_values(values),
            where=self._mine(case_memories),
        )
        await self._work.execute(replacing)

    async def remove(self, case_id: str) -> None:
        mine = delete(case_memories).where(self._mine(case_memories), ROW.case_id == case_id)
        await self._work.execute(mine)

    async def find(self, case_id: str) -> CaseMemory | None:
        rows = await self._work.execute(FOUND, self._of(case_id=case_id))
        memory: CaseMemory | None = rows.scalars().first()
        return memory

    async def of_cases(self, case_ids: Collection[str]) -> list[CaseMemory]:
        wanted = sorted(case_ids)
        memories: list[CaseMemory] = []
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            listed = select(ROW.body).where(self._mine(case_memories), ROW.case_id.in_(some))
            rows = await self._work.execute(listed)
            memories += await read_each(rows.mappings(), itemgetter("body"))
        return memories

    async def page(self, *, limit: int, before: int | None = None) -> list[CaseMemory]:
        lower = [] if before is None else [ROW.number < before]
        listed = select(ROW.body).where(self._mine(case_memories), *lower)
        rows = await self._work.execute(listed.order_by(ROW.number.desc()).limit(limit))
        return list(rows.scalars())

    async def alike(
        self, *, faults: Collection[str], alerts: Collection[str], limit: int
    ) -> list[CaseMemory]:
        like = or_(ROW.fault.in_(sorted(faults)), ROW.alert.in_(sorted(alerts)))
        listed = select(ROW.body).where(self._mine(case_memories), like)
        newest = listed.order_by(ROW.at.desc(), ROW.number.desc()).limit(limit)
        return list((await self._work.execute(newest)).scalars())
