"""Counts of jobs that run, for metrics and for tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from core.jobs.model import Job


class JobOutcome(StrEnum):
    """How a claimed job ended here."""

    DONE = "done"
    RETRY = "retry"  # failed, and will be tried again
    DEAD = "dead"  # failed for good
    LOST = "lost"  # its lease went to another runner, or could not be given back
    RELEASED = "released"  # given back unfinished, because this runner leaves


class JobObserver(Protocol):
    """Is told of every job that a runner claims. Must neither block nor raise."""

    def claimed(self, job: Job) -> None: ...
    def ended(self, job: Job, outcome: JobOutcome, *, seconds: float) -> None: ...


@dataclass
class JobCounts:
    """Counts by kind of job, and by kind and outcome, with the seconds spent."""

    claims: Counter[str] = field(default_factory=Counter)
    ends: Counter[tuple[str, JobOutcome]] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def claimed(self, job: Job) -> None:
        self.claims[job.kind] += 1

    def ended(self, job: Job, outcome: JobOutcome, *, seconds: float) -> None:
        self.ends[job.kind, outcome] += 1
        self.seconds[job.kind] += seconds

    def count(self, outcome: JobOutcome) -> int:
        """How many jobs of any kind ended so."""
        return sum(count for (_, ended), count in self.ends.items() if ended is outcome)
