"""The store in memory can be told to fail, and to be slow, wherever a real one can."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.errors import NotFound, StoreUnavailable
from core.jobs.model import Audience
from storage.memory import MemoryJobs, MemoryStore
from tests.contracts.samples import CONTEXT, NOON, a_delivery, a_job


def failing_at(wanted: str) -> MemoryStore:
    async def seam(name: str) -> None:
        if name == wanted:
            message = f"told to fail at {name}"
            raise StoreUnavailable(message)

    return MemoryStore(seam=seam)


@pytest.mark.parametrize("seam", ["begin", "commit"])
async def test_a_unit_that_fails_stores_nothing(seam: str) -> None:
    store, delivery = failing_at(seam), a_delivery()
    with pytest.raises(StoreUnavailable):
        await store.journal([(delivery, a_job())])
    async with store.reading(CONTEXT) as unit:
        with pytest.raises(NotFound):
            await unit.deliveries.get(delivery.id)


async def test_an_answer_may_get_lost_after_the_commit() -> None:
    store, delivery = failing_at("committed"), a_delivery()
    with pytest.raises(StoreUnavailable):
        await store.journal([(delivery, None)])
    async with store.reading(CONTEXT) as unit:
        assert await unit.deliveries.get(delivery.id) == delivery


@pytest.mark.parametrize("seam", ["claim", "extend", "finish", "fail"])
async def test_claiming_can_fail(seam: str) -> None:
    sound = MemoryStore()
    jobs = MemoryJobs(sound)
    async with sound.unit(CONTEXT) as unit:
        await unit.jobs.add(a_job())
        await unit.jobs.add(a_job())
    job = await jobs.claim([Audience.ANY], owner="a", at=NOON, lease=timedelta(60))
    assert job
    sound.seam = failing_at(seam).seam
    calls = {
        "claim": jobs.claim([Audience.ANY], owner="a", at=NOON, lease=timedelta(60)),
        "extend": jobs.extend(job, until=NOON),
        "finish": jobs.finish(job, at=NOON),
        "fail": jobs.fail(job, at=NOON, retry_at=None, problem="x"),
    }
    with pytest.raises(StoreUnavailable):
        await calls.pop(seam)
    for unused in calls.values():
        unused.close()


@pytest.mark.parametrize("seam", ["reading", "check"])
async def test_reading_and_checking_can_fail(seam: str) -> None:
    store = failing_at(seam)

    async def read() -> None:
        async with store.reading(CONTEXT):
            pass

    with pytest.raises(StoreUnavailable):
        await (store.check() if seam == "check" else read())


async def test_a_slow_commit_holds_up_writers_and_no_readers() -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def seam(name: str) -> None:
        if name == "commit":
            reached.set()
            await go_on.wait()

    store = MemoryStore(seam=seam)
    first = asyncio.create_task(store.journal([(a_delivery(), None)]))
    second = asyncio.create_task(store.journal([(a_delivery(), None)]))
    await reached.wait()
    async with store.reading(CONTEXT) as unit:
        assert await unit.deliveries.since(NOON) == []
    go_on.set()
    await asyncio.gather(first, second)
    async with store.reading(CONTEXT) as unit:
        assert len(await unit.deliveries.since(NOON)) == 2
