"""The jobs table in memory: what a unit of work may do with jobs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from core.errors import LeaseLost, NotFound
from core.jobs.model import Job, JobState, may_be_done_with
from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True)
class MemoryJobTable:
    """The jobs that a unit adds, ends or brings back; `added` are those to wake runners for."""

    tables: Tables
    added: list[Job] = field(default_factory=list)

    async def add(self, job: Job) -> bool:
        refuse_strangers(self.tables.tenant_id, job)
        twin = pending_twin(self.tables, job)
        if twin:
            early = twin.run_at if twin.problem else min(twin.run_at, job.run_at)
            urgent = replace(twin, priority=min(twin.priority, job.priority), run_at=early)
            self.tables.waiting.put(twin.id, urgent)
            return False
        if job.id in self.tables.settled:
            self.tables.refuse(f"{job.id} is stored already")
        self.tables.waiting.add(job.id, replace(job, seq=self.tables.whole.next("job")))
        self.added.append(job)
        return True

    async def hand_on(self, once: str, job: Job) -> bool:
        refuse_strangers(self.tables.tenant_id, job)
        for row in self.tables.waiting:
            if (row.once, row.state) == (once, JobState.PENDING):
                self.tables.waiting.put(row.id, replace(row, payload=job.payload, once=job.once))
                return True
        return False

    async def behind(self, job: Job, *, at: datetime, most: int) -> list[Job]:
        pending = [
            waiting
            for waiting in self.tables.waiting
            if waiting.lane == job.lane and waiting.state is JobState.PENDING
        ]
        pending.sort(key=lambda waiting: waiting.seq)
        return list(takewhile(partial(may_be_done_with, job, at=at), pending[:most]))

    async def done(self, job: Job, *, at: datetime, behind: Sequence[Job] = ()) -> None:
        if job.tenant_id != self.tables.tenant_id:
            raise _lost(job)
        row = held(self.tables, job)
        for follower in behind:
            waiting = self.tables.waiting.get(follower.id)
            if waiting is None or waiting.state is not JobState.PENDING:
                message = f"{follower.id} waits no more"
                raise LeaseLost(message)
            settle(self.tables, replace(waiting, lease=job.lease), JobState.DONE, at=at)
        settle(self.tables, row, JobState.DONE, at=at)

    async def is_lane_free(self, lane: str) -> bool:
        return all(job.lane != lane or job.state is JobState.DEAD for job in self.tables.waiting)

    async def listing(self, state: JobState, *, limit: int = 100) -> list[Job]:
        jobs = [job for job in self._all() if job.state is state]
        return sorted(jobs, key=lambda job: job.seq)[:limit]

    async def get(self, job_id: str) -> Job:
        return self.tables.waiting.get(job_id) or self.tables.settled.require(job_id, "job")

    async def revive(self, job_id: str, *, at: datetime) -> None:
        job = self._dead(job_id)
        if pending_twin(self.tables, job):
            note = "another job does the same"
            settle(self.tables, replace(job, problem=note), JobState.DONE, at=at)
            return
        self.tables.settled.remove(job_id)
        again = replace(
            job, state=JobState.PENDING, attempts=0, run_at=at, lease=None, finished_at=None
        )
        self.tables.waiting.add(job_id, again)
        self.added.append(again)

    async def drop(self, job_id: str, *, at: datetime) -> None:
        settle(self.tables, self._dead(job_id), JobState.DONE, at=at)

    async def counts(self) -> dict[JobState, int]:
        counts = dict.fromkeys(JobState, 0)
        for job in self._all():
            counts[job.state] += 1
        return counts

    async def purge(self, *, before: datetime) -> int:
        old = [
            job.id
            for job in self.tables.settled
            if job.state is JobState.DONE and job.finished_at and job.finished_at < before
        ]
        for job_id in old:
            self.tables.settled.remove(job_id)
        return len(old)

    def _all(self) -> list[Job]:
        return [*self.tables.waiting, *self.tables.settled]

    def _dead(self, job_id: str) -> Job:
        job = self.tables.settled.get(job_id)
        if job is None or job.state is not JobState.DEAD:
            message = f"no dead job {job_id}"
            raise NotFound(message)
        return job


def pending_twin(tables: Tables, job: Job) -> Job | None:
    """Another pending job that wants the same, where one is there."""
    if job.once is None:
        return None
    waiting = (other for other in tables.of(job.tenant_id).waiting if other.id != job.id)
    pending = (other for other in waiting if other.state is JobState.PENDING)
    return next((other for other in pending if other.once == job.once), None)


def held(tables: Tables, job: Job) -> Job:
    """The row of a job that this lease still holds; raises LeaseLost."""
    row = tables.of(job.tenant_id).waiting.get(job.id)
    if row is None or row.state is not JobState.RUNNING or row.lease != job.lease:
        raise _lost(job)
    return row


def settle(tables: Tables, job: Job, state: JobState, *, at: datetime) -> None:
    """Done or dead: the lane goes on without it. The lease stays, as the name of who ended it."""
    mine = tables.of(job.tenant_id)
    if job.id in mine.waiting:
        mine.waiting.remove(job.id)
    mine.settled.put(job.id, replace(job, state=state, lease_until=None, finished_at=at))


def _lost(job: Job) -> LeaseLost:
    message = f"{job.id} is not ours any more"
    return LeaseLost(message)
