"""Steps of turns in tables."""

from __future__ import annotations

from sqlalchemy import delete, select

from core.cases.model import TurnStep
from core.errors import NotFound
from storage.database.repository import Repository
from storage.database.rows import asked, insert_into, read, upsert_values, values_of
from storage.database.tables import turn_steps


class SqlSteps(Repository):
    """By case, turn and number."""

    async def put(self, step: TurnStep) -> None:
        self._refuse_strangers(step)
        values = values_of(step)
        put = insert_into(self._work, turn_steps).values(values)
        stored = await self._work.execute(
            put.on_conflict_do_update(
                index_elements=["case_id", "turn", "number"],
                set_=upsert_values(values),
                where=self._mine(turn_steps),
            )
        )
        if not stored.rowcount:
            message = f"no case {step.case_id}"
            raise NotFound(message)

    async def of_turn(self, case_id: str, turn: str) -> list[TurnStep]:
        rows = await self._work.execute(OF_TURN, self._of(case_id=case_id, turn=turn))
        return [read(TurnStep, row) for row in rows.mappings()]

    async def clear(self, case_id: str) -> None:
        await self._work.execute(CLEAR, self._of(case_id=case_id))


# Made once, as each turn runs them.
OF_THE_CASE = [asked(turn_steps.c.tenant_id), asked(turn_steps.c.case_id)]
OF_TURN = (
    select(turn_steps).where(*OF_THE_CASE, asked(turn_steps.c.turn)).order_by(turn_steps.c.number)
)
CLEAR = delete(turn_steps).where(*OF_THE_CASE)
