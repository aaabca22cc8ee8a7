"""Claims from the job table: which job may run next, for any number of runners at once.

The statements are made once, at import: they are the hottest of the product, and making one takes
longer than running it.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    null,
    or_,
    select,
    text,
    tuple_,
    update,
)

from core.clock import micros
from core.errors import Conflict, LeaseLost
from core.jobs.kinds import stall_of
from core.jobs.model import MAX_ATTEMPTS, Audience, Job, JobState
from storage.database.columns import MomentColumn, Named
from storage.database.jobs import (
    DEAD,
    EXTEND,
    MERGED,
    PENDING,
    RUNNING,
    SqlJobTable,
    change_held,
    end,
    has_twin,
    put_back,
)
from storage.database.rows import read
from storage.database.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Select, Update

    from storage.database.engine import Database, Work

ENDED_BY_US = select(jobs.c.seq).where(
    jobs.c.id == bindparam("job_id"),
    jobs.c.lease == bindparam("held"),
    or_(jobs.c.state == JobState.DONE, jobs.c.state == JobState.DEAD),
)
RIVALS = 10  # how often a claim gives way to another runner before it reports nothing


class SqlJobs:
    """Claims by row locks on PostgreSQL, by the one write lock on SQLite.

    Nothing here need be durable: a claim or an end that a power cut undoes is done again, as
    after any crash. What a job does is committed by its own unit, and that waits for the disk.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claims = count(1)

    async def claim(
        self, audiences: Sequence[Audience], *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        asked = {"audiences": list(audiences)} | self._lease(owner, at, lease)
        return await self._claim(CLAIM, asked)

    async def extend(self, job: Job, *, until: datetime) -> None:
        async with self._database.writing(durable=False) as work:
            await change_held(work, EXTEND, job, at=until)

    async def finish(self, job: Job, *, at: datetime) -> None:
        if self._was_done_here(job):
            return
        async with self._database.reading() as work:
            if await _has_ended(work, job):  # by its handler's own unit: nothing is to be written
                return
        async with self._database.writing(durable=False) as work:
            try:
                await end(work, job, JobState.DONE, at=at)
            except LeaseLost:
                await _forgive_if_ended(work, job)

    async def fail(
        self,
        job: Job,
        *,
        at: datetime,
        retry_at: datetime | None,
        problem: str,
        counts: bool = True,
    ) -> None:
        if self._was_done_here(job):
            return
        for _ in range(RIVALS):
            try:
                async with self._database.writing(durable=False) as work:
                    await _fail(work, job, at=at, retry_at=retry_at, problem=problem, counts=counts)
            except Conflict:
                # Its twin was added while we looked for one; look again.
                continue
            return

    async def end_leases(self, *, at: datetime) -> int:
        async with self._database.writing(durable=False) as work:
            return (await work.execute(END_LEASES, {"at": at})).rowcount

    def _was_done_here(self, job: Job) -> bool:
        """By a unit of this process, whose commit returned: the table need not be asked."""
        lease = str(job.lease)
        was_done = lease in self._database.ended
        self._database.ended.discard(lease)
        return was_done

    def _lease(self, owner: str, at: datetime, lease: timedelta) -> dict[str, Any]:
        # The number tells claims apart that `attempts` does not: one may be taken back.
        return {
            "token": f"{owner}@{micros(at)}.{next(self._claims)}#",
            "at": at,
            "until": at + lease,
        }

    async def _claim(self, statement: Update, asked: dict[str, Any]) -> Job | None:
        for _ in range(RIVALS):
            try:
                async with self._database.writing(durable=False) as work:
                    await _take_rows_in_order(work)
                    row = (await work.execute(statement, asked)).mappings().first()
                    if row is not None and row["state"] is JobState.DEAD:
                        await _tell_case(work, read(Job, row), None, counts=True, at=asked["at"])
            except Conflict:
                # Another runner took a job of this lane while we looked; look again.
                continue
            if row is None:
                return None
            if row["state"] is JobState.RUNNING:
                return read(Job, row)
        return None


candidate = jobs.alias("candidate")
other = jobs.alias("other")


def _in_order() -> Select[Any]:
    audiences = bindparam("audiences", expanding=True, type_=Named(Audience))
    return (
        select(candidate.c.seq)
        .where(candidate.c.audience.in_(audiences))
        .order_by(candidate.c.priority, candidate.c.seq)
    )


def _expired() -> Select[Any]:
    """Jobs whose runner did not keep its lease."""
    return _in_order().where(candidate.c.state == RUNNING, candidate.c.lease_until <= AT)


def _waiting() -> Select[Any]:
    """Pending jobs whose time has come and whose lane is free, each the first of its lane."""
    busy = select(other.c.tenant_id, other.c.lane).where(other.c.state == RUNNING)
    same_lane = and_(other.c.tenant_id == candidate.c.tenant_id, other.c.lane == candidate.c.lane)
    # min() and not NOT EXISTS: PostgreSQL answers it by one step into the lane's index, where
    # it may turn NOT EXISTS into a join of all pending jobs with all others.
    first = select(func.min(other.c.seq)).where(same_lane, other.c.state == PENDING)
    return _in_order().where(
        candidate.c.state == PENDING,
        candidate.c.run_at <= AT,
        tuple_(candidate.c.tenant_id, candidate.c.lane).not_in(busy),
        candidate.c.seq == first.scalar_subquery(),
    )


def _claiming(*only: ColumnElement[bool]) -> Update:
    """Lease the first job that may run; one whose runners keep dying is dead instead.

    The token differs for every claim of a job.
    """
    first_of_each = (
        query.where(*only).limit(1).with_for_update(skip_locked=True, of=candidate)
        for query in (EXPIRED, WAITING)
    )
    # It may be what its runners died of.
    spent = and_(jobs.c.state == RUNNING, jobs.c.attempts >= MAX_ATTEMPTS)
    tries = cast(jobs.c.attempts + 1, Text)
    return (
        update(jobs)
        .where(jobs.c.seq == func.coalesce(*(first.scalar_subquery() for first in first_of_each)))
        .values(
            state=case((spent, DEAD), else_=RUNNING),
            attempts=case((spent, jobs.c.attempts), else_=jobs.c.attempts + 1),
            lease=case((spent, jobs.c.lease), else_=bindparam("token", type_=Text) + tries),
            lease_until=case((spent, null()), else_=bindparam("until", type_=MomentColumn)),
            finished_at=case((spent, AT), else_=null()),
            problem=case((spent, GONE), else_=jobs.c.problem),
        )
        .returning(*jobs.c)
    )


AT = bindparam("at", type_=MomentColumn)
GONE = f"its runner went away, {MAX_ATTEMPTS} times or more"
EXPIRED, WAITING = _expired(), _waiting()
CLAIM = _claiming()
END_LEASES = (
    update(jobs).where(jobs.c.state == RUNNING, jobs.c.lease_until > AT).values(lease_until=AT)
)


# An index gives the jobs in their order. Left to itself the planner sorts all that are pending for
# each claim, while its statistics say that there are few; these hold for this transaction alone.
IN_ORDER = text(
    "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)"
)


async def _take_rows_in_order(work: Work) -> None:
    if not work.is_sqlite:
        await work.execute(IN_ORDER)


async def _fail(
    work: Work,
    job: Job,
    *,
    at: datetime,
    retry_at: datetime | None,
    problem: str,
    counts: bool,
) -> None:
    try:
        if retry_at is None:
            await end(work, job, JobState.DEAD, at=at, problem=problem)
            await _tell_case(work, job, None, counts=counts, at=at)
        elif await has_twin(work, job):
            await end(work, job, JobState.DONE, at=at, problem=f"{MERGED}: {problem}")
        else:
            await put_back(work, job, retry_at=retry_at, problem=problem, counts=counts)
            await _tell_case(work, job, retry_at, counts=counts, at=at)
    except LeaseLost:
        await _forgive_if_ended(work, job)


async def _tell_case(
    work: Work, job: Job, retry_at: datetime | None, *, counts: bool, at: datetime
) -> None:
    """The case of a job that failed hears of it: that commits with the failure."""
    stall = stall_of(job, retry_at=retry_at, counts=counts, at=at)
    if stall is not None:
        await SqlJobTable(work, job.tenant_id).add(stall)


async def _forgive_if_ended(work: Work, job: Job) -> None:
    """The lease is gone: well, where the job was ended under it. Raises LeaseLost elsewhere."""
    if not await _has_ended(work, job):
        message = f"{job.id} is not ours any more"
        raise LeaseLost(message)


async def _has_ended(work: Work, job: Job) -> bool:
    """Whether the job was ended under the lease that this runner holds."""
    rows = await work.execute(ENDED_BY_US, {"job_id": job.id, "held": job.lease})
    return rows.first() is not None
