from __future__ import annotations

import asyncio
import signal
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from core.clock import SystemClock, SystemRandom, new_id
from core.errors import SourceUnavailable, WrongUsage
from core.jobs.model import Audience, Job, JobState
from storage.jobs.arq_pool import arq_wake_up, ping_redis, queue_of, run_arq_worker
from storage.jobs.runner import Handler, JobRunner
from storage.memory import MemoryJobs, MemoryStore
from tests.contracts.samples import CONTEXT
from tests.fakes.claims import claim_one
from tests.servers import a_redis, redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.servers import Server

pytestmark = pytest.mark.integration
CLOCK, CHANCE = SystemClock(), SystemRandom()
NEVER_S = 3600.0  # a poll so rare that only wake-ups can have done it


@pytest.fixture
def redis() -> Iterator[Server]:
    with a_redis() as server:
        yield server


@dataclass
class Pool:
    """A worker on a real Redis, in this process, over a store in memory."""

    url: str
    poll_s: float = NEVER_S
    handler: Handler | None = None
    ran: dict[str, float] = field(default_factory=dict)
    store: MemoryStore = field(default_factory=MemoryStore)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def runner(self, audience: Audience) -> JobRunner:
        return JobRunner(
            MemoryJobs(self.store),
            {"a": self.handler or self.note},
            clock=CLOCK,
            random=CHANCE,
            audiences=(audience,),
            owner=audience,
            poll_s=self.poll_s,
            concurrency=3,
        )

    async def note(self, job: Job) -> None:
        self.ran[job.id] = time.monotonic()

    async def add(self, audience: Audience = Audience.ANY) -> str:
        now = CLOCK.now()
        job_id = new_id("job", clock=CLOCK, random=CHANCE)
        async with self.store.unit(CONTEXT) as unit:
            await unit.jobs.add(
                Job(
                    id=job_id,
                    tenant_id=CONTEXT.tenant_id,
                    kind="a",
                    lane=job_id,
                    payload={},
                    audience=audience,
                    run_at=now,
                    created_at=now,
                )
            )
        return job_id

    async def done(self, job_id: str, *, within: float = 60.0) -> None:
        async with asyncio.timeout(within):
            while True:
                async with self.store.reading(CONTEXT) as unit:
                    if (await unit.jobs.get(job_id)).state is JobState.DONE:
                        return
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def at_work(self, *audiences: Audience, grace_s: float = 5) -> AsyncIterator[None]:
        runners = [self.runner(audience) for audience in audiences or (Audience.ANY,)]
        async with arq_wake_up(self.url) as self.store.wake, asyncio.TaskGroup() as group:
            group.create_task(
                run_arq_worker(runners, redis_url=self.url, stop=self.stop, grace_s=grace_s)
            )
            await asyncio.sleep(0.3)  # the first look at the table is over; arq listens
            yield
            self.stop.set()


async def test_a_wake_up_runs_its_job_long_before_the_poll(redis: Server) -> None:
    pool = Pool(redis_url(redis))
    async with pool.at_work():
        for _ in range(5):
            began = time.monotonic()
            job_id = await pool.add()
            await pool.done(job_id)
            assert time.monotonic() - began < 1


async def test_a_wake_up_reaches_who_may_claim_the_job(redis: Server) -> None:
    pool = Pool(redis_url(redis))
    async with pool.at_work(Audience.WORKER, Audience.BOT):
        for audience in (Audience.BOT, Audience.WORKER) * 3:
            await pool.done(await pool.add(audience))


async def test_nothing_is_left_in_redis_and_no_pickle_goes_through_it(redis: Server) -> None:
    pool = Pool(redis_url(redis))
    async with pool.at_work():
        await pool.done(await pool.add())
        await asyncio.sleep(0.3)
        await pool.add(Audience.WORKER)  # nobody here listens to that queue
        await asyncio.sleep(0.2)
        async with Redis.from_url(redis_url(redis)) as client:
            keys = [key.decode() for key in await client.keys("*")]
            [waiting] = [key for key in keys if key.startswith("arq:job:")]
            assert (await client.get(waiting)).startswith(b"{")
            assert await client.zcard(queue_of(Audience.ANY)) == 0
        assert [key for key in keys if key.startswith("arq:result:")] == []


async def test_many_jobs_share_few_slots(redis: Server) -> None:
    most = now = 0

    async def handle(_: Job) -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.005)
        now -= 1

    pool = Pool(redis_url(redis), handler=handle)
    async with pool.at_work():
        job_ids = [await pool.add() for _ in range(100)]
        for job_id in job_ids:
            await pool.done(job_id)
    assert most == 3


async def test_lost_wake_ups_cost_a_poll(redis: Server) -> None:
    pool = Pool(redis_url(redis), poll_s=1.0)
    async with pool.at_work():
        pool.store.wake = None
        job_ids = [await pool.add() for _ in range(3)]
        for job_id in job_ids:
            await pool.done(job_id, within=3)


@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_while_redis_is_away_the_poll_finds_the_work(redis: Server, how: str) -> None:
    pool = Pool(redis_url(redis), poll_s=0.5)
    async with pool.at_work():
        go_away(redis, how)
        began = time.monotonic()
        job_ids = [await pool.add() for _ in range(20)]
        assert time.monotonic() - began < 1, "a commit waited for Redis"
        for job_id in job_ids:
            await pool.done(job_id, within=4)
        come_back(redis, how)


async def test_when_redis_returns_it_wakes_again(redis: Server) -> None:
    pool = Pool(redis_url(redis), poll_s=NEVER_S)
    async with pool.at_work():
        redis.stop()
        unheard = await pool.add()
        await asyncio.sleep(1.5)
        assert unheard not in pool.ran
        redis.start()
        await asyncio.sleep(2.5)  # the longest pause of the supervisor
        await pool.done(await pool.add())
        await pool.done(unheard)


async def test_a_worker_starts_without_redis_and_listens_when_it_comes() -> None:
    with a_redis() as redis:
        redis.stop()
        pool = Pool(redis_url(redis), poll_s=0.5)
        async with pool.at_work():
            await pool.done(await pool.add(), within=3)
            redis.start()


async def test_work_goes_on_while_redis_leaves(redis: Server) -> None:
    began: list[str] = []

    async def handle(job: Job) -> None:
        began.append(job.id)
        await asyncio.sleep(1.5)

    pool = Pool(redis_url(redis), handler=handle)
    async with pool.at_work():
        job_id = await pool.add()
        await asyncio.sleep(0.3)
        redis.kill()
        await pool.done(job_id)
    assert began == [job_id]


async def test_stop_drains(redis: Server) -> None:
    async def handle(_: Job) -> None:
        await asyncio.sleep(60)

    pool = Pool(redis_url(redis), handler=handle)
    async with pool.at_work(grace_s=0.2):
        job_id = await pool.add()
        await asyncio.sleep(0.3)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    again = await claim_one(MemoryJobs(pool.store), job_id, at=CLOCK.now())
    assert again is not None


async def test_redis_answers_a_ping_or_it_is_said_why_not(redis: Server) -> None:
    await ping_redis(redis_url(redis), patience_s=2)
    redis.send(signal.SIGSTOP)
    with pytest.raises(SourceUnavailable, match="does not answer"):
        await ping_redis(redis_url(redis), patience_s=0.3)
    redis.send(signal.SIGCONT)
    redis.stop()
    with pytest.raises(SourceUnavailable, match=r"does not answer \(ConnectionError\)"):
        await ping_redis(redis_url(redis), patience_s=2)
    with pytest.raises(WrongUsage):
        await ping_redis("localhost:6379", patience_s=2)


def go_away(redis: Server, how: str) -> None:
    redis.stop() if how == "stopped" else redis.send(signal.SIGSTOP)


def come_back(redis: Server, how: str) -> None:
    redis.start() if how == "stopped" else redis.send(signal.SIGCONT)
