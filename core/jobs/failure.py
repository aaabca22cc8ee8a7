"""What becomes of a job whose handler raised?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from traceback import extract_tb

from core.errors import FaultMavenError, OutOfLimits, Refused, Tampered, Unavailable, Unreadable
from core.jobs.model import MAX_ATTEMPTS, Job, retry_delay

HOPELESS = (Refused, Unreadable, OutOfLimits, Tampered)


@dataclass(frozen=True)
class Failure:
    """`retry_at` is None where the job is dead. `problem` may be shown to anyone."""

    retry_at: datetime | None
    problem: str


def after_failure(job: Job, error: BaseException, *, now: datetime, fraction: float) -> Failure:
    """Dead at once where a retry cannot help, tried for ever where the world is to blame.

    Anything else is our bug or a passing trouble: it is tried MAX_ATTEMPTS times in all.
    fraction: 0 to 1, from the Random port.
    """
    spent = job.attempts >= MAX_ATTEMPTS and not isinstance(error, Unavailable)
    if isinstance(error, HOPELESS) or spent:
        return Failure(None, problem_of(error))
    return Failure(now + retry_delay(job.attempts, fraction), problem_of(error))


def problem_of(error: BaseException) -> str:
    """Our own error's message; of any other only type and place, as its text may hold secrets."""
    if isinstance(error, FaultMavenError):
        return str(error)
    frames = extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
