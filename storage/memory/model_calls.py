"""Calls of language models in memory."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.investigation.model_calls import ModelCall, SpendingGroup, SpendingRow, Spent
from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class MemoryModelCalls:
    """By id."""

    tables: Tables

    async def lock(self) -> None:
        """Units that write are alone."""

    async def add(self, call: ModelCall) -> None:
        refuse_strangers(self.tables.tenant_id, call)
        self.tables.model_calls.add(call.id, call)

    async def get(self, call_id: str) -> ModelCall:
        return self.tables.model_calls.require(call_id, "call of a model")

    async def update(self, call: ModelCall) -> None:
        refuse_strangers(self.tables.tenant_id, call)
        await self.get(call.id)
        self.tables.model_calls.put(call.id, call)

    async def spent(
        self,
        *,
        at: datetime,
        since: datetime | None = None,
        case_id: str | None = None,
        channel: str | None = None,
    ) -> Spent:
        calls = [
            call
            for call in self.tables.model_calls
            if (call.is_settled or call.until > at)
            and (since is None or call.at >= since)
            and (case_id is None or call.case_id == case_id)
            and (channel is None or call.channel == channel)
        ]
        return Spent(
            calls=len(calls),
            tokens=sum(call.tokens_in + call.tokens_out for call in calls),
            cost=sum(call.cost for call in calls),
        )

    async def totals(self, group: SpendingGroup, *, since: datetime) -> list[SpendingRow]:
        calls_by_key: defaultdict[str, list[ModelCall]] = defaultdict(list)
        for call in self.tables.model_calls:
            if call.is_settled and call.at >= since:
                calls_by_key[_key_of(call, group)].append(call)
        return [_row(key, calls) for key, calls in sorted(calls_by_key.items())]

    async def purge(self, *, before: datetime) -> int:
        old = [call.id for call in self.tables.model_calls if call.at < before]
        for call_id in old:
            self.tables.model_calls.remove(call_id)
        return len(old)


def _key_of(call: ModelCall, group: SpendingGroup) -> str:
    match group:
        case SpendingGroup.DAY:
            return f"{call.at:%Y-%m-%d}"
        case SpendingGroup.MODEL:
            return call.model
        case SpendingGroup.CASE:
            return call.case_id or ""


def _row(key: str, calls: list[ModelCall]) -> SpendingRow:
    return SpendingRow(
        key=key,
        calls=len(calls),
        tokens_in=sum(call.tokens_in for call in calls),
        tokens_out=sum(call.tokens_out for call in calls),
        cost=sum(call.cost for call in calls),
        unpriced=sum(not call.is_priced for call in calls),
    )
