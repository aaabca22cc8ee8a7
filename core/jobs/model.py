"""What is a job? A row that says what is to be done, in which order, and who may do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.evidence.model import Scalar


class JobState(StrEnum):
    """How far a job has come."""

    PENDING = "pending"  # waits for its lane, its time and a runner
    RUNNING = "running"  # leased; after `lease_until` anyone may take it over
    DONE = "done"
    DEAD = "dead"  # failed for good: a person decides (`faultmaven jobs`)


class Audience(StrEnum):
    """Which process may claim a job."""

    ANY = "any"
    WORKER = "worker"
    BOT = "bot"  # speaks: waits for platforms
    EAR = "ear"  # listens, in the bot process: short work that people wait for


LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(seconds=1)
LAST_RETRY = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of work. `lane` runs one job at a time, in order of `seq`; lanes run in parallel.

    `once` names what is wanted: at most one *pending* job has it, and adding it again is no
    change. `lease` is the fencing token of the runner that holds it now.
    """

    id: str
    tenant_id: str
    kind: str
    lane: str
    payload: Mapping[str, Scalar]
    audience: Audience
    run_at: datetime
    created_at: datetime
    seq: int = 0
    once: str | None = None
    priority: int = 100  # lower goes first
    state: JobState = JobState.PENDING
    attempts: int = 0
    lease: str | None = None
    lease_until: datetime | None = None
    problem: str | None = None
    finished_at: datetime | None = None


def retry_delay(attempts: int, fraction: float) -> timedelta:
    """How long to wait after `attempts` failures: doubling from 1 s to 5 min, half of it by chance.

    fraction: 0 to 1, from the Random port; jobs that failed together do not return together.
    """
    doublings = min(attempts - 1, 30)  # what is tried for ever must not overflow
    full: timedelta = min(FIRST_RETRY * 2.0**doublings, LAST_RETRY)
    return full / 2 + full / 2 * fraction
