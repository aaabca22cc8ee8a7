from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.clock import SetClock
from core.errors import NotFound
from core.jobs.model import Audience, Job, JobState
from core.workflows.job_admin import count_jobs, drop_jobs, list_jobs, retry_jobs
from storage.memory import MemoryJobs, MemoryStore

CLOCK = SetClock()
JOB = Job(
    id="job_0",
    tenant_id="t",
    kind="a",
    lane="l",
    payload={},
    audience=Audience.ANY,
    run_at=CLOCK.now(),
    created_at=CLOCK.now(),
)


@pytest.fixture
async def store() -> MemoryStore:
    """Two dead jobs, and one that waits, in a lane each."""
    store = MemoryStore()
    jobs = MemoryJobs(store)
    for number in range(3):
        async with store.transaction() as unit:
            await unit.jobs.add(replace(JOB, id=f"job_{number}", lane=f"l{number}"))
    for number in range(2):
        job = await jobs.claim_one(
            f"job_{number}", owner="o", at=CLOCK.now(), lease=timedelta(minutes=1)
        )
        assert job
        await jobs.fail(job, at=CLOCK.now(), retry_at=None, problem="it broke")
    return store


async def test_the_dead_are_listed_with_their_problems(store: MemoryStore) -> None:
    found = await list_jobs(store=store)
    assert [(job.id, job.problem) for job in found] == [
        ("job_0", "it broke"),
        ("job_1", "it broke"),
    ]
    assert [job.id for job in await list_jobs(store=store, state=JobState.PENDING)] == ["job_2"]
    assert len(await list_jobs(store=store, limit=1)) == 1


async def test_every_state_is_counted(store: MemoryStore) -> None:
    counts = await count_jobs(store=store)
    assert counts == {
        JobState.PENDING: 1,
        JobState.RUNNING: 0,
        JobState.DONE: 0,
        JobState.DEAD: 2,
    }


async def test_a_retried_job_begins_anew(store: MemoryStore) -> None:
    [job] = await retry_jobs(["job_1"], store=store, clock=CLOCK)
    assert (job.id, job.state, job.attempts) == ("job_1", JobState.PENDING, 0)
    assert [job.id for job in await list_jobs(store=store)] == ["job_0"]


async def test_without_ids_all_dead_jobs_are_retried(store: MemoryStore) -> None:
    assert len(await retry_jobs([], store=store, clock=CLOCK)) == 2
    assert await list_jobs(store=store) == []


async def test_a_wrong_id_changes_nothing(store: MemoryStore) -> None:
    for change in (retry_jobs, drop_jobs):
        for wrong in ("job_2", "job_99"):
            with pytest.raises(NotFound):
                await change(["job_0", wrong], store=store, clock=CLOCK)
    assert len(await list_jobs(store=store)) == 2


async def test_a_dropped_job_is_given_up(store: MemoryStore) -> None:
    [job] = await drop_jobs(["job_0"], store=store, clock=CLOCK)
    assert job.problem == "it broke"
    assert [job.id for job in await list_jobs(store=store)] == ["job_1"]
    async with store.reading() as unit:
        assert (await unit.jobs.get("job_0")).state is JobState.DONE
