"""Which job may run now? Claiming from the table, by any number of runners at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, update

from core.clock import micros
from core.errors import Conflict, LeaseLost
from core.jobs.model import MAX_ATTEMPTS, Audience, Job, JobState
from storage.database.jobs import MERGED, PENDING, RUNNING, end, has_twin
from storage.database.rows import read
from storage.database.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Select

    from storage.database.engine import Database, Work

RIVALS = 10  # how often a claim gives way to another runner before it reports nothing


class SqlJobs:
    """Claims by row locks on PostgreSQL, by the one write lock on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self, audiences: Sequence[Audience], *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        first = (_expired(audiences, at), _waiting(audiences, at))
        return await self._claim(first, owner=owner, at=at, lease=lease)

    async def claim_one(
        self, job_id: str, *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        everyone = list(Audience)
        its = (_expired(everyone, at), _waiting(everyone, at))
        only = tuple(query.where(jobs.c.id == job_id) for query in its)
        return await self._claim(only, owner=owner, at=at, lease=lease)

    async def extend(self, job: Job, *, until: datetime) -> None:
        async with self._database.writing() as work:
            extended = await work.execute(update(jobs).where(*_held(job)).values(lease_until=until))
            if not extended.rowcount:
                message = f"{job.id} is not ours any more"
                raise LeaseLost(message)

    async def finish(self, job: Job, *, at: datetime) -> None:
        async with self._database.writing() as work:
            if not await _ended_by(work, job):
                await end(work, job, JobState.DONE, at=at)

    async def fail(
        self, job: Job, *, at: datetime, retry_at: datetime | None, problem: str
    ) -> None:
        async with self._database.writing() as work:
            if await _ended_by(work, job):
                return
            if retry_at is None:
                await end(work, job, JobState.DEAD, at=at, problem=problem)
            elif await has_twin(work, job):
                await end(work, job, JobState.DONE, at=at, problem=f"{MERGED}: {problem}")
            else:
                await _put_back(work, job, retry_at=retry_at, problem=problem)

    async def runnable(
        self, audiences: Sequence[Audience], *, at: datetime, limit: int
    ) -> list[str]:
        found: list[str] = []
        async with self._database.reading() as work:
            for query in (_expired(audiences, at), _waiting(audiences, at)):
                ids = query.with_only_columns(jobs.c.id).limit(limit - len(found))
                found += (await work.execute(ids)).scalars()
        return found

    async def _claim(
        self, queries: Sequence[Select[Any]], *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        for _ in range(RIVALS):
            try:
                async with self._database.writing() as work:
                    job = await _first(work, queries)
                    if job is None:
                        return None
                    if not _is_spent(job):
                        return await _lend(work, job, owner=owner, at=at, lease=lease)
                    await _bury(work, job, at=at)
            except Conflict:
                # Another runner took a job of this lane while we looked; look again.
                continue
        return None


async def _first(work: Work, queries: Sequence[Select[Any]]) -> Job | None:
    for query in queries:
        found = await work.execute(query.limit(1).with_for_update(skip_locked=True))
        row = found.mappings().first()
        if row is not None:
            return read(Job, row)
    return None


def _expired(audiences: Sequence[Audience], at: datetime) -> Select[Any]:
    """Jobs whose runner did not keep its lease."""
    return _in_order(audiences).where(jobs.c.state == RUNNING, jobs.c.lease_until <= at)


def _waiting(audiences: Sequence[Audience], at: datetime) -> Select[Any]:
    """Pending jobs whose time has come and whose lane is free, each the first of its lane."""
    other = jobs.alias("other")
    same_lane = and_(other.c.tenant_id == jobs.c.tenant_id, other.c.lane == jobs.c.lane)
    running = select(other.c.seq).where(same_lane, other.c.state == RUNNING).limit(1)
    # min() and not NOT EXISTS: PostgreSQL answers it by one step into the lane's index, where
    # it may turn NOT EXISTS into a join of all pending jobs with all others.
    first = select(func.min(other.c.seq)).where(same_lane, other.c.state == PENDING)
    return _in_order(audiences).where(
        jobs.c.state == PENDING,
        jobs.c.run_at <= at,
        running.scalar_subquery().is_(None),
        jobs.c.seq == first.scalar_subquery(),
    )


def _in_order(audiences: Sequence[Audience]) -> Select[Any]:
    return (
        select(jobs)
        .where(jobs.c.audience.in_(list(audiences)))
        .order_by(jobs.c.priority, jobs.c.seq)
    )


def _held(job: Job) -> tuple[ColumnElement[bool], ...]:
    return (jobs.c.id == job.id, jobs.c.lease == job.lease, jobs.c.state == RUNNING)


def _is_spent(job: Job) -> bool:
    """Its last runner went away as those before did: it may be what they died of."""
    return job.state is JobState.RUNNING and job.attempts >= MAX_ATTEMPTS


async def _lend(work: Work, job: Job, *, owner: str, at: datetime, lease: timedelta) -> Job:
    """The job, leased. The token differs for every claim of the job."""
    attempts = job.attempts + 1
    lent = replace(
        job,
        state=JobState.RUNNING,
        attempts=attempts,
        lease=f"{owner}@{micros(at)}#{attempts}",
        lease_until=at + lease,
    )
    await work.execute(
        update(jobs)
        .where(jobs.c.seq == job.seq)
        .values(
            state=lent.state,
            attempts=lent.attempts,
            lease=lent.lease,
            lease_until=lent.lease_until,
        )
    )
    return lent


async def _bury(work: Work, job: Job, *, at: datetime) -> None:
    problem = f"its runner went away, {job.attempts} times by now"
    await end(work, job, JobState.DEAD, at=at, problem=problem)


async def _put_back(work: Work, job: Job, *, retry_at: datetime, problem: str) -> None:
    waiting = update(jobs).where(*_held(job))
    back = await work.execute(
        waiting.values(
            state=JobState.PENDING,
            run_at=retry_at,
            problem=problem,
            lease=None,
            lease_until=None,
        )
    )
    if not back.rowcount:
        message = f"{job.id} is not ours any more"
        raise LeaseLost(message)


async def _ended_by(work: Work, job: Job) -> bool:
    """Has the handler's own unit ended it already? Raises LeaseLost where another runner did."""
    over = or_(jobs.c.state == JobState.DONE, jobs.c.state == JobState.DEAD)
    found = await work.execute(select(jobs.c.lease).where(jobs.c.id == job.id, over))
    row = found.first()
    if row is not None and row.lease != job.lease:
        message = f"{job.id} was ended by another runner"
        raise LeaseLost(message)
    return row is not None
