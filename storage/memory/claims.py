"""Claims of due jobs, in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.clock import micros
from core.errors import LeaseLost
from core.jobs.kinds import stall_of
from core.jobs.model import MAX_ATTEMPTS, Audience, Job, JobState
from storage.memory.jobs import held, pending_twin, settle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from storage.memory.store import MemoryStore
    from storage.memory.tables import Tables


class MemoryJobs:
    """Claims from the tables of a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def claim(
        self, audiences: Sequence[Audience], *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        async with self._store.draft("claim") as tables:
            bury(tables, at=at)
            job = next(iter(claimable(tables, audiences, at=at)), None)
            return lend(tables, job, owner=owner, at=at, lease=lease) if job else None

    async def extend(self, job: Job, *, until: datetime) -> None:
        async with self._store.draft("extend") as tables:
            row = replace(held(tables, job), lease_until=until)
            tables.of(job.tenant_id).waiting.put(job.id, row)

    async def finish(self, job: Job, *, at: datetime) -> None:
        async with self._store.draft("finish") as tables:
            if not ended_by(tables, job):
                settle(tables, held(tables, job), JobState.DONE, at=at)

    async def fail(
        self,
        job: Job,
        *,
        at: datetime,
        retry_at: datetime | None,
        problem: str,
        counts: bool = True,
    ) -> None:
        async with self._store.draft("fail") as tables:
            if ended_by(tables, job):
                return
            tell_case(tables, job, retry_at=retry_at, counts=counts, at=at)
            row = replace(held(tables, job), problem=problem)
            if retry_at is None:
                settle(tables, row, JobState.DEAD, at=at)
            elif pending_twin(tables, row):
                # It failed while a newer one already waits to do the same: that one will do.
                settle(tables, row, JobState.DONE, at=at)
            else:
                back = put_back(row, retry_at=retry_at, counts=counts)
                tables.of(job.tenant_id).waiting.put(job.id, back)

    async def end_leases(self, *, at: datetime) -> int:
        async with self._store.draft("end leases") as tables:
            leased = [job for job in tables.waiting if job.lease_until and job.lease_until > at]
            for job in leased:
                ended = replace(job, lease_until=at)
                tables.of(job.tenant_id).waiting.put(job.id, ended)
        return len(leased)


def claimable(tables: Tables, audiences: Sequence[Audience], *, at: datetime) -> list[Job]:
    """Jobs that may run now: expired leases first, then by priority and seq."""
    free = [job for job in heads(tables) if job.audience in audiences and is_ripe(job, at)]
    return sorted(free, key=lambda job: (job.state is JobState.PENDING, job.priority, job.seq))


def heads(tables: Tables) -> Iterator[Job]:
    """The head of each lane: the job that runs, else the first that waits, backing off or not."""
    lanes: dict[tuple[str, str], Job] = {}
    for job in sorted(tables.waiting, key=lambda job: (job.state is JobState.PENDING, job.seq)):
        lanes.setdefault((job.tenant_id, job.lane), job)
    yield from lanes.values()


def is_ripe(job: Job, at: datetime) -> bool:
    """True if the job is due, or its runner's lease has ended."""
    if job.state is JobState.RUNNING:
        return job.lease_until is not None and job.lease_until <= at
    return job.run_at <= at


def bury(tables: Tables, *, at: datetime) -> None:
    """Bury jobs whose lease has ended with their last attempt."""
    spent = [job for job in tables.waiting if job.state is JobState.RUNNING]
    for job in spent:
        if job.attempts >= MAX_ATTEMPTS and is_ripe(job, at):
            problem = f"its runner went away, {job.attempts} times by now"
            settle(tables, replace(job, problem=problem), JobState.DEAD, at=at)
            tell_case(tables, job, retry_at=None, counts=True, at=at)


def tell_case(
    tables: Tables, job: Job, *, retry_at: datetime | None, counts: bool, at: datetime
) -> None:
    """Record a job's failure in its case."""
    stall = stall_of(job, retry_at=retry_at, counts=counts, at=at)
    if stall is not None:
        own = tables.of(job.tenant_id)
        own.waiting.add(stall.id, replace(stall, seq=tables.next("job")))


def lend(tables: Tables, job: Job, *, owner: str, at: datetime, lease: timedelta) -> Job:
    """The job, leased. The token differs for every claim, as `attempts` may not."""
    lent = replace(
        job,
        state=JobState.RUNNING,
        attempts=job.attempts + 1,
        lease=f"{owner}@{micros(at)}#{tables.next('claim')}",
        lease_until=at + lease,
    )
    tables.of(job.tenant_id).waiting.put(job.id, lent)
    return lent


def put_back(job: Job, *, retry_at: datetime, counts: bool) -> Job:
    """The job, waiting again; where the attempt does not count, as if it had not been claimed."""
    return replace(
        job,
        state=JobState.PENDING,
        run_at=retry_at,
        attempts=job.attempts if counts else max(job.attempts - 1, 0),
        lease=None,
        lease_until=None,
    )


def ended_by(tables: Tables, job: Job) -> bool:
    """True if the handler's unit has ended the job. Raises LeaseLost where another runner did."""
    row = tables.of(job.tenant_id).settled.get(job.id)
    if row is not None and row.lease != job.lease:
        message = f"{job.id} was ended by another runner"
        raise LeaseLost(message)
    return row is not None
