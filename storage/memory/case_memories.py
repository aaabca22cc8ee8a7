"""What cases taught, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.cases.memories import CaseMemory


@dataclass(frozen=True)
class MemoryCaseMemories:
    """One memory a case."""

    tables: Tables

    async def put(self, memory: CaseMemory) -> None:
        refuse_strangers(self.tables.tenant_id, memory)
        self.tables.memories.put(memory.case_id, memory)

    async def remove(self, case_id: str) -> None:
        if case_id in self.tables.memories:
            self.tables.memories.remove(case_id)

    async def find(self, case_id: str) -> CaseMemory | None:
        return self.tables.memories.get(case_id)

    async def of_cases(self, case_ids: Collection[str]) -> list[CaseMemory]:
        return [memory for memory in self.tables.memories if memory.case_id in case_ids]

    async def page(self, *, limit: int, before: int | None = None) -> list[CaseMemory]:
        ours = [each for each in self.tables.memories if before is None or each.number < before]
        return sorted(ours, key=lambda memory: -memory.number)[:limit]

    async def alike(
        self, *, faults: Collection[str], alerts: Collection[str], limit: int
    ) -> list[CaseMemory]:
        ours = [
            memory
            for memory in self.tables.memories
            if memory.fault in faults or (memory.alerts and memory.alerts[0].text in alerts)
        ]
        return sorted(ours, key=lambda memory: (memory.at, memory.number), reverse=True)[:limit]
