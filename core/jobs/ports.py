"""What our own working needs of the world: the queue, its runners, and facts that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from core import context

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from core.jobs.model import Audience, Job, JobState


class Jobs(Protocol):
    """Claiming jobs, for runners. Each call is its own transaction."""

    async def claim(
        self, audiences: Sequence[Audience], *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        """The next job that may run, leased: expired leases first, then by priority and seq.

        `attempts` counts claims, this one too. A lease that expires after MAX_ATTEMPTS claims
        leaves the job dead.
        """

    async def extend(self, job: Job, *, until: datetime) -> None:
        """Raises LeaseLost."""

    async def finish(self, job: Job, *, at: datetime) -> None:
        """Done; no change where the handler's own unit said so already. Raises LeaseLost."""

    async def fail(
        self,
        job: Job,
        *,
        at: datetime,
        retry_at: datetime | None,
        problem: str,
        counts: bool = True,
    ) -> None:
        """Back to pending at `retry_at`, or dead where that is None. Raises LeaseLost.

        counts: False takes the claim back from `attempts`: the world was to blame, not the job.
        Done where another pending job has its `once`, and no change where its unit ended it.
        """

    async def end_leases(self, *, at: datetime) -> int:
        """Every lease ends now; says how many. For whoever knows that all holders are gone."""


class WakeUp(Protocol):
    """Tells runners that there may be work. Losing one costs time, never work."""

    async def wake(self, jobs: Sequence[Job]) -> None:
        """After the commit that added `jobs`. Neither raises nor keeps the caller waiting."""


class JobTable(Protocol):
    """The only queue. A job and the change that causes it commit together."""

    async def add(self, job: Job) -> bool:
        """False when a pending job with the same `once` is there already: it will do.

        That one goes as early as the more urgent of the two, and, unless it was put back, as the
        earlier.
        """

    async def hand_on(self, once: str, job: Job) -> bool:
        """The pending job that has `once` wants from now on what `job` does, and keeps its place.

        False where none has it; nothing is changed or added then.
        """

    async def behind(self, job: Job, *, at: datetime, most: int) -> list[Job]:
        """Those of its kind that are next in its lane, due and never claimed, in their order.

        Whoever holds the job holds its lane: they may be done with it.
        """

    async def done(self, job: Job, *, at: datetime, behind: Sequence[Job] = ()) -> None:
        """In the unit that holds its effects, so that they happen once. Raises LeaseLost.

        behind: what waited in its lane and was done with it.
        """

    async def is_lane_free(self, lane: str) -> bool:
        """Whether no job of the lane waits or runs."""

    async def listing(self, state: JobState, *, limit: int = 100) -> list[Job]: ...
    async def get(self, job_id: str) -> Job:
        """Raises NotFound."""

    async def revive(self, job_id: str, *, at: datetime) -> None:
        """A dead job goes back to pending with its attempts forgotten. Raises NotFound."""

    async def drop(self, job_id: str, *, at: datetime) -> None:
        """A dead job is given up. Raises NotFound."""

    async def counts(self) -> dict[JobState, int]: ...
    async def purge(self, *, before: datetime) -> int:
        """Forget done jobs that finished before; says how many."""


class JobsUnit(context.ContextUnit, Protocol):
    """A unit of work, as far as its jobs go."""

    @property
    def jobs(self) -> JobTable: ...


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What holds of our own working since `at`, such as a wrong secret.

    `key` names what it is about, `value` says it in words of ours.
    """

    tenant_id: str
    key: str
    value: str
    at: datetime


class Facts(Protocol):
    """One fact a key: the newest."""

    async def put(self, fact: Fact) -> None:
        """In the place of the one that had its key."""

    async def get(self, key: str) -> Fact | None: ...
    async def remove(self, key: str) -> None:
        """It holds no more; no change where nothing has the key."""
