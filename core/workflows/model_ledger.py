"""The books of language models: each call is reserved in one unit of work, settled in another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.context import Context
from core.investigation.model_calls import (
    RESERVED_FOR,
    ModelCall,
    SpendingGroup,
    SpendingLimits,
    reserve_call,
    settled,
)
from core.workflows.services import Store

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from core.conversation.ports import Unit
    from core.investigation.language_model import ModelRequest
    from core.investigation.model_calls import ModelUsage, SpendingRow
    from core.workflows.services import Services

TERMINAL = "terminal"
TRIAL = "(trial calls)"


@dataclass(frozen=True, kw_only=True)
class SpendingBooks:
    """Implements `SpendingLedger` over the store."""

    store: Store
    context: Context
    limits: SpendingLimits

    async def reserve(self, request: ModelRequest, *, model: str, most: ModelUsage) -> str:
        async with self._unit(request.tenant_id) as unit:
            call = ModelCall(
                id=unit.new_id("modelcall"),
                tenant_id=request.tenant_id,
                case_id=request.case_id,
                channel=await _channel_of(unit, request.case_id),
                role=request.role.value,
                model=model,
                at=unit.now,
                until=unit.now + RESERVED_FOR,
                tokens_in=most.tokens_in,
                tokens_out=most.tokens_out,
                cost=most.cost or 0,
                is_priced=most.cost is not None,
            )
            await reserve_call(unit.model_calls, call, self.limits)
        return call.id

    async def settle(self, call_id: str, usage: ModelUsage, *, tenant_id: str) -> None:
        async with self._unit(tenant_id) as unit:
            call = await unit.model_calls.get(call_id)
            await unit.model_calls.update(settled(call, usage))

    def _unit(self, tenant_id: str) -> AbstractAsyncContextManager[Unit]:
        return self.store.unit(replace(self.context, tenant_id=tenant_id))


async def spending(
    group: SpendingGroup, *, days: int, services: Services
) -> list[tuple[str, SpendingRow]]:
    """What was spent in so many days, with the name that people know each row by."""
    async with services.reading() as unit:
        rows = await unit.model_calls.totals(group, since=unit.now - timedelta(days=days))
        return [(await _name_of(unit, group, row.key), row) for row in rows]


async def _channel_of(unit: Unit, case_id: str | None) -> str:
    """The channel where the case is at home: that of a chat platform before the terminal."""
    if case_id is None:
        return ""
    places = [binding.place for binding in await unit.conversation.bindings(case_id)]
    places.sort(key=lambda place: place.platform == TERMINAL)
    return f"{places[0].platform}:{places[0].channel}" if places else ""


async def _name_of(unit: Unit, group: SpendingGroup, key: str) -> str:
    if group is not SpendingGroup.CASE:
        return key
    if not key:
        return TRIAL
    return f"#{(await unit.cases.view(key)).case.number}"
