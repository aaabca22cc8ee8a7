"""What can a person do about jobs? Look at them, give dead ones another chance, or give them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.model import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.clock import Clock
    from core.store import Store

MANY = 10_000


async def list_jobs(
    *, store: Store, state: JobState = JobState.DEAD, limit: int = 100
) -> list[Job]:
    """Jobs in one state; the dead ones are those that wait for a person."""
    async with store.reading() as unit:
        return await unit.jobs.listing(state, limit=limit)


async def count_jobs(*, store: Store) -> dict[JobState, int]:
    """How many jobs there are, for every state, also where there are none."""
    async with store.reading() as unit:
        counts = await unit.jobs.counts()
    return {state: counts.get(state, 0) for state in JobState}


async def retry_jobs(job_ids: Sequence[str], *, store: Store, clock: Clock) -> list[Job]:
    """Dead jobs go back to pending, due now, with their attempts forgotten; no ids means all.

    All of them or, where one is not a dead job (NotFound), none.
    """
    async with store.transaction() as unit:
        chosen = job_ids or [job.id for job in await unit.jobs.listing(JobState.DEAD, limit=MANY)]
        for job_id in chosen:
            await unit.jobs.revive(job_id, at=clock.now())
        return [await unit.jobs.get(job_id) for job_id in chosen]


async def drop_jobs(job_ids: Sequence[str], *, store: Store, clock: Clock) -> list[Job]:
    """Dead jobs are given up: they free their lane and are never run. Raises NotFound."""
    async with store.transaction() as unit:
        dropped = [await unit.jobs.get(job_id) for job_id in job_ids]
        for job_id in job_ids:
            await unit.jobs.drop(job_id, at=clock.now())
        return dropped
