from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.clock import new_id
from core.errors import ChatUnavailable, NotFound, SourceUnavailable, StoreUnavailable
from core.jobs.model import MAX_ATTEMPTS, Audience, Job, JobState
from storage.jobs.inprocess import InProcessWakeUp
from storage.jobs.observer import JobCounts, JobOutcome
from storage.jobs.runner import GIVEN_BACK, Handler, JobRunner
from storage.memory import MemoryJobs, MemoryStore
from tests.contracts.samples import CONTEXT
from tests.fakes.claims import claim_one
from tests.fakes.clock import SeededRandom
from tests.storage.jobs.virtual_time import LoopClock, on_virtual_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEASE = timedelta(seconds=60)


@dataclass
class RunnersOnMemory:
    """A memory store with runners in front of it, and what their handlers did."""

    clock: LoopClock = field(default_factory=LoopClock)
    random: SeededRandom = field(default_factory=SeededRandom)
    wake: InProcessWakeUp = field(default_factory=InProcessWakeUp)
    tally: JobCounts = field(default_factory=JobCounts)
    trouble: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = MemoryStore(wake=self.wake, seam=self._seam)
        self.jobs = MemoryJobs(self.store)

    async def _seam(self, seam: str) -> None:
        if seam in self.trouble:
            self.trouble.remove(seam)
            raise StoreUnavailable(seam)

    def runner(
        self, handlers: Mapping[str, Handler], *, owner: str = "one", **more: Any
    ) -> JobRunner:
        audiences = more.pop("audiences", (Audience.ANY,))
        runner = JobRunner(
            self.jobs,
            handlers,
            clock=self.clock,
            random=self.random,
            audiences=audiences,
            owner=owner,
            lease=LEASE,
            observer=self.tally,
            **more,
        )
        self.wake.join(audiences, runner.ring)
        return runner

    async def add(self, kind: str, *, lane: str = "", **more: Any) -> Job:
        now = self.clock.now()
        job_id = new_id("job", clock=self.clock, random=self.random)
        job = Job(
            id=job_id,
            tenant_id=CONTEXT.tenant_id,
            kind=kind,
            lane=lane or job_id,
            payload=more.pop("payload", {}),
            audience=more.pop("audience", Audience.ANY),
            run_at=more.pop("run_at", now),
            created_at=now,
            **more,
        )
        async with self.store.unit(CONTEXT) as unit:
            await unit.jobs.add(job)
        return job

    async def state(self, job: Job) -> Job:
        async with self.store.reading(CONTEXT) as unit:
            return await unit.jobs.get(job.id)

    def writes(self, *, seconds: float = 0.0) -> Handler:
        """A handler that takes its time and leaves a mark."""

        async def handle(job: Job) -> None:
            self.log.append(f"begin {job.payload.get('name', job.kind)}")
            await asyncio.sleep(seconds)
            self.log.append(f"end {job.payload.get('name', job.kind)}")

        return handle


def raises(error: Exception) -> Handler:
    async def handle(_: Job) -> None:
        raise error

    return handle


class Running:
    """A runner at work for the length of a block."""

    def __init__(self, *runners: JobRunner) -> None:
        self._runners = runners

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(runner.run()) for runner in self._runners]

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.gather(*(runner.drain(0) for runner in self._runners))
        await asyncio.gather(*self._tasks)


def test_an_added_job_runs_at_once_and_a_lost_wake_up_costs_one_poll() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        runner = shop.runner({"a": shop.writes()}, poll_s=1.0)
        async with Running(runner):
            await asyncio.sleep(0.3)
            heard = await shop.add("a")
            await asyncio.sleep(0.001)
            assert (await shop.state(heard)).state is JobState.DONE
            shop.store.wake = None
            unheard = await shop.add("a")
            await asyncio.sleep(0.5)
            assert (await shop.state(unheard)).state is JobState.PENDING
            await asyncio.sleep(0.6)
            assert (await shop.state(unheard)).state is JobState.DONE

    on_virtual_time(story())


def test_lanes_keep_order_and_run_in_parallel() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        runner = shop.runner({"a": shop.writes(seconds=10)})
        for name in ("x1", "x2", "y1"):
            await shop.add("a", lane=name[0], payload={"name": name})
        began = shop.clock.now()
        await runner.run_until_idle()
        assert shop.log[:2] == ["begin x1", "begin y1"]
        assert shop.log.index("end x1") < shop.log.index("begin x2")
        assert shop.clock.now() - began == timedelta(seconds=20)

    on_virtual_time(story())


def test_never_more_jobs_at_a_time_than_allowed() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        runner = shop.runner({"a": shop.writes(seconds=1)}, concurrency=3)
        for _ in range(10):
            await shop.add("a")
        await asyncio.gather(*(runner.run_until_idle() for _ in range(4)))
        open_now = most = 0
        for line in shop.log:
            open_now += 1 if line.startswith("begin") else -1
            most = max(most, open_now)
        assert (most, len(shop.log)) == (3, 20)

    on_virtual_time(story())


def test_each_audience_keeps_to_its_own_jobs() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        runner = shop.runner({"a": shop.writes()}, audiences=(Audience.BOT,))
        sent = await shop.add("a", audience=Audience.BOT)
        other = await shop.add("a", audience=Audience.WORKER)
        await runner.run_until_idle()
        assert (await shop.state(sent)).state is JobState.DONE
        assert (await shop.state(other)).state is JobState.PENDING

    on_virtual_time(story())


def test_a_handler_of_any_length_keeps_its_lease() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        first = shop.runner({"a": shop.writes(seconds=1000)})
        second = shop.runner({"a": shop.writes()}, owner="two")
        job = await shop.add("a")
        async with Running(first, second):
            await asyncio.sleep(1100)
        assert shop.log == ["begin a", "end a"]
        assert (await shop.state(job)).attempts == 1

    on_virtual_time(story())


def test_the_job_of_a_dead_runner_runs_on_another_when_its_lease_is_over() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        job = await shop.add("a")
        await shop.jobs.claim([Audience.ANY], owner="dead", at=shop.clock.now(), lease=LEASE)
        async with Running(shop.runner({"a": shop.writes()})):
            await asyncio.sleep(59)
            assert shop.log == []
            await asyncio.sleep(3)
        assert (await shop.state(job)).state is JobState.DONE
        assert (await shop.state(job)).attempts == 2

    on_virtual_time(story())


def test_a_handler_that_lost_its_lease_is_stopped() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        job = await shop.add("a")
        async with Running(shop.runner({"a": shop.writes(seconds=1000)})):
            await asyncio.sleep(1)
            held = await shop.state(job)
            async with shop.store.unit(CONTEXT) as unit:
                await unit.jobs.done(held, at=shop.clock.now())
            await asyncio.sleep(30)
        assert shop.log == ["begin a"]
        assert shop.tally.count(JobOutcome.LOST) == 1

    on_virtual_time(story())


def test_a_failure_is_retried_with_growing_pauses_until_it_is_dead() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        job = await shop.add("a")
        began = shop.clock.now()
        async with Running(shop.runner({"a": raises(KeyError("hunter2"))})):
            await asyncio.sleep(600)
        dead = await shop.state(job)
        assert (dead.state, dead.attempts) == (JobState.DEAD, MAX_ATTEMPTS)
        assert dead.problem
        assert dead.problem.startswith("KeyError at test_runner.py:")
        assert dead.finished_at
        assert dead.finished_at - began > timedelta(seconds=60)
        assert shop.tally.ends == {
            ("a", JobOutcome.RETRY): MAX_ATTEMPTS - 1,
            ("a", JobOutcome.DEAD): 1,
        }

    on_virtual_time(story())


def test_what_cannot_get_better_is_dead_at_once_and_what_is_away_is_tried_for_ever() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        handlers = {
            "gone": raises(NotFound("no case case_1")),
            "away": raises(SourceUnavailable("Prometheus did not answer")),
        }
        gone, away = await shop.add("gone"), await shop.add("away")
        async with Running(shop.runner(handlers)):
            await asyncio.sleep(3 * 3600)
            row = await shop.state(away)
        assert (row.state, row.problem) == (JobState.PENDING, "Prometheus did not answer")
        assert row.attempts == 0
        assert 5 * MAX_ATTEMPTS < shop.tally.ends["away", JobOutcome.RETRY] < 10 * MAX_ATTEMPTS
        row = await shop.state(gone)
        assert (row.state, row.attempts, row.problem) == (JobState.DEAD, 1, "no case case_1")

    on_virtual_time(story())


def test_an_outage_does_not_bury_what_later_fails_by_itself() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        errors: list[Exception] = [SourceUnavailable("away")] * 20
        errors += [KeyError("ours")] * (MAX_ATTEMPTS - 1)

        async def handle(_: Job) -> None:
            if errors:
                raise errors.pop(0)

        job = await shop.add("a")
        async with Running(shop.runner({"a": handle}, poll_s=60)):
            await asyncio.sleep(4 * 3600)
        row = await shop.state(job)
        assert (row.state, row.attempts) == (JobState.DONE, MAX_ATTEMPTS)

    on_virtual_time(story())


def test_who_asks_for_a_pause_gets_it_and_no_poll_more() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        tries: list[float] = []

        async def handle(_: Job) -> None:
            tries.append((shop.clock.now() - began).total_seconds())
            if len(tries) == 1:
                raise ChatUnavailable("busy", retry_after_s=0.7)

        await shop.add("a")
        began = shop.clock.now()
        async with Running(shop.runner({"a": handle}, poll_s=30)):
            await asyncio.sleep(5)
        assert len(tries) == 2
        assert 0.7 <= tries[1] - tries[0] < 0.7 * 1.1 + 0.01

    on_virtual_time(story())


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (ChatUnavailable("busy", retry_after_s=1), logging.INFO),
        (ChatUnavailable("away"), logging.WARNING),
    ],
)
def test_a_pause_that_was_asked_for_is_no_trouble(
    error: ChatUnavailable, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        await shop.add("a")
        await shop.runner({"a": raises(error)}).run_until_idle()

    with caplog.at_level(logging.INFO):
        on_virtual_time(story())
    assert [record.levelno for record in caplog.records] == [level]


def test_a_kind_nobody_knows_waits_for_a_newer_version() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        job = await shop.add("future")
        await shop.runner({}).run_until_idle()
        row = await shop.state(job)
        assert row.state is JobState.PENDING
        assert row.problem == "no handler for future in this version"

    on_virtual_time(story())


def test_drain_lets_the_quick_end_and_gives_the_slow_back() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        handlers = {"quick": shop.writes(seconds=2), "slow": shop.writes(seconds=500)}
        runner = shop.runner(handlers)
        quick, slow = await shop.add("quick"), await shop.add("slow")
        running = asyncio.create_task(runner.run())
        await asyncio.sleep(1)
        began = shop.clock.now()
        await runner.drain(5)
        await running
        assert shop.clock.now() - began == timedelta(seconds=5)
        late = await shop.add("quick")
        await runner.run_until_idle()
        assert (await shop.state(late)).state is JobState.PENDING
        assert (await shop.state(quick)).state is JobState.DONE
        row = await shop.state(slow)
        assert (row.state, row.problem, row.attempts) == (JobState.PENDING, GIVEN_BACK, 0)
        again = await claim_one(shop.jobs, slow.id, at=shop.clock.now())
        assert again is not None

    on_virtual_time(story())


def test_a_claim_under_way_at_the_drain_is_given_back() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        slow = _Slow(shop.jobs)
        runner = JobRunner(
            slow,
            {"a": shop.writes()},
            clock=shop.clock,
            random=shop.random,
            audiences=(Audience.ANY,),
            owner="one",
        )
        job = await shop.add("a")
        running = asyncio.create_task(runner.run())
        await asyncio.sleep(1)
        await runner.drain(0)
        await running
        assert shop.log == []
        assert (await shop.state(job)).state is JobState.PENDING

    on_virtual_time(story())


class _Slow:
    """Jobs whose claims take two seconds to answer."""

    def __init__(self, jobs: MemoryJobs) -> None:
        self._jobs = jobs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._jobs, name)

    async def claim(
        self, audiences: Sequence[Audience], *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        job = await self._jobs.claim(audiences, owner=owner, at=at, lease=lease)
        await asyncio.sleep(2)
        return job


@pytest.mark.parametrize("seam", ["claim", "finish", "extend"])
def test_a_store_that_is_away_for_a_moment_loses_nothing(seam: str) -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        job = await shop.add("a")
        shop.trouble += [seam, seam]
        async with Running(shop.runner({"a": shop.writes(seconds=100)})):
            await asyncio.sleep(200)
        assert (await shop.state(job)).state is JobState.DONE
        assert shop.log == ["begin a", "end a"]
        assert shop.trouble == []

    on_virtual_time(story())


def test_a_store_that_is_away_for_days_is_asked_less_and_less_and_then_served() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        job = await shop.add("a")
        shop.trouble += ["claim"] * 5000
        async with Running(shop.runner({"a": shop.writes()})):
            await asyncio.sleep(36 * 3600)
            assert 600 < len(shop.trouble) < 800
            shop.trouble.clear()
            await asyncio.sleep(31)
        assert (await shop.state(job)).state is JobState.DONE

    on_virtual_time(story())


def test_a_finish_that_is_never_stored_lets_the_lease_expire_and_the_effect_happens_once() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        effects: list[str] = []

        async def handle(job: Job) -> None:
            async with shop.store.unit(CONTEXT) as unit:
                await unit.jobs.done(job, at=shop.clock.now())
                effects.append(job.id)

        job = await shop.add("a")
        shop.trouble += ["finish"] * 3
        async with Running(shop.runner({"a": handle})):
            await asyncio.sleep(300)
        assert effects == [job.id]
        assert (await shop.state(job)).attempts == 1

    on_virtual_time(story())


def test_run_until_idle_runs_what_jobs_cause_but_not_what_is_due_later() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()

        async def causes(_: Job) -> None:
            await shop.add("leaf")

        runner = shop.runner({"root": causes, "leaf": shop.writes()})
        await shop.add("root")
        later = await shop.add("leaf", run_at=shop.clock.now() + timedelta(seconds=1))
        await runner.run_until_idle()
        assert shop.log == ["begin leaf", "end leaf"]
        assert (await shop.state(later)).state is JobState.PENDING

    on_virtual_time(story())


def test_run_until_idle_says_when_the_store_is_away() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        shop.trouble.append("claim")
        with pytest.raises(StoreUnavailable):
            await shop.runner({}).run_until_idle()

    on_virtual_time(story())


def test_cancelling_who_waits_for_a_job_does_not_stop_it() -> None:
    async def story() -> None:
        shop = RunnersOnMemory()
        job = await shop.add("a")
        runner = shop.runner({"a": shop.writes(seconds=5)})
        waiting = asyncio.create_task(runner.run_until_idle())
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.sleep(10)
        assert waiting.cancelled()
        assert (await shop.state(job)).state is JobState.DONE

    on_virtual_time(story())
