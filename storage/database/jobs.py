"""The jobs table: what a unit of work may do with jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Integer,
    Text,
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

from core.errors import LeaseLost, NotFound
from core.jobs.model import Job, JobState
from storage.database.bulk import insert_all
from storage.database.columns import Moment, Named, Words
from storage.database.rows import insert_into, read, values_of
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


class SqlJobTable:
    """The jobs that a unit adds, ends or brings back; `added` are those to wake runners for."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.added: list[Job] = []

    async def add(self, job: Job) -> bool:
        # DO UPDATE, not DO NOTHING: it locks the pending twin until this unit ends. Claimed
        # before, the twin could run without seeing what this unit writes, and the wish be lost.
        insert = insert_into(self._work, jobs).values(_new(job))
        stored = await self._work.execute(
            insert.on_conflict_do_update(
                index_elements=["tenant_id", "once"],
                index_where=text(PENDING_ONCE),
                set_={"once": insert.excluded.once},
            ).returning(jobs.c.id)
        )
        is_new: bool = stored.scalar_one() == job.id
        if is_new:
            self.added.append(job)
        return is_new

    async def add_all(self, added: Sequence[Job]) -> None:
        """Many at once; those that name a `once` go one by one."""
        plain = [job for job in added if job.once is None]
        if plain:
            await insert_all(self._work, jobs, plain)
            self.added.extend(plain)
        for job in added:
            if job.once is not None:
                await self.add(job)

    async def done(self, job: Job, *, at: datetime) -> None:
        await end(self._work, job, JobState.DONE, at=at)

    async def listing(self, state: JobState, *, limit: int = 100) -> list[Job]:
        found = await self._work.execute(
            select(jobs).where(jobs.c.state == LITERALS[state]).order_by(jobs.c.seq).limit(limit)
        )
        return [read(Job, row) for row in found.mappings()]

    async def get(self, job_id: str) -> Job:
        found = await self._work.execute(select(jobs).where(jobs.c.id == job_id))
        row = found.mappings().first()
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
        await self._work.execute(update(jobs).where(jobs.c.id == job_id).values(values))
        if values is again:
            self.added.append(await self.get(job_id))

    async def drop(self, job_id: str, *, at: datetime) -> None:
        await self._dead(job_id)
        await self._work.execute(
            update(jobs).where(jobs.c.id == job_id).values(state=JobState.DONE, finished_at=at)
        )

    async def counts(self) -> dict[JobState, int]:
        of_each = [
            select(func.count()).select_from(jobs).where(jobs.c.state == LITERALS[state])
            for state in JobState
        ]
        counted = await self._work.execute(select(*(one.scalar_subquery() for one in of_each)))
        return dict(zip(JobState, counted.one(), strict=True))

    async def purge(self, *, before: datetime) -> int:
        purged = await self._work.execute(
            delete(jobs).where(jobs.c.state == DONE, jobs.c.finished_at < before)
        )
        return purged.rowcount

    async def _dead(self, job_id: str) -> Job:
        found = await self._work.execute(
            select(jobs).where(jobs.c.id == job_id, jobs.c.state == DEAD).with_for_update()
        )
        row = found.mappings().first()
        if row is None:
            message = f"no dead job {job_id}"
            raise NotFound(message)
        return read(Job, row)


# The job that a runner still holds by its lease. Statements are made once: it takes longer than
# running them.
HELD = update(jobs).where(
    jobs.c.id == bindparam("job_id", type_=Text),
    jobs.c.lease == bindparam("token", type_=Text),
    jobs.c.state == RUNNING,
)
END = HELD.values(
    state=bindparam("ended_as", type_=Named(JobState)),
    finished_at=bindparam("at", type_=Moment),
    lease_until=None,
)
END_BADLY = END.values(problem=bindparam("why", type_=Words))
UNCOUNTED = bindparam("uncounted", type_=Integer)
PUT_BACK = HELD.values(
    state=JobState.PENDING,
    run_at=bindparam("at", type_=Moment),
    problem=bindparam("why", type_=Words),
    attempts=case((jobs.c.attempts > 0, jobs.c.attempts - UNCOUNTED), else_=0),
    lease=None,
    lease_until=None,
)
EXTEND = HELD.values(lease_until=bindparam("at", type_=Moment))


async def change_held(
    work: Work, statement: Update, job: Job, *, at: datetime, **values: object
) -> None:
    """Change the row of a job whose lease is ours; raises LeaseLost."""
    asked = {"job_id": job.id, "token": job.lease, "at": at, **values}
    changed = await work.execute(statement, asked)
    if not changed.rowcount:
        message = f"{job.id} is not ours any more"
        raise LeaseLost(message)


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
    """Is another pending job there that wants the same?"""
    if job.once is None:
        return False
    found = await work.execute(
        select(
            exists().where(
                jobs.c.tenant_id == job.tenant_id,
                jobs.c.once == job.once,
                jobs.c.state == PENDING,
                jobs.c.id != job.id,
            )
        )
    )
    return bool(found.scalar_one())


def _new(job: Job) -> dict[str, Any]:
    """All but `seq`, which the database gives."""
    values = values_of(job)
    del values["seq"]
    return values
