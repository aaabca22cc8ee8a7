"""A ledger in memory that keeps what was reserved and settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import BudgetSpent
from core.investigation.model_calls import ModelUsage

if TYPE_CHECKING:
    from core.investigation.language_model import ModelRequest


@dataclass
class KeptLedger:
    """refuses: names of models for which nothing is left."""

    refuses: set[str] = field(default_factory=set)
    reserved: list[tuple[str, ModelUsage]] = field(default_factory=list)
    settled: dict[str, ModelUsage] = field(default_factory=dict)

    async def reserve(self, request: ModelRequest, *, model: str, most: ModelUsage) -> str:
        if model in self.refuses:
            raise BudgetSpent("spent")
        self.reserved.append((model, most))
        return str(len(self.reserved))

    async def settle(self, call_id: str, usage: ModelUsage, *, tenant_id: str) -> None:
        self.settled[call_id] = usage
