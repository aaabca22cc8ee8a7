"""Facts of the product's own working in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from core.jobs.ports import Fact


@dataclass(frozen=True)
class MemoryFacts:
    """By key."""

    tables: Tables

    async def put(self, fact: Fact) -> None:
        refuse_strangers(self.tables.tenant_id, fact)
        self.tables.facts.put(fact.key, fact)

    async def get(self, key: str) -> Fact | None:
        return self.tables.facts.get(key)

    async def remove(self, key: str) -> None:
        if key in self.tables.facts:
            self.tables.facts.remove(key)
