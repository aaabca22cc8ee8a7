"""The jobs table: what a unit of work may do with jobs."""

from __future__ import annotations

from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Integer,
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from core.errors import LeaseLost, NotFound
from core.jobs.model import Job, JobState, may_be_done_with
from storage.database.bulk import insert_all
from storage.database.columns import Key, MomentColumn, Named, WordsColumn
from storage.database.repository import Repository
from storage.database.rows import asked, excluded, read, values_of
from storage.database.tables import PENDING_ONCE, jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Update

    from storage.database.engine import Work

# Written out, not bound: only so do both databases see that the partial indexes apply.
PENDING: ColumnElement[str] = literal_column("'pending'")
RUNNING: ColumnElement[str] = literal_column("'running'")
DONE: ColumnElement[str] = literal_column("'done'")
DEAD: ColumnElement[str] = literal_column("'dead'")
LITERALS = {
    JobState.PENDING: PENDING,
    JobState.RUNNING: RUNNING,
    JobState.DONE: DONE,
    JobState.DEAD: DEAD,
}
MERGED = "left to a newer job that wants the same"


class SqlJobTable(Repository):
    """The jobs that a unit adds, ends or brings back.

    `added` are those to wake runners for, `ended` the leases under which jobs were done.
    """

    def __init__(self, work: Work, tenant_id: str) -> None:
        super().__init__(work, tenant_id)
        self.added: list[Job] = []
        self.ended: list[str] = []

    async def add(self, job: Job) -> bool:
        self._refuse_strangers(job)
        is_new = await add_job(self._work, job)
        if is_new:
            self.added.append(job)
        return is_new

    async def hand_on(self, once: str, job: Job) -> bool:
        self._refuse_strangers(job)
        wants = {"payload": job.payload, "once": job.once}
        changed = await self._work.execute(HAND_ON, self._of(once=once) | wants)
        return bool(changed.rowcount)

    async def behind(self, job: Job, *, at: datetime, most: int) -> list[Job]:
        asked = {"tenant": self._tenant_id, "in_lane": job.lane, "most": most}
        rows = await self._work.execute(IN_LANE, asked)
        waiting = (read(Job, row) for row in rows.mappings())
        return list(takewhile(partial(may_be_done_with, job, at=at), waiting))

    async def done(self, job: Job, *, at: datetime, behind: Sequence[Job] = ()) -> None:
        if job.tenant_id != self._tenant_id:
            raise _lost(job)
        await end(self._work, job, JobState.DONE, at=at)
        self.ended.append(str(job.lease))
        if behind:
            ids = [follower.id for follower in behind]
            asked = {"tenant": self._tenant_id, "ids": ids, "token": job.lease, "at": at}
            ended = await self._work.execute(END_WAITING, asked)
            if ended.rowcount != len(behind):
                message = f"what waited behind {job.id} waits no more"
                raise LeaseLost(message)

    async def is_lane_free(self, lane: str) -> bool:
        for state in (PENDING, RUNNING):  # each has an index of its own
            in_lane = select(jobs.c.seq).where(
                self._mine(jobs), jobs.c.lane == lane, jobs.c.state == state
            )
            if (await self._work.execute(in_lane.limit(1))).first() is not None:
                return False
        return True

    async def listing(self, state: JobState, *, limit: int = 100) -> list[Job]:
        rows = await self._work.execute(
            select(jobs)
            .where(self._mine(jobs), jobs.c.state == LITERALS[state])
            .order_by(jobs.c.seq)
            .limit(limit)
        )
        return [read(Job, row) for row in rows.mappings()]

    async def get(self, job_id: str) -> Job:
        mine = select(jobs).where(self._mine(jobs), jobs.c.id == job_id)
        rows = await self._work.execute(mine)
        row = rows.mappings().first()
        if row is None:
            message = f"no job {job_id}"
            raise NotFound(message)
        return read(Job, row)

    async def revive(self, job_id: str, *, at: datetime) -> None:
        job = await self._dead(job_id)
        again: dict[str, Any] = {
            "state": JobState.PENDING,
            "attempts": 0,
            "run_at": at,
            "lease": None,
            "finished_at": None,
        }
        merged = {"state": JobState.DONE, "finished_at": at, "problem": MERGED}
        values = merged if await has_twin(self._work, job) else again
        await self._work.execute(
            update(jobs).where(self._mine(jobs), jobs.c.id == job_id).values(values)
        )
        if values is again:
            self.added.append(await self.get(job_id))

    async def drop(self, job_id: str, *, at: datetime) -> None:
        await self._dead(job_id)
        await self._work.execute(
            update(jobs)
            .where(self._mine(jobs), jobs.c.id == job_id)
            .values(state=JobState.DONE, finished_at=at)
        )

    async def counts(self) -> dict[JobState, int]:
        of_each = [
            select(func.count()).where(self._mine(jobs), jobs.c.state == LITERALS[state])
            for state in JobState
        ]
        counted = await self._work.execute(select(*(count.scalar_subquery() for count in of_each)))
        return dict(zip(JobState, counted.one(), strict=True))

    async def purge(self, *, before: datetime) -> int:
        purged = await self._work.execute(
            delete(jobs).where(self._mine(jobs), jobs.c.state == DONE, jobs.c.finished_at < before)
        )
        return purged.rowcount

    async def _dead(self, job_id: str) -> Job:
        rows = await self._work.execute(
            select(jobs)
            .where(self._mine(jobs), jobs.c.id == job_id, jobs.c.state == DEAD)
            .with_for_update()
        )
        row = rows.mappings().first()
        if row is None:
            message = f"no dead job {job_id}"
            raise NotFound(message)
        return read(Job, row)


HAND_ON = update(jobs).where(asked(jobs.c.tenant_id), asked(jobs.c.once), jobs.c.state == PENDING)


def _add_once(insert: Any) -> Any:
    """What both jobs want goes as early as the more urgent of them, and as the earlier."""
    urgent, early = excluded("priority"), excluded("run_at")
    is_earlier = and_(early < jobs.c.run_at, jobs.c.problem.is_(None))  # what failed waits
    changed = insert.on_conflict_do_update(
        index_elements=["tenant_id", "once"],
        index_where=text(PENDING_ONCE),
        set_={
            "priority": case((urgent < jobs.c.priority, urgent), else_=jobs.c.priority),
            "run_at": case((is_earlier, early), else_=jobs.c.run_at),
        },
    )
    return changed.returning(jobs.c.id)


ADD_ONCE = {True: _add_once(sqlite.insert(jobs)), False: _add_once(postgresql.insert(jobs))}


async def add_job(work: Work, job: Job) -> bool:
    """False where a pending twin is there already."""
    # DO UPDATE, not DO NOTHING: it locks the pending twin until this unit ends. Claimed
    # before, the twin could run without seeing what this unit writes, and the wish be lost.
    stored = await work.execute(ADD_ONCE[work.is_sqlite], _new(job))
    is_new: bool = stored.scalar_one() == job.id
    return is_new


async def add_jobs(work: Work, added: Sequence[Job]) -> list[Job]:
    """Many at once, of any tenants; those that are new. What names a `once` goes alone."""
    new = [job for job in added if job.once is None]
    await insert_all(work, jobs, new)
    return new + [job for job in added if job.once is not None and await add_job(work, job)]


# The job that a runner still holds by its lease. Statements are made once: it takes longer than
# running them.
HELD = update(jobs).where(
    jobs.c.tenant_id == bindparam("of_tenant", type_=Text),
    jobs.c.id == bindparam("job_id", type_=Text),
    jobs.c.lease == bindparam("token", type_=Text),
    jobs.c.state == RUNNING,
)
END = HELD.values(
    state=bindparam("ended_as", type_=Named(JobState)),
    finished_at=bindparam("at", type_=MomentColumn),
    lease_until=None,
)
END_BADLY = END.values(problem=bindparam("why", type_=WordsColumn))
UNCOUNTED = bindparam("uncounted", type_=Integer)
PUT_BACK = HELD.values(
    state=JobState.PENDING,
    run_at=bindparam("at", type_=MomentColumn),
    problem=bindparam("why", type_=WordsColumn),
    attempts=case((jobs.c.attempts > 0, jobs.c.attempts - UNCOUNTED), else_=0),
    lease=None,
    lease_until=None,
)
EXTEND = HELD.values(lease_until=bindparam("at", type_=MomentColumn))


# Of the lane that this runner holds by the lease of another job.
IN_LANE = (
    select(jobs)
    .where(
        jobs.c.tenant_id == bindparam("tenant", type_=Text),
        jobs.c.lane == bindparam("in_lane", type_=Key),
        jobs.c.state == PENDING,
    )
    .order_by(jobs.c.seq)
    .limit(bindparam("most", type_=Integer))
)
END_WAITING = (
    update(jobs)
    .where(
        jobs.c.tenant_id == bindparam("tenant", type_=Text),
        jobs.c.id.in_(bindparam("ids", expanding=True, type_=Text)),
        jobs.c.state == PENDING,
    )
    .values(
        state=DONE,
        lease=bindparam("token", type_=Text),
        finished_at=bindparam("at", type_=MomentColumn),
    )
)


async def change_held(
    work: Work, statement: Update, job: Job, *, at: datetime, **values: object
) -> None:
    """Change the row of a job whose lease is ours; raises LeaseLost."""
    asked = {"of_tenant": job.tenant_id, "job_id": job.id, "token": job.lease, "at": at, **values}
    changed = await work.execute(statement, asked)
    if not changed.rowcount:
        raise _lost(job)


async def end(
    work: Work, job: Job, state: JobState, *, at: datetime, problem: str | None = None
) -> None:
    """Done or dead; raises LeaseLost. The lease's name stays, to tell who ended it."""
    if problem is None:
        await change_held(work, END, job, at=at, ended_as=state)
    else:
        await change_held(work, END_BADLY, job, at=at, ended_as=state, why=problem)


async def put_back(work: Work, job: Job, *, retry_at: datetime, problem: str, counts: bool) -> None:
    """To be tried again, by whoever claims it then; raises LeaseLost."""
    uncounted = 0 if counts else 1
    await change_held(work, PUT_BACK, job, at=retry_at, why=problem, uncounted=uncounted)


async def has_twin(work: Work, job: Job) -> bool:
    """Whether another pending job there has the same `once` key."""
    if job.once is None:
        return False
    rows = await work.execute(
        select(
            exists().where(
                jobs.c.tenant_id == job.tenant_id,
                jobs.c.once == job.once,
                jobs.c.state == PENDING,
                jobs.c.id != job.id,
            )
        )
    )
    return bool(rows.scalar_one())


def _lost(job: Job) -> LeaseLost:
    message = f"{job.id} is not ours any more"
    return LeaseLost(message)


def _new(job: Job) -> dict[str, Any]:
    """All but `seq`, which the database gives."""
    values = values_of(job)
    del values["seq"]
    return values
