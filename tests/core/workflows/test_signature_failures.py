"""Beside tests/webhooks/test_pagerduty.py, which knocks at the door: the counting itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.alerts.model import AlertSource, Delivery
from core.workflows.signature_failures import (
    ENOUGH,
    KEY,
    LOOK_EVERY,
    PINGED,
    REFUSED,
    SignatureFailures,
    clear_failures,
    last_ping,
    record_ping,
    refused_since,
)
from storage.memory import MemoryStore
from tests.fakes.clock import SetClock
from tests.fakes.context import CONTEXT
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from datetime import datetime

    from core.workflows.services import Services


class Looked:
    """Counts how often the store is looked into."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self, seam: str) -> None:
        self.times += seam in {"reading", "begin"}


async def refused(forgeries: SignatureFailures, times: int) -> None:
    for _ in range(times):
        await forgeries.refuse()


def clock_of(services: Services) -> SetClock:
    assert isinstance(services.clock, SetClock)
    return services.clock


async def test_whoever_floods_the_door_does_not_flood_the_database() -> None:
    looked = Looked()
    services = memory_services(store=MemoryStore(seam=looked))
    forgeries = SignatureFailures(services, secrets=1)
    await refused(forgeries, 10_000)
    assert looked.times == 2
    clock_of(services).at += LOOK_EVERY
    await refused(forgeries, 10_000)
    assert looked.times == 3


async def test_a_good_one_ends_the_row() -> None:
    services = memory_services(store=MemoryStore())
    forgeries = SignatureFailures(services, secrets=1)
    for _ in range(5):
        await refused(forgeries, ENOUGH - 1)
        forgeries.welcome()
    assert await refused_since(services=services) is None


async def test_two_processes_tell_once() -> None:
    store = MemoryStore()
    services = memory_services(store=store)
    for _ in range(2):
        await refused(SignatureFailures(services, secrets=1), ENOUGH)
    assert [queued.card.key for queued in store.committed.outbound] == [KEY]


async def test_what_is_kept_is_no_delivery() -> None:
    store = MemoryStore()
    services = memory_services(store=store)
    await refused(SignatureFailures(services, secrets=1), ENOUGH)
    async with services.unit() as unit:
        await record_ping(unit, a_delivery(at=services.clock.now()))
    assert {fact.key for fact in store.committed.facts} == {REFUSED, PINGED}
    assert list(store.committed.deliveries) == []
    assert await last_ping(services=services) == services.clock.now()


async def test_there_is_nothing_to_forgive() -> None:
    store = MemoryStore()
    services = memory_services(store=store)
    async with store.unit(CONTEXT) as unit:
        await clear_failures(unit, a_delivery(at=services.clock.now()))
    assert list(store.committed.outbound) == []
    assert list(store.committed.facts) == []


async def test_only_a_good_one_that_came_after_them_makes_up_for_wrong_ones() -> None:
    store = MemoryStore()
    services = memory_services(store=store)
    before = services.clock.now()
    clock_of(services).advance(60)
    await refused(SignatureFailures(services, secrets=1), ENOUGH)
    clock_of(services).advance(60)
    async with store.unit(CONTEXT) as unit:
        await clear_failures(unit, a_delivery(at=before))
    assert await refused_since(services=services) is not None
    async with store.unit(CONTEXT) as unit:
        await clear_failures(unit, a_delivery(at=services.clock.now()))
    assert await refused_since(services=services) is None


def a_delivery(*, at: datetime) -> Delivery:
    return Delivery(
        id="delivery_1",
        tenant_id="default",
        source=AlertSource.PAGERDUTY,
        group="Q1",
        received_at=at,
        body=b"",
        size=0,
        sha256="",
    )
