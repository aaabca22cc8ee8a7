"""The runners of one process, one per audience, so that long work never takes the slots of short."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from storage.jobs.observer import Tally
from storage.jobs.runner import JobRunner

GRACE_S = 20.0


@dataclass(frozen=True)
class Crew:
    """Runners that start, rest and stop together."""

    runners: tuple[JobRunner, ...]
    tally: Tally

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """They work while the block runs; then they drain, and give back what they cannot end."""
        tasks = [asyncio.create_task(runner.run()) for runner in self.runners]
        try:
            yield
        finally:
            await asyncio.gather(*(runner.drain(GRACE_S) for runner in self.runners))
            await asyncio.gather(*tasks)

    async def run_until_idle(self) -> None:
        """Run all that may run now, whichever runner a job is for, until nothing is left."""
        while True:
            before = self.tally.claims.total()
            await asyncio.gather(*(runner.run_until_idle() for runner in self.runners))
            if self.tally.claims.total() == before:
                return
