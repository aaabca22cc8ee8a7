"""What every queue must do: lanes, leases, `once`, and nothing lost or doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.errors import Conflict, LeaseLost, NotFound
from core.jobs.kinds import CASE_INVESTIGATE, CASE_STALLED
from core.jobs.model import MAX_ATTEMPTS, Audience, Job, JobState
from tests.contracts.samples import CONTEXT, NOON, a_context, a_job, later
from tests.fakes.claims import claim_one

if TYPE_CHECKING:
    from datetime import datetime

    from core.context import Context
    from core.jobs.ports import Jobs
    from core.workflows.services import Store
    from tests.contracts.conftest import Backend

EVERYONE = tuple(Audience)
LEASE = timedelta(seconds=60)


async def add(store: Store, *jobs: Job, context: Context = CONTEXT) -> list[bool]:
    async with store.unit(context) as unit:
        return [await unit.jobs.add(job) for job in jobs]


async def get(store: Store, job: Job) -> Job:
    async with store.reading(CONTEXT) as unit:
        return await unit.jobs.get(job.id)


async def claim(jobs: Jobs, *, owner: str = "ada", at: datetime = NOON) -> Job | None:
    return await jobs.claim(EVERYONE, owner=owner, at=at, lease=LEASE)


async def claimed(jobs: Jobs, *, owner: str = "ada", at: datetime = NOON) -> Job:
    job = await claim(jobs, owner=owner, at=at)
    assert job
    return job


async def kill(store: Store, jobs: Jobs, job: Job, *, at: datetime = NOON) -> None:
    """Make a job dead, as a runner does."""
    await add(store, job)
    mine = await claim_one(jobs, job.id, at=at)
    assert mine
    await jobs.fail(mine, at=at, retry_at=None, problem="hopeless")


async def told(store: Store) -> list[str]:
    """The jobs of whose failure a case is to hear."""
    async with store.reading(CONTEXT) as unit:
        waiting = await unit.jobs.listing(JobState.PENDING)
    return [str(job.payload["job_id"]) for job in waiting if job.kind == CASE_STALLED.name]


def a_turn(**changes: object) -> Job:
    return a_job(kind=CASE_INVESTIGATE.name, payload={"case_id": "case_1"}, **changes)


class TestTellingTheCase:
    async def test_of_a_dead_job_its_case_hears(self, store: Store, jobs: Jobs) -> None:
        turn, others = a_turn(), a_job()
        for job in (turn, others):
            await kill(store, jobs, job)
        assert await told(store) == [turn.id]

    async def test_of_one_whose_runners_keep_dying_too(self, store: Store, jobs: Jobs) -> None:
        turn, at = a_turn(), NOON
        await add(store, turn)
        for _ in range(MAX_ATTEMPTS):
            assert await claim_one(jobs, turn.id, at=at)
            at += LEASE
        assert await claim_one(jobs, turn.id, at=at) is None
        assert await told(store) == [turn.id]

    async def test_the_first_failure_that_is_ours_is_told_once(
        self, store: Store, jobs: Jobs
    ) -> None:
        turn = a_turn()
        await add(store, turn)
        for problem, counts in (("KeyError", True), ("KeyError", True)):
            mine = await claim_one(jobs, turn.id, at=NOON)
            assert mine
            await jobs.fail(mine, at=NOON, retry_at=NOON, problem=problem, counts=counts)
        assert await told(store) == [turn.id]

    async def test_of_what_the_world_is_to_blame_for_nobody_hears(
        self, store: Store, jobs: Jobs
    ) -> None:
        await add(store, a_turn())
        mine = await claimed(jobs)
        await jobs.fail(mine, at=NOON, retry_at=later(1), problem="it is away", counts=False)
        assert await told(store) == []


class TestClaiming:
    async def test_a_claimed_job_is_leased(self, store: Store, jobs: Jobs) -> None:
        job = a_job()
        await add(store, job)
        mine = await claimed(jobs)
        assert replace(mine, seq=0, lease=None) == replace(
            job, state=JobState.RUNNING, attempts=1, lease_until=later(60)
        )
        assert mine.lease
        assert mine.lease.startswith("ada")
        assert await get(store, job) == mine
        assert await claim(jobs) is None

    async def test_priority_first_then_the_order_they_came(self, store: Store, jobs: Jobs) -> None:
        first, second, urgent = a_job(), a_job(), a_job(priority=50)
        await add(store, first, second, urgent)
        order = [(await claimed(jobs)).id for _ in range(3)]
        assert order == [urgent.id, first.id, second.id]

    async def test_a_job_waits_for_its_time(self, store: Store, jobs: Jobs) -> None:
        await add(store, a_job(run_at=later(5)))
        assert await claim(jobs, at=later(4.999999)) is None
        assert await claim(jobs, at=later(5))

    async def test_a_job_goes_to_its_audience(self, store: Store, jobs: Jobs) -> None:
        await add(store, a_job(audience=Audience.BOT))
        others = [Audience.ANY, Audience.WORKER]
        assert await jobs.claim(others, owner="a", at=NOON, lease=LEASE) is None
        assert await jobs.claim([Audience.BOT], owner="a", at=NOON, lease=LEASE)

    @pytest.mark.parametrize("expired", [False, True])
    async def test_all_that_may_run_is_claimed_in_its_order(
        self, store: Store, jobs: Jobs, *, expired: bool
    ) -> None:
        gone, first, urgent = a_job(), a_job(lane="l"), a_job(priority=1)
        await add(store, gone)
        await claimed(jobs)
        await add(store, first, a_job(lane="l"), urgent, a_job(run_at=later(99)))
        at = later(60) if expired else NOON
        assert await jobs.claim([Audience.BOT], owner="a", at=at, lease=LEASE) is None
        claimed_ids = []
        while job := await jobs.claim(EVERYONE, owner="a", at=at, lease=LEASE):
            claimed_ids.append(job.id)
        assert claimed_ids == [*([gone.id] if expired else []), urgent.id, first.id]


class TestLanes:
    async def test_a_lane_runs_one_job_at_a_time_in_order(self, store: Store, jobs: Jobs) -> None:
        lane = [a_job(lane="l") for _ in range(3)]
        await add(store, *lane)
        for job in lane:
            mine = await claimed(jobs)
            assert mine.id == job.id
            assert await claim(jobs) is None
            await jobs.finish(mine, at=NOON)
        assert await claim(jobs) is None

    async def test_priority_does_not_overtake_within_a_lane(self, store: Store, jobs: Jobs) -> None:
        first = a_job(lane="l")
        await add(store, first, a_job(lane="l", priority=1))
        assert (await claimed(jobs)).id == first.id

    async def test_a_job_that_backs_off_holds_its_lane_only(self, store: Store, jobs: Jobs) -> None:
        first, second, other = a_job(lane="l"), a_job(lane="l"), a_job()
        await add(store, first, second, other)
        await jobs.fail(await claimed(jobs), at=NOON, retry_at=later(30), problem="not yet")
        assert (await claimed(jobs)).id == other.id
        assert await claim(jobs) is None
        assert (await claimed(jobs, at=later(30))).id == first.id

    async def test_a_job_for_later_holds_its_lane_too(self, store: Store, jobs: Jobs) -> None:
        await add(store, a_job(lane="l", run_at=later(30)), a_job(lane="l"))
        assert await claim(jobs) is None

    async def test_a_dead_job_frees_its_lane(self, store: Store, jobs: Jobs) -> None:
        first, second = a_job(lane="l"), a_job(lane="l")
        await add(store, first, second)
        await jobs.fail(await claimed(jobs), at=NOON, retry_at=None, problem="hopeless")
        dead = await get(store, first)
        assert (dead.state, dead.problem, dead.finished_at) == (JobState.DEAD, "hopeless", NOON)
        assert (await claimed(jobs)).id == second.id

    async def test_lanes_of_two_tenants_are_two(self, store: Store, jobs: Jobs) -> None:
        await add(store, a_job(lane="l"))
        await add(store, a_job(lane="l", tenant_id="other"), context=a_context("other"))
        assert await claim(jobs)
        assert await claim(jobs)

    async def test_a_lane_may_have_a_long_name(self, store: Store, jobs: Jobs) -> None:
        lane = "intake:" + "x" * 10_000
        first, second = a_job(lane=lane), a_job(lane=lane)
        await add(store, first, second)
        mine = await claimed(jobs)
        assert mine.id == first.id
        assert await claim(jobs) is None
        await jobs.finish(mine, at=NOON)
        assert (await claimed(jobs)).id == second.id


class TestDoneTogether:
    async def test_what_waits_behind_a_job_may_be_done_with_it(
        self, store: Store, jobs: Jobs
    ) -> None:
        first, *others = lane = [a_job(lane="l") for _ in range(4)]
        await add(store, *lane, a_job(lane="m"))
        await add(store, a_job(lane="l", tenant_id="other"), context=a_context("other"))
        mine = await claim_one(jobs, first.id, at=NOON)
        assert mine
        async with store.unit(CONTEXT) as unit:
            behind = await unit.jobs.behind(mine, at=NOON, most=2)
            assert [job.id for job in behind] == [job.id for job in others[:2]]
            await unit.jobs.done(mine, at=NOON, behind=behind)
        for job in lane[:3]:
            done = await get(store, job)
            assert (done.state, done.finished_at, done.lease) == (JobState.DONE, NOON, mine.lease)
        assert (await get(store, lane[3])).state is JobState.PENDING
        await jobs.finish(mine, at=NOON)

    @pytest.mark.parametrize(
        "unlike", [{"kind": "case.settle"}, {"run_at": later(9)}, {"attempts": 1}], ids=str
    )
    async def test_only_as_far_as_they_are_alike_due_and_untroubled(
        self, store: Store, jobs: Jobs, unlike: dict[str, object]
    ) -> None:
        lane = [a_job(lane="l"), a_job(lane="l"), a_job(lane="l", **unlike), a_job(lane="l")]
        await add(store, *lane)
        mine = await claimed(jobs)
        async with store.reading(CONTEXT) as unit:
            behind = await unit.jobs.behind(mine, at=NOON, most=9)
        assert [job.id for job in behind] == [lane[1].id]

    async def test_who_lost_the_lease_ends_none_of_them(self, store: Store, jobs: Jobs) -> None:
        first, second = a_job(lane="l"), a_job(lane="l")
        await add(store, first, second)
        lost = await claimed(jobs)
        async with store.reading(CONTEXT) as unit:
            behind = await unit.jobs.behind(lost, at=NOON, most=9)
        await claimed(jobs, owner="bob", at=later(60))
        with pytest.raises(LeaseLost):
            async with store.unit(CONTEXT) as unit:
                await unit.jobs.done(lost, at=later(61), behind=behind)
        assert (await get(store, second)).state is JobState.PENDING

    async def test_none_is_ended_twice(self, store: Store, jobs: Jobs) -> None:
        first, second = a_job(lane="l"), a_job(lane="l")
        await add(store, first, second)
        mine = await claimed(jobs)
        async with store.reading(CONTEXT) as unit:
            behind = await unit.jobs.behind(mine, at=NOON, most=9)
        await jobs.finish(mine, at=NOON)
        await jobs.finish(await claimed(jobs), at=NOON)
        third = a_job(lane="l")
        await add(store, third)
        again = await claimed(jobs)
        with pytest.raises(LeaseLost):
            async with store.unit(CONTEXT) as unit:
                await unit.jobs.done(again, at=NOON, behind=behind)
        assert (await get(store, third)).state is JobState.RUNNING


class TestLeases:
    async def test_an_expired_lease_is_taken_over(self, store: Store, jobs: Jobs) -> None:
        job = a_job(lane="l")
        await add(store, job, a_job(lane="l"))
        lost = await claimed(jobs)
        assert await claim(jobs, at=later(59)) is None
        mine = await claimed(jobs, owner="bob", at=later(60))
        assert (mine.id, mine.attempts) == (job.id, 2)
        assert mine.lease != lost.lease
        for late in (
            jobs.extend(lost, until=later(99)),
            jobs.finish(lost, at=later(61)),
            jobs.fail(lost, at=later(61), retry_at=None, problem="?"),
        ):
            with pytest.raises(LeaseLost):
                await late
        assert await get(store, job) == mine

    async def test_leases_whose_holders_are_gone_end_at_once(
        self, store: Store, jobs: Jobs
    ) -> None:
        first, waiting = a_job(lane="l"), a_job(lane="l")
        await add(store, first, waiting)
        lost = await claimed(jobs)
        before = await get(store, waiting)
        assert await jobs.end_leases(at=later(1)) == 1
        assert await jobs.end_leases(at=later(1)) == 0
        mine = await claimed(jobs, owner="bob", at=later(1))
        assert (mine.id, mine.attempts) == (first.id, 2)
        assert await get(store, waiting) == before
        with pytest.raises(LeaseLost):
            await jobs.finish(lost, at=later(1))

    async def test_no_two_claims_of_a_job_are_alike(self, store: Store, jobs: Jobs) -> None:
        """Not even by the same runner at the same moment."""
        await add(store, a_job())
        first = await claimed(jobs)
        await jobs.fail(first, at=NOON, retry_at=NOON, problem="again")
        second = await claimed(jobs)
        assert first.lease != second.lease
        with pytest.raises(LeaseLost):
            await jobs.finish(first, at=NOON)
        await jobs.finish(second, at=NOON)

    async def test_a_lost_lease_undoes_the_unit_that_relied_on_it(
        self, store: Store, jobs: Jobs
    ) -> None:
        job, effect = a_job(), a_job()
        await add(store, job)
        lost = await claimed(jobs)
        mine = await claimed(jobs, owner="bob", at=later(60))

        async def finish(held: Job) -> None:
            async with store.unit(CONTEXT) as unit:
                await unit.jobs.add(effect)
                await unit.jobs.done(held, at=later(61))

        with pytest.raises(LeaseLost):
            await finish(lost)
        with pytest.raises(NotFound):
            await get(store, effect)
        await finish(mine)
        assert (await get(store, effect)).state is JobState.PENDING

    async def test_an_extended_lease_holds_longer(self, store: Store, jobs: Jobs) -> None:
        await add(store, a_job())
        mine = await claimed(jobs)
        await jobs.extend(mine, until=later(100))
        assert await claim(jobs, at=later(99)) is None
        assert await claim(jobs, at=later(100))

    async def test_a_job_whose_runners_keep_dying_is_dead(self, store: Store, jobs: Jobs) -> None:
        job, follower = a_job(lane="l"), a_job(lane="l")
        await add(store, job, follower)
        at = NOON
        for attempt in range(1, MAX_ATTEMPTS + 1):
            mine = await claimed(jobs, at=at)
            assert (mine.id, mine.attempts) == (job.id, attempt)
            at += LEASE
        assert (await claimed(jobs, at=at)).id == follower.id
        dead = await get(store, job)
        assert (dead.state, dead.finished_at) == (JobState.DEAD, at)
        assert dead.problem
        assert str(MAX_ATTEMPTS) in dead.problem

    async def test_only_a_lost_runner_counts_towards_death(self, store: Store, jobs: Jobs) -> None:
        """What fails because the world is away may be tried more often than MAX_ATTEMPTS."""
        await add(store, a_job())
        for attempt in range(1, MAX_ATTEMPTS + 3):
            mine = await claimed(jobs)
            assert mine.attempts == attempt
            await jobs.fail(mine, at=NOON, retry_at=NOON, problem="away")

    async def test_a_failure_that_does_not_count_takes_its_claim_back(
        self, store: Store, jobs: Jobs
    ) -> None:
        job = a_job()
        await add(store, job)
        leases = set()
        for _ in range(MAX_ATTEMPTS + 2):
            mine = await claimed(jobs)
            assert mine.attempts == 1
            leases.add(mine.lease)
            await jobs.fail(mine, at=NOON, retry_at=NOON, problem="away", counts=False)
            with pytest.raises(LeaseLost):
                await jobs.finish(mine, at=NOON)
        back = await get(store, job)
        assert (back.state, back.attempts, back.problem) == (JobState.PENDING, 0, "away")
        assert len(leases) == MAX_ATTEMPTS + 2, "no two claims are alike"
        await jobs.fail(await claimed(jobs), at=NOON, retry_at=NOON, problem="ours")
        assert (await get(store, job)).attempts == 1

    async def test_an_outage_brings_no_job_nearer_to_its_death(
        self, store: Store, jobs: Jobs
    ) -> None:
        await add(store, a_job())
        for _ in range(MAX_ATTEMPTS):
            mine = await claimed(jobs)
            await jobs.fail(mine, at=NOON, retry_at=NOON, problem="away", counts=False)
        await claimed(jobs)
        assert (await claimed(jobs, at=later(60))).attempts == 2, "one lost runner is no reason"

    async def test_done_in_a_unit_makes_finish_and_fail_mean_nothing(
        self, store: Store, jobs: Jobs
    ) -> None:
        job = a_job()
        await add(store, job)
        mine = await claimed(jobs)
        async with store.unit(CONTEXT) as unit:
            await unit.jobs.done(mine, at=later(1))
        await jobs.finish(mine, at=later(2))
        await jobs.fail(mine, at=later(2), retry_at=later(3), problem="too late")
        done = await get(store, job)
        assert (done.state, done.finished_at, done.problem) == (JobState.DONE, later(1), None)

    async def test_done_twice_is_a_lost_lease(self, store: Store, jobs: Jobs) -> None:
        await add(store, a_job())
        mine = await claimed(jobs)
        await jobs.finish(mine, at=NOON)
        with pytest.raises(LeaseLost):
            async with store.unit(CONTEXT) as unit:
                await unit.jobs.done(mine, at=NOON)


class TestOnce:
    async def test_one_pending_job_is_enough(self, backend: Backend) -> None:
        first, again = a_job(once="o"), a_job(once="o")
        assert await add(backend.store, first, again) == [True, False]
        assert backend.bell.rung == [[first.id]]
        elsewhere = a_job(once="o", tenant_id="other")
        assert await add(backend.store, elsewhere, context=a_context("other")) == [True]
        assert await add(backend.store, a_job(once=None), a_job(once=None)) == [True, True]
        with pytest.raises(NotFound):
            await get(backend.store, again)

    async def test_it_goes_as_early_as_the_more_urgent(self, store: Store, jobs: Jobs) -> None:
        idle, other = a_job(once="o", priority=110), a_job()
        await add(store, idle, other)
        assert await add(store, a_job(once="o", priority=50)) == [False]
        assert await add(store, a_job(once="o", priority=120)) == [False]
        assert (await get(store, idle)).priority == 50
        assert (await claimed(jobs)).id == idle.id

    async def test_it_goes_as_early_as_the_earlier(self, store: Store, jobs: Jobs) -> None:
        """What was planned for a far day, while the clock was wrong, waits no longer for it."""
        far = a_job(once="o", run_at=later(7_000_000))
        await add(store, far)
        assert await add(store, a_job(once="o", run_at=later(60))) == [False]
        assert await add(store, a_job(once="o", run_at=later(90))) == [False]
        assert (await get(store, far)).run_at == later(60)

    async def test_what_was_put_back_waits_its_time(self, store: Store, jobs: Jobs) -> None:
        job = a_job(once="o")
        await add(store, job)
        mine = await claimed(jobs)
        await jobs.fail(mine, at=NOON, retry_at=later(60), problem="too often", counts=False)
        assert await add(store, a_job(once="o")) == [False]
        assert (await get(store, job)).run_at == later(60)

    async def test_a_running_one_does_not_count(self, store: Store, jobs: Jobs) -> None:
        first, second = a_job(once="o", lane="l"), a_job(once="o", lane="l")
        await add(store, first)
        mine = await claimed(jobs)
        assert await add(store, second, a_job(once="o")) == [True, False]
        await jobs.finish(mine, at=NOON)
        assert (await claimed(jobs)).id == second.id

    async def test_a_failed_one_gives_way_to_a_pending_one(self, store: Store, jobs: Jobs) -> None:
        first, second = a_job(once="o", lane="l"), a_job(once="o", lane="l")
        await add(store, first)
        mine = await claimed(jobs)
        await add(store, second)
        await jobs.fail(mine, at=NOON, retry_at=later(1), problem="not yet")
        merged = await get(store, first)
        assert (merged.state, merged.finished_at) == (JobState.DONE, NOON)
        assert merged.problem
        assert (await claimed(jobs)).id == second.id

    async def test_an_expired_one_is_taken_over_beside_a_pending_one(
        self, store: Store, jobs: Jobs
    ) -> None:
        first, second = a_job(once="o", lane="l"), a_job(once="o", lane="l")
        await add(store, first)
        await claimed(jobs)
        await add(store, second)
        assert (await claimed(jobs, at=later(60))).id == first.id

    async def test_the_same_job_cannot_be_added_twice(self, store: Store) -> None:
        job = a_job()
        await add(store, job)
        with pytest.raises(Conflict):
            await add(store, job)

    async def test_a_wish_is_not_lost_to_a_claim_that_comes_between(
        self, store: Store, jobs: Jobs
    ) -> None:
        """Who relies on a pending twin must be sure that it runs after their own commit."""
        twin = a_job(once="o")
        await add(store, twin)

        async def wish() -> bool:
            async with store.unit(CONTEXT) as unit:
                stored = await unit.jobs.add(a_job(once="o"))
                wished.set()
                await asyncio.sleep(0.05)
                committed.append("wish")
                return stored

        async def run() -> None:
            await wished.wait()
            while await claim(jobs) is None:  # noqa: ASYNC110 - as a poller does
                await asyncio.sleep(0)
            committed.append("claim")

        wished, committed = asyncio.Event(), list[str]()
        stored, _ = await asyncio.gather(wish(), run())
        assert stored or committed == ["wish", "claim"]


class TestHandingOn:
    async def test_a_waiting_job_wants_what_another_would_and_keeps_its_place(
        self, store: Store, jobs: Jobs
    ) -> None:
        first, second = a_job(once="o", lane="l"), a_job(lane="l")
        newer = a_job(once="p", lane="l", payload={"n": 2})
        await add(store, first, second)
        async with store.unit(CONTEXT) as unit:
            assert await unit.jobs.hand_on("o", newer)
            assert not await unit.jobs.hand_on("o", newer)
        mine = await claimed(jobs)
        assert (mine.id, mine.payload, mine.once) == (first.id, {"n": 2}, "p")
        with pytest.raises(NotFound):
            await get(store, newer)

    async def test_one_that_runs_or_is_anothers_stays_as_it_is(
        self, store: Store, jobs: Jobs
    ) -> None:
        running, foreign = a_job(once="o"), a_job(once="o", tenant_id="other")
        await add(store, running)
        mine = await claimed(jobs)
        await add(store, foreign, context=a_context("other"))
        async with store.unit(CONTEXT) as unit:
            assert not await unit.jobs.hand_on("o", a_job(once="p"))
        assert await get(store, running) == mine
        async with store.reading(a_context("other")) as unit:
            assert (await unit.jobs.get(foreign.id)).once == "o"


class TestDesk:
    async def test_a_dead_job_can_be_revived(self, backend: Backend) -> None:
        store, jobs = backend.store, backend.jobs
        job = a_job(once="o")
        await kill(store, jobs, job)
        async with store.unit(CONTEXT) as unit:
            await unit.jobs.revive(job.id, at=later(5))
        assert backend.bell.rung == [[job.id], [job.id]]
        assert await claim(jobs, at=later(4)) is None
        mine = await claimed(jobs, at=later(5))
        assert (mine.id, mine.attempts, mine.finished_at) == (job.id, 1, None)

    async def test_a_revived_job_gives_way_to_a_pending_one(self, store: Store, jobs: Jobs) -> None:
        job, newer = a_job(once="o"), a_job(once="o")
        await kill(store, jobs, job)
        await add(store, newer)
        async with store.unit(CONTEXT) as unit:
            await unit.jobs.revive(job.id, at=NOON)
        assert (await get(store, job)).state is JobState.DONE
        assert (await get(store, newer)).state is JobState.PENDING

    async def test_a_dead_job_can_be_dropped(self, store: Store, jobs: Jobs) -> None:
        job = a_job()
        await kill(store, jobs, job)
        async with store.unit(CONTEXT) as unit:
            await unit.jobs.drop(job.id, at=later(5))
        dropped = await get(store, job)
        assert (dropped.state, dropped.finished_at) == (JobState.DONE, later(5))
        assert dropped.problem == "hopeless"

    @pytest.mark.parametrize("verb", ["revive", "drop"])
    async def test_only_dead_jobs_are_revived_or_dropped(self, store: Store, verb: str) -> None:
        job = a_job()
        await add(store, job)
        async with store.unit(CONTEXT) as unit:
            for job_id in (job.id, "none"):
                with pytest.raises(NotFound):
                    await getattr(unit.jobs, verb)(job_id, at=NOON)

    async def test_listing_and_counts(self, store: Store, jobs: Jobs) -> None:
        pending = [a_job(run_at=later(9)) for _ in range(3)]
        await add(store, *pending)
        await kill(store, jobs, a_job())
        async with store.reading(CONTEXT) as unit:
            listed = await unit.jobs.listing(JobState.PENDING, limit=2)
            assert [job.id for job in listed] == [job.id for job in pending[:2]]
            assert await unit.jobs.counts() == {
                JobState.PENDING: 3,
                JobState.RUNNING: 0,
                JobState.DONE: 0,
                JobState.DEAD: 1,
            }
            with pytest.raises(NotFound):
                await unit.jobs.get("none")

    async def test_purging_forgets_only_what_is_done_and_old(
        self, store: Store, jobs: Jobs
    ) -> None:
        old, new = a_job(), a_job()
        await kill(store, jobs, a_job())
        await add(store, old, new)
        await jobs.finish(await claimed(jobs), at=later(1))
        await jobs.finish(await claimed(jobs), at=later(2))
        async with store.unit(CONTEXT) as unit:
            assert await unit.jobs.purge(before=later(2)) == 1
        with pytest.raises(NotFound):
            await get(store, old)
        assert await get(store, new)


class TestManyRunners:
    async def test_no_job_is_lost_or_doubled_and_lanes_keep_their_order(
        self, store: Store, jobs: Jobs
    ) -> None:
        names = [f"lane-{number}" for number in range(6)]
        lanes = {name: [a_job(lane=name) for _ in range(8)] for name in names}
        in_turn = [job for batch in zip(*lanes.values(), strict=True) for job in batch]
        await add(store, *in_turn)
        busy, ran = Counter[str](), list[Job]()

        async def run(owner: str) -> None:
            while len(ran) < len(in_turn):
                job = await claim(jobs, owner=owner)
                if job is None:
                    await asyncio.sleep(0.001)
                    continue
                busy[job.lane] += 1
                assert busy[job.lane] == 1, "two of a lane at once"
                await asyncio.sleep(0)
                busy[job.lane] -= 1
                ran.append(job)
                await jobs.finish(job, at=NOON)

        await asyncio.gather(*(run(f"runner-{number}") for number in range(8)))
        for lane, expected in lanes.items():
            assert [job.id for job in ran if job.lane == lane] == [job.id for job in expected]
        assert {job.attempts for job in ran} == {1}

    async def test_of_many_takeovers_one_succeeds(self, store: Store, jobs: Jobs) -> None:
        await add(store, a_job())
        await claimed(jobs)
        takers = (claim(jobs, owner=f"runner-{n}", at=later(60)) for n in range(8))
        assert sum(job is not None for job in await asyncio.gather(*takers)) == 1

    async def test_writers_and_runners_at_once(self, store: Store, jobs: Jobs) -> None:
        """Jobs are added to lanes while others of the lane run, end, fail and come back."""
        wanted, ran = 60, list[str]()

        async def write(number: int) -> None:
            for _ in range(wanted // 3):
                await add(store, a_job(lane=f"lane-{number % 2}"))

        async def run(owner: str) -> None:
            while len(ran) < wanted:
                job = await claim(jobs, owner=owner)
                if job is None:
                    await asyncio.sleep(0.001)
                elif job.attempts == 1 and job.seq % 5 == 0:
                    await jobs.fail(job, at=NOON, retry_at=NOON, problem="again")
                else:
                    async with store.unit(CONTEXT) as unit:
                        await unit.jobs.done(job, at=NOON)
                    ran.append(job.id)

        await asyncio.gather(*(write(n) for n in range(3)), *(run(f"r{n}") for n in range(4)))
        assert len(set(ran)) == wanted == len(ran)
        async with store.reading(CONTEXT) as unit:
            assert (await unit.jobs.counts())[JobState.DONE] == wanted
