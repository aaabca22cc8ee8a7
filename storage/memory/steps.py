"""Steps of turns in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from core.cases.model import TurnStep


@dataclass(frozen=True)
class MemorySteps:
    """By case, turn and number."""

    tables: Tables

    async def put(self, step: TurnStep) -> None:
        refuse_strangers(self.tables.tenant_id, step)
        self.tables.steps.put((step.case_id, step.turn, step.number), step)

    async def of_turn(self, case_id: str, turn: str) -> list[TurnStep]:
        steps = [step for step in self.tables.steps if (step.case_id, step.turn) == (case_id, turn)]
        return sorted(steps, key=lambda step: step.number)

    async def clear(self, case_id: str) -> None:
        for key in [key for key, _ in self.tables.steps.items() if key[0] == case_id]:
            self.tables.steps.remove(key)
