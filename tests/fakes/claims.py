"""Claims of one very job: what comes before it is claimed, too, and given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.model import LEASE, Audience

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from core.jobs.model import Job
    from core.jobs.ports import Jobs


async def claim_one(
    jobs: Jobs, job_id: str, *, at: datetime, owner: str = "test", lease: timedelta = LEASE
) -> Job | None:
    """None where it may not run now."""
    passed: list[Job] = []
    while (job := await jobs.claim(tuple(Audience), owner=owner, at=at, lease=lease)) is not None:
        if job.id == job_id:
            break
        passed.append(job)
    for other in passed:
        await jobs.fail(other, at=at, retry_at=at, problem="given back", counts=False)
    return job
