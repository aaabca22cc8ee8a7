from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from core.alerts.model import AlertSource, DeliveryState
from core.workflows.delivery_intake import replay
from core.workflows.signature_failures import Fact, note, noted
from storage.memory import MemoryStore
from tests.fakes.context import CONTEXT
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from core.workflows.services import Services


async def tell(services: Services, fact: Fact, problem: str | None = None) -> None:
    async with services.unit() as unit:
        at = services.clock.now()
        await note(unit, AlertSource.PAGERDUTY, fact, at=at, problem=problem)


async def test_a_fact_has_one_row_with_its_newest_state() -> None:
    store = MemoryStore()
    services = memory_services(store=store)
    async with store.reading(CONTEXT) as unit:
        assert await noted(unit, AlertSource.PAGERDUTY, Fact.PINGED) is None
    for problem in (None, "it hurts", None):
        await tell(services, Fact.REFUSED, problem)
    await tell(services, Fact.PINGED)
    async with store.reading(CONTEXT) as unit:
        refused = await noted(unit, AlertSource.PAGERDUTY, Fact.REFUSED)
    assert refused is not None
    assert (refused.problem, refused.processed_at) == (None, services.clock.now())
    assert len(list(store.committed.deliveries)) == 2


async def test_it_is_no_delivery() -> None:
    services = memory_services(store=MemoryStore())
    await tell(services, Fact.REFUSED, "it hurts")
    async with services.reading() as unit:
        assert await unit.deliveries.count(DeliveryState.UNPARSABLE) == 0
        ids = await unit.deliveries.since(services.clock.now() - timedelta(days=1))
    await replay(ids=ids, services=services)
    async with services.reading() as unit:
        assert not any((await unit.jobs.counts()).values())
