from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.errors import NotFound
from core.jobs.model import Audience, Job, JobState
from core.workflows.operations import count_jobs, drop_jobs, list_jobs, retry_jobs
from storage.memory import MemoryJobs, MemoryStore
from tests.fakes.claims import claim_one
from tests.fakes.clock import SetClock
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from core.workflows.services import Services

CLOCK = SetClock()
JOB = Job(
    id="job_0",
    tenant_id="default",
    kind="a",
    lane="l",
    payload={},
    audience=Audience.ANY,
    run_at=CLOCK.now(),
    created_at=CLOCK.now(),
)


@pytest.fixture
async def services() -> Services:
    """Two dead jobs, and one that waits, in a lane each."""
    store = MemoryStore()
    services = memory_services(store=store, clock=CLOCK)
    jobs = MemoryJobs(store)
    for number in range(3):
        async with services.unit() as unit:
            await unit.jobs.add(replace(JOB, id=f"job_{number}", lane=f"l{number}"))
    for number in range(2):
        job = await claim_one(jobs, f"job_{number}", at=CLOCK.now())
        assert job
        await jobs.fail(job, at=CLOCK.now(), retry_at=None, problem="it broke")
    return services


async def test_the_dead_are_listed_with_their_problems(services: Services) -> None:
    jobs = await list_jobs(services=services)
    assert [(job.id, job.problem) for job in jobs] == [
        ("job_0", "it broke"),
        ("job_1", "it broke"),
    ]
    assert [job.id for job in await list_jobs(services=services, state=JobState.PENDING)] == [
        "job_2"
    ]
    assert len(await list_jobs(services=services, limit=1)) == 1


async def test_every_state_is_counted(services: Services) -> None:
    counts = await count_jobs(services=services)
    assert counts == {
        JobState.PENDING: 1,
        JobState.RUNNING: 0,
        JobState.DONE: 0,
        JobState.DEAD: 2,
    }


async def test_a_retried_job_begins_anew(services: Services) -> None:
    [job] = await retry_jobs(["job_1"], services=services)
    assert (job.id, job.state, job.attempts) == ("job_1", JobState.PENDING, 0)
    assert [job.id for job in await list_jobs(services=services)] == ["job_0"]


async def test_without_ids_all_dead_jobs_are_retried(services: Services) -> None:
    assert len(await retry_jobs([], services=services)) == 2
    assert await list_jobs(services=services) == []


async def test_a_wrong_id_changes_nothing(services: Services) -> None:
    for change in (retry_jobs, drop_jobs):
        for wrong in ("job_2", "job_99"):
            with pytest.raises(NotFound):
                await change(["job_0", wrong], services=services)
    assert len(await list_jobs(services=services)) == 2


async def test_a_dropped_job_is_given_up(services: Services) -> None:
    [job] = await drop_jobs(["job_0"], services=services)
    assert job.problem == "it broke"
    assert [job.id for job in await list_jobs(services=services)] == ["job_1"]
    async with services.reading() as unit:
        assert (await unit.jobs.get("job_0")).state is JobState.DONE
