"""The runners of one process, one per audience: long work never takes the slots of short."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from core.clock import Clock
from core.jobs.model import LEASE, Audience
from core.jobs.ports import Jobs
from faultmaven.job_table import handlers
from storage.jobs.observer import JobCounts
from storage.jobs.runner import JobRunner
from storage.jobs.supervisor import work_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from core.workflows.services import Services

# An extraction takes a core and up to 200 MB; the rest waits for a database or a platform. With two
# small files at once one is read while the other is stored. Of medium ones, which may take a
# minute, and of large ones, which would take 450 MB in all, one is read at a time: no small one
# waits for them.
# Of what is sent much waits at once for a platform: lanes keep the order, budgets the pace. What is
# heard waits for nothing, and shares the loop with acknowledgements: few at once let those through.
AT_ONCE = {
    Audience.ANY: 16,
    Audience.WORKER: 2,
    Audience.MEDIUM: 1,
    Audience.LARGE: 1,
    Audience.BOT: 16,
    Audience.EAR: 3,
}
# After a kill nobody in a channel is heard until what was under way there is given up.
LEASES = {Audience.BOT: timedelta(seconds=30), Audience.EAR: timedelta(seconds=15)}


@dataclass(frozen=True)
class WorkerPool:
    """Runners that start, rest and stop together."""

    runners: tuple[JobRunner, ...]
    jobs: Jobs
    clock: Clock
    tally: JobCounts = field(default_factory=JobCounts)

    async def take_over_leases(self) -> None:
        """Take over the leases of a killed predecessor, without a wait.

        For the only pool there is: no other lease counts any more.
        """
        await self.jobs.end_leases(at=self.clock.now())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run jobs while the block runs; then drain, and give back what cannot be ended.

        A runner that breaks ends the block, too.
        """
        stop = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(work_until(stop, self.runners))
                try:
                    yield
                finally:
                    stop.set()
        except BaseExceptionGroup as errors:
            raise _the_only(errors) from errors

    async def run_until_idle(self) -> None:
        """Run all that may run now, whichever runner a job is for, until nothing is left."""
        claimed = -1
        while claimed != self.tally.claims.total():
            claimed = self.tally.claims.total()
            await asyncio.gather(*(runner.run_until_idle() for runner in self.runners))


def _the_only(errors: BaseExceptionGroup) -> BaseException:
    """The one error that a group holds, so that callers see it as it was raised; else the group."""
    first, *others = errors.exceptions
    if others:
        return errors
    return _the_only(first) if isinstance(first, BaseExceptionGroup) else first


def start_pool(
    jobs: Jobs, *, services: Services, audiences: Sequence[Audience], owner: str
) -> WorkerPool:
    """A runner for each audience. owner: names this process in the table."""
    tally = JobCounts()
    runners = [
        JobRunner(
            jobs,
            handlers(services),
            clock=services.clock,
            random=services.random,
            audiences=[audience],
            owner=f"{owner}:{audience}",
            concurrency=AT_ONCE[audience],
            lease=LEASES.get(audience, LEASE),
            observer=tally,
        )
        for audience in audiences
    ]
    return WorkerPool(tuple(runners), jobs, services.clock, tally)
