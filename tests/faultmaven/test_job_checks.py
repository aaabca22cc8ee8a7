"""What `doctor` says of jobs: given up, failing, or taken by nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.kinds import process_evidence
from core.jobs.model import LEASE, Audience
from faultmaven.job_checks import WAITS, job_findings
from faultmaven.settings import Settings
from storage.memory import MemoryJobs, MemoryStore
from tests.fakes.context import CONTEXT
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from pathlib import Path

    from bot.platform import Checked
    from core.workflows.services import Services

TEAM = Settings(redis_url="redis://localhost:1/0")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return memory_services(folder=tmp_path)


async def waiting(services: Services, *, since: timedelta) -> None:
    job = process_evidence("file_1", CONTEXT, size=1)
    run_at = services.clock.now() - since
    async with services.unit() as unit:
        await unit.jobs.add(replace(job, run_at=run_at, created_at=run_at))


def jobs_of(services: Services) -> MemoryJobs:
    assert isinstance(services.store, MemoryStore)
    return MemoryJobs(services.store)


async def found(services: Services, settings: Settings = TEAM) -> dict[str, Checked]:
    return {each.check: each for each in await job_findings(settings, services)}


async def test_jobs_that_no_worker_takes_are_named(services: Services) -> None:
    await waiting(services, since=WAITS + timedelta(seconds=1))
    checked = (await found(services))["worker"]
    assert checked.says.startswith("1 jobs wait since ")
    assert "no worker takes them" in checked.says
    assert "Start `faultmaven worker`" in checked.advice


async def test_a_worker_that_is_busy_takes_them_later(services: Services) -> None:
    await waiting(services, since=2 * WAITS)
    jobs = jobs_of(services)
    now = services.clock.now()
    assert await jobs.claim((Audience.WORKER,), owner="w", at=now, lease=LEASE)
    await waiting(services, since=2 * WAITS)
    assert "worker" not in await found(services)


async def test_one_that_died_with_a_job_takes_none(services: Services) -> None:
    await waiting(services, since=2 * WAITS)
    jobs = jobs_of(services)
    long_ago = services.clock.now() - 2 * LEASE
    assert await jobs.claim((Audience.WORKER,), owner="w", at=long_ago, lease=LEASE)
    await waiting(services, since=2 * WAITS)
    assert "worker" in await found(services)


async def test_what_has_just_come_and_what_one_process_does_is_all_well(
    services: Services,
) -> None:
    await waiting(services, since=WAITS / 2)
    assert "worker" not in await found(services)
    await waiting(services, since=2 * WAITS)
    assert "worker" not in await found(services, Settings())


async def test_what_is_given_up_and_what_fails_on_is_told(services: Services) -> None:
    assert (await found(services))["jobs"].says == "none dead"
    await waiting(services, since=timedelta(minutes=6))
    jobs = jobs_of(services)
    now = services.clock.now()
    job = await jobs.claim((Audience.WORKER,), owner="w", at=now, lease=LEASE)
    assert job
    await jobs.fail(job, at=now, retry_at=now, problem="slack.com is away", counts=False)
    checked = (await found(services))["jobs"]
    assert "none dead, 1 failing, the first since " in checked.says
    assert "slack.com is away" in checked.says
    assert "Mend what it names" in checked.advice
