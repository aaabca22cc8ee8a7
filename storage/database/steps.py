"""Steps of turns in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from core.investigation.steps import TurnStep
from storage.database.rows import insert_into, read, upsert_values, values_of
from storage.database.tables import turn_steps

if TYPE_CHECKING:
    from storage.database.engine import Work


class SqlSteps:
    """By case, turn and number."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def put(self, step: TurnStep) -> None:
        values = values_of(step)
        put = insert_into(self._work, turn_steps).values(values)
        await self._work.execute(
            put.on_conflict_do_update(
                index_elements=["case_id", "turn", "number"], set_=upsert_values(put, values)
            )
        )

    async def of_turn(self, case_id: str, turn: str) -> list[TurnStep]:
        found = await self._work.execute(
            select(turn_steps)
            .where(turn_steps.c.case_id == case_id, turn_steps.c.turn == turn)
            .order_by(turn_steps.c.number)
        )
        return [read(TurnStep, row) for row in found.mappings()]

    async def clear(self, case_id: str) -> None:
        await self._work.execute(delete(turn_steps).where(turn_steps.c.case_id == case_id))
