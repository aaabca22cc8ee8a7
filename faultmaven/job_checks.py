"""Checks of `faultmaven doctor` on what is to be done: given up, failing, or taken by nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.platform import Checked
from core.jobs.model import Audience, JobState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.jobs.model import Job
    from core.workflows.services import Services
    from faultmaven.settings import Settings

FAILS_ON = timedelta(minutes=5)  # a shorter trouble of a platform or a server is none of ours
WAITS = timedelta(minutes=3)  # of a job that may run: far longer than any worker leaves one
MOST_LOOKED_AT = 1_000  # jobs that wait, the oldest
OF_WORKERS = frozenset({Audience.ANY, Audience.WORKER, Audience.MEDIUM, Audience.LARGE})


async def job_findings(settings: Settings, services: Services) -> list[Checked]:
    """What jobs tell, and of a team whether a worker takes them."""
    now = services.clock.now()
    async with services.reading() as unit:
        dead = (await unit.jobs.counts()).get(JobState.DEAD, 0)
        pending = await unit.jobs.listing(JobState.PENDING, limit=MOST_LOOKED_AT)
        running = await unit.jobs.listing(JobState.RUNNING, limit=MOST_LOOKED_AT)
    checked = [_jobs_checked(dead, [job for job in pending if _fails_on(job, now=now)])]
    if settings.redis_url and not any(_is_worked_on(job, now=now) for job in running):
        left = [job for job in pending if _is_left(job, now=now)]
        checked += [_nobody_works(left)] if left else []
    return checked


def _fails_on(job: Job, *, now: datetime) -> bool:
    """Whether it was tried, and fails for longer than a platform takes to come back."""
    return job.problem is not None and now - job.created_at > FAILS_ON


def _is_worked_on(job: Job, *, now: datetime) -> bool:
    """Whether a worker holds it that is alive."""
    return job.audience in OF_WORKERS and job.lease_until is not None and job.lease_until > now


def _is_left(job: Job, *, now: datetime) -> bool:
    """Whether a worker could have begun it long ago."""
    return job.audience in OF_WORKERS and now - job.run_at > WAITS


def _jobs_checked(dead: int, failing: Sequence[Job]) -> Checked:
    """failing: what is tried again and again, the oldest first."""
    says = f"{dead} dead" if dead else "none dead"
    advice = "faultmaven jobs list; then faultmaven jobs retry ID, or drop ID." if dead else ""
    if failing:
        first = failing[0]
        says += (
            f", {len(failing)} failing, the first since {first.created_at:%Y-%m-%d %H:%M} UTC:"
            f" {first.kind}: {first.problem}"
        )
        advice = advice or "Mend what it names: it is tried again by itself, and nothing is lost."
    return Checked(check="jobs", says=says, advice=advice)


def _nobody_works(left: Sequence[Job]) -> Checked:
    since = min(job.run_at for job in left)
    return Checked(
        check="worker",
        says=f"{len(left)} jobs wait since {since:%Y-%m-%d %H:%M} UTC, and no worker takes them",
        advice="Start `faultmaven worker`, or read its log; nothing that waits is lost.",
    )
