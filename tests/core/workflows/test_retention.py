"""What is past its time is forgotten, nothing else is, and it goes on for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.alerts.model import DeliveryState
from core.context import Rules
from core.errors import LeaseLost, NotFound
from core.jobs.kinds import ALERTS_RECONCILE, HOUSEKEEPING
from core.jobs.model import LEASE, Audience, Job, JobState
from core.workflows.retention import (
    HOUSEKEEPING_EVERY,
    KEEP_DONE_JOBS,
    KEEP_UTTERANCES,
    keep_house,
    plan_upkeep,
)
from storage.memory import MemoryJobs, MemoryStore
from tests.contracts.samples import a_delivery, a_job, an_utterance
from tests.fakes.clock import SetClock
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from core.workflows.services import Services

MOMENT = timedelta(seconds=1)
KEEP_DELIVERIES = Rules().keep_deliveries


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def services(clock: SetClock) -> Services:
    return memory_services(clock=clock)


async def claimed(services: Services) -> Job:
    assert isinstance(services.store, MemoryStore)
    job = await MemoryJobs(services.store).claim(
        tuple(Audience), owner="test", at=services.clock.now(), lease=LEASE
    )
    assert job is not None
    return job


async def planned(services: Services) -> list[Job]:
    async with services.reading() as unit:
        return await unit.jobs.listing(JobState.PENDING)


async def test_a_start_plans_it_once_however_many_start(services: Services) -> None:
    for _ in range(3):
        await plan_upkeep(services=services)
    assert [job.kind for job in await planned(services)].count(HOUSEKEEPING.name) == 1
    assert ALERTS_RECONCILE.name not in [job.kind for job in await planned(services)], "none to ask"


async def test_a_start_brings_back_what_a_wrong_clock_planned(
    services: Services, clock: SetClock
) -> None:
    """For ten seconds it was two years ahead."""
    now = clock.now()
    clock.at = now + timedelta(days=730)
    await plan_upkeep(services=services)
    await keep_house(await claimed(services), services=services)
    clock.at = now
    await plan_upkeep(services=services)
    assert {job.run_at for job in await planned(services) if job.kind == HOUSEKEEPING.name} == {now}


async def test_it_plans_the_next_and_counts_once(services: Services) -> None:
    await plan_upkeep(services=services)
    job = await claimed(services)
    await keep_house(job, services=services)
    pending = await planned(services)
    (following,) = [job for job in pending if job.kind == HOUSEKEEPING.name]
    assert (following.kind, following.run_at) == (
        HOUSEKEEPING.name,
        services.clock.now() + HOUSEKEEPING_EVERY,
    )
    with pytest.raises(LeaseLost):
        await keep_house(job, services=services)
    assert await planned(services) == pending


async def test_finished_deliveries_are_forgotten_after_their_time(
    services: Services, clock: SetClock
) -> None:
    now = clock.now()
    old = a_delivery(received_at=now - KEEP_DELIVERIES - MOMENT, state=DeliveryState.DONE)
    young = a_delivery(received_at=now - KEEP_DELIVERIES + MOMENT, state=DeliveryState.DONE)
    waiting = a_delivery(received_at=now - KEEP_DELIVERIES - MOMENT)
    await services.store.journal([(delivery, None) for delivery in (old, young, waiting)])
    await plan_upkeep(services=services)
    await keep_house(await claimed(services), services=services)
    async with services.reading() as unit:
        for kept in (young, waiting):
            assert (await unit.deliveries.get(kept.id)).id == kept.id
        with pytest.raises(NotFound):
            await unit.deliveries.get(old.id)


async def test_what_people_said_is_forgotten_after_its_time(
    services: Services, clock: SetClock
) -> None:
    now = clock.now()
    old = an_utterance(heard_at=now - KEEP_UTTERANCES - MOMENT)
    young = an_utterance(heard_at=now - KEEP_UTTERANCES + MOMENT)
    async with services.unit() as unit:
        for utterance in (old, young):
            assert await unit.incoming.add(utterance)
    await plan_upkeep(services=services)
    await keep_house(await claimed(services), services=services)
    async with services.reading() as unit:
        assert await unit.incoming.get(young.id) == young
        with pytest.raises(NotFound):
            await unit.incoming.get(old.id)


async def test_done_jobs_are_forgotten_after_their_time_and_dead_ones_are_not(
    services: Services, clock: SetClock
) -> None:
    assert isinstance(services.store, MemoryStore)
    jobs = MemoryJobs(services.store)
    async with services.unit() as unit:
        for _ in range(2):
            await unit.jobs.add(a_job(run_at=clock.now()))
    await jobs.finish(await claimed(services), at=clock.now())
    await jobs.fail(await claimed(services), at=clock.now(), retry_at=None, problem="no use")
    clock.advance(2 * MOMENT.total_seconds())
    young = a_job(run_at=clock.now(), kind="a.young.one")
    async with services.unit() as unit:
        await unit.jobs.add(young)
    await jobs.finish(await claimed(services), at=clock.now())
    clock.advance((KEEP_DONE_JOBS - MOMENT).total_seconds())
    await plan_upkeep(services=services)
    await keep_house(await claimed(services), services=services)
    async with services.reading() as unit:
        done = {job.kind for job in await unit.jobs.listing(JobState.DONE)}
        assert done == {HOUSEKEEPING.name, young.kind}
        assert len(await unit.jobs.listing(JobState.DEAD)) == 1
