"""Real worker processes on real stores, killed, frozen and cut off: every job completes, once.

`core`: SQLite and the runner in one process. `team`: PostgreSQL, Redis and a pool of arq workers.
"""

# ruff: noqa: ASYNC110, ASYNC240 - a test may poll, and small files do not block

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from asyncio.subprocess import DEVNULL
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from core.jobs.model import Audience, Job, JobState
from storage.database import SqlJobs, SqlStore, open_store
from storage.jobs.arq_pool import GATHERING_S, arq_wake_up, queue_of
from storage.jobs.runner import GIVEN_BACK
from tests.contracts.samples import CONTEXT
from tests.fakes.claims import claim_one
from tests.faultmaven.forked_programs import ForkedProcess, start_module
from tests.servers import Server, a_redis, redis_url
from tests.storage.jobs.worker import CLOCK, a_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[3]
GRACE_S = 3
both = pytest.mark.parametrize("database_url", ["core", "team"], indirect=True)
team = pytest.mark.parametrize("database_url", ["team"], indirect=True)


@dataclass
class Plant:
    """A store with worker processes, which the test starts and ends as it likes."""

    url: str
    store: SqlStore
    log: Path
    redis: Server | None = None
    workers: dict[int, ForkedProcess] = field(default_factory=dict)

    async def start_pool(self, *, concurrency: int = 8) -> ForkedProcess:
        redis = ("--redis", redis_url(self.redis)) if self.redis else ()
        worker = await start_module(
            *("tests.storage.jobs.worker", "--database", self.url),
            *("--log", str(self.log), "--grace", str(GRACE_S)),
            *("--concurrency", str(concurrency), *redis),
            folder=ROOT,
            environment=os.environ,
            streams=(DEVNULL, DEVNULL, DEVNULL),
        )
        self.workers[worker.pid] = worker
        return worker

    async def add(self, name: str, *, lane: str = "", **seconds: float) -> Job:
        job = a_job("write", lane=lane, payload={"name": name, **seconds})
        async with self.store.unit(CONTEXT) as unit:
            await unit.jobs.add(job)
        return job

    async def state(self, job: Job) -> Job:
        async with self.store.reading(CONTEXT) as unit:
            return await unit.jobs.get(job.id)

    async def effects(self) -> list[str]:
        """Names of the jobs whose effects were committed, in that order."""
        async with self.store.reading(CONTEXT) as unit:
            rows = await unit.jobs.listing(JobState.PENDING, limit=10_000)
        return [str(row.payload["of"]) for row in rows if row.kind == "effect"]

    async def reached(self, *steps: str, within: float = 60) -> int:
        """Wait for lines such as `inside a`; the process id of the last one's worker."""
        async with asyncio.timeout(within):
            while not all(f"\n{step} " in f"\n{self._logged()}" for step in steps):
                await asyncio.sleep(0.02)
        return self.who(steps[-1])

    def who(self, step: str) -> int:
        """The process that reached this step last."""
        lines = [line for line in self._logged().splitlines() if line.startswith(f"{step} ")]
        return int(lines[-1].split()[-1])

    async def all_done(self, *jobs: Job, within: float = 60) -> None:
        async with asyncio.timeout(within):
            while any([(await self.state(job)).state is not JobState.DONE for job in jobs]):
                await asyncio.sleep(0.05)

    def _logged(self) -> str:
        return self.log.read_text() if self.log.exists() else ""


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty one with all tables."""
    fixture = {"core": "sqlite_url", "team": "fresh_postgres_url"}[request.param]
    return str(request.getfixturevalue(fixture))


@pytest.fixture
async def plant(database_url: str, tmp_path: Path) -> AsyncIterator[Plant]:
    async with AsyncExitStack() as stack:
        redis: Server | None = None
        if not database_url.startswith("sqlite"):
            redis = stack.enter_context(a_redis())
        store = await stack.enter_async_context(open_store(database_url))
        if redis:
            store.wake = await stack.enter_async_context(arq_wake_up(redis_url(redis)))
        plant = Plant(database_url, store, tmp_path / "log", redis)
        try:
            yield plant
        finally:
            for worker in plant.workers.values():
                with contextlib.suppress(ProcessLookupError):
                    worker.kill()
                await worker.wait()


@both
async def test_a_worker_killed_in_the_middle_of_its_jobs(plant: Plant) -> None:
    await plant.start_pool()
    # Where nothing is written yet, where the commit is over, and where it is about to come.
    jobs = [await plant.add("early", before=30), await plant.add("committed", after=30)]
    await plant.reached("before early", "after committed")
    jobs.append(await plant.add("open", inside=30))
    victim = plant.workers[await plant.reached("inside open")]
    victim.kill()
    await victim.wait()
    await plant.start_pool()
    await plant.all_done(*jobs)
    assert sorted(await plant.effects()) == ["committed", "early", "open"]


async def freeze(worker: ForkedProcess, plant: Plant) -> None:
    """Between two of its writes: one that holds SQLite's only lock would stop everybody."""
    await _stop(worker)
    while _is_locked(plant.url):
        worker.send_signal(signal.SIGCONT)
        await asyncio.sleep(0.05)
        await _stop(worker)


async def _stop(worker: ForkedProcess) -> None:
    """Return once the kernel has stopped it, which a signal only asks for."""
    worker.send_signal(signal.SIGSTOP)
    async with asyncio.timeout(60):
        while Path(f"/proc/{worker.pid}/stat").read_text().rpartition(") ")[2][0] != "T":
            await asyncio.sleep(0.005)


def _is_locked(url: str) -> bool:
    """Whether somebody writes to this SQLite right now. A PostgreSQL locks rows."""
    path = url.removeprefix("sqlite:///")
    if path == url:
        return False
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        database.execute("ROLLBACK")
    return False


@both
async def test_a_worker_that_froze_and_comes_back_late_writes_nothing(plant: Plant) -> None:
    frozen = await plant.start_pool()
    job = await plant.add("one", before=3)
    await plant.reached("before one")
    await freeze(frozen, plant)
    await plant.start_pool()
    await plant.all_done(job)
    frozen.send_signal(signal.SIGCONT)
    fresh = await plant.add("two")
    await plant.all_done(fresh)
    await asyncio.sleep(1.5)
    assert await plant.effects() == ["one", "two"]
    assert (await plant.state(job)).attempts > 1


@both
async def test_a_stopped_worker_finishes_or_gives_back(plant: Plant) -> None:
    worker = await plant.start_pool()
    quick = await plant.add("quick", before=0.5)
    slow = await plant.add("slow", before=60)
    await plant.reached("before quick", "before slow")
    worker.send_signal(signal.SIGTERM)
    async with asyncio.timeout(GRACE_S + 30):
        assert await worker.wait() == 0
    assert await plant.effects() == ["quick"]
    given_back = await plant.state(slow)
    assert (given_back.state, given_back.problem) == (JobState.PENDING, GIVEN_BACK)
    claimed = await claim_one(SqlJobs(plant.store.database), slow.id, at=CLOCK.now())
    assert claimed is not None
    assert (await plant.state(quick)).state is JobState.DONE


@both
async def test_lanes_keep_their_order_though_a_worker_is_killed(plant: Plant) -> None:
    names = [f"{lane}{number:02}" for number in range(6) for lane in "abcd"]
    jobs = [await plant.add(name, lane=name[0], before=0.05) for name in names]
    # SQLite is for one process, whose slots then are the four workers.
    workers = [await plant.start_pool(concurrency=1) for _ in range(4)] if plant.redis else []
    workers = workers or [await plant.start_pool(concurrency=4)]
    victim = plant.workers[await plant.reached("before a02")]
    victim.kill()
    await victim.wait()
    if len(workers) == 1:
        await plant.start_pool(concurrency=4)
    await plant.all_done(*jobs)
    effects = await plant.effects()
    assert sorted(effects) == sorted(names)
    for lane in "abcd":
        assert [name for name in effects if name[0] == lane] == [
            name for name in names if name[0] == lane
        ]


@team
async def test_wake_ups_flushed_from_redis_are_found_by_the_poll(plant: Plant) -> None:
    assert plant.redis
    workers = [await plant.start_pool(), await plant.start_pool()]
    await plant.all_done(await plant.add("first"))
    for worker in workers:
        worker.send_signal(signal.SIGSTOP)
    jobs = [await plant.add(f"job{number}") for number in range(20)]
    async with Redis.from_url(redis_url(plant.redis)) as client:
        async with asyncio.timeout(60):
            while not await client.zcard(queue_of(Audience.ANY)):
                await asyncio.sleep(0.02)
        await asyncio.sleep(5 * GATHERING_S)  # what was added last has its message, too
        await client.flushall()
    for worker in workers:
        worker.send_signal(signal.SIGCONT)
    await plant.all_done(*jobs)
    assert len(await plant.effects()) == 1 + len(jobs)


@team
async def test_redis_is_away_for_ten_seconds(plant: Plant) -> None:
    assert plant.redis
    for _ in range(2):
        await plant.start_pool()
    await plant.all_done(await plant.add("first"))
    plant.redis.kill()
    gone = time.monotonic()
    jobs: list[Job] = []
    while time.monotonic() < gone + 10:
        jobs.append(await plant.add(f"job{len(jobs)}", before=0.1))
        await asyncio.sleep(0.25)
    assert len([name for name in await plant.effects() if name != "first"]) >= len(jobs) - 4
    plant.redis.start()
    jobs += [await plant.add(f"late{number}") for number in range(5)]
    await plant.all_done(*jobs)
    effects = await plant.effects()
    assert len(effects) == len(set(effects)) == 1 + len(jobs)
    assert all(worker.returncode is None for worker in plant.workers.values())
