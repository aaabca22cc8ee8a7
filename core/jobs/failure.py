"""What becomes of a job whose handler raised?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from traceback import extract_tb

from core.errors import (
    FaultMavenError,
    OurFault,
    OutOfLimits,
    Refused,
    Tampered,
    Unavailable,
    Unreadable,
)
from core.jobs.model import FIRST_RETRY, LAST_RETRY, MAX_ATTEMPTS, Job, retry_delay

HOPELESS = (Refused, Unreadable, OurFault, OutOfLimits, Tampered)
LONGEST_WISH = timedelta(days=1)  # longer than that nobody is left alone, whatever they ask for
LATE_BY = 0.1  # of the time somebody asked for: those who were told the same do not come at once


@dataclass(frozen=True)
class Failure:
    """`retry_at` is None where the job is dead. `problem` may be shown to anyone.

    counts: whether this was one of the job's MAX_ATTEMPTS; not where the world was to blame.
    """

    retry_at: datetime | None
    problem: str
    counts: bool = True


def after_failure(job: Job, error: BaseException, *, now: datetime, fraction: float) -> Failure:
    """Dead at once where a retry cannot help, tried for ever where the world is to blame.

    Anything else is our bug or a passing trouble: it is tried MAX_ATTEMPTS times in all, and what
    the world was to blame for is not one of them, so that no outage buries a job.
    fraction: 0 to 1, from the Random port.
    """
    problem = problem_of(error)
    if isinstance(error, Unavailable):
        pause = pause_after(job, error, now=now, fraction=fraction)
        return Failure(now + pause, problem, counts=False)
    if isinstance(error, HOPELESS) or job.attempts >= MAX_ATTEMPTS:
        return Failure(None, problem)
    return Failure(now + retry_delay(job.attempts, fraction), problem)


def pause_after(job: Job, error: Unavailable, *, now: datetime, fraction: float) -> timedelta:
    """As long as was asked for, or a little longer; else as long again as the job waits already.

    What does not count has no number to double a pause by, but its age doubles all the same:
    from 1 s to 5 min, half of it by chance, and 1 s where this is its first trouble.
    """
    if error.retry_after_s is not None:
        asked_s = min(max(0.0, error.retry_after_s), LONGEST_WISH.total_seconds())
        return timedelta(seconds=asked_s * (1 + LATE_BY * fraction))
    waited = now - job.created_at if job.problem else FIRST_RETRY
    full = min(max(waited, FIRST_RETRY), LAST_RETRY)
    return full / 2 + full / 2 * fraction


def problem_of(error: BaseException) -> str:
    """Our own error's message; of any other only type and place, as its text may hold secrets."""
    if isinstance(error, FaultMavenError):
        return str(error)
    frames = extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
