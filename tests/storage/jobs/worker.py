"""A worker process for tests: `python -m tests.storage.jobs.worker --database URL --log PATH …`.

It runs jobs of the kind `write`, whose effect is one row: a job of the kind `effect` that nobody
runs. Each step is a line in the log: `before`, `inside` or `after` the unit of work, with the
job's name and our process id. The payload says how many seconds a step of the first try takes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import SystemClock, SystemRandom, new_id
from core.jobs.model import Audience, Job
from storage.database import SqlJobs, open_store
from storage.jobs.arq_pool import arq_wake_up, run_arq_worker
from storage.jobs.inprocess import InProcessWakeUp
from storage.jobs.runner import JobRunner
from storage.jobs.supervisor import work_until
from tests.contracts.samples import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.jobs.model import Scalar
    from core.workflows.services import Store

CLOCK, CHANCE = SystemClock(), SystemRandom()
LEASE = timedelta(seconds=2.5)  # missed by a worker that gets no CPU for so long
POLL_S = 0.2


def a_job(
    kind: str,
    *,
    payload: Mapping[str, Scalar],
    lane: str = "",
    audience: Audience = Audience.ANY,
) -> Job:
    job_id = new_id("job", clock=CLOCK, random=CHANCE)
    now = CLOCK.now()
    return Job(
        id=job_id,
        tenant_id=CONTEXT.tenant_id,
        kind=kind,
        lane=lane or job_id,
        payload=payload,
        audience=audience,
        run_at=now,
        created_at=now,
    )


class Writer:
    """The handler of `write`."""

    def __init__(self, store: Store, log: Path) -> None:
        self._store = store
        self._log = log

    async def __call__(self, job: Job) -> None:
        await self._step("before", job)
        async with self._store.unit(CONTEXT) as unit:
            await unit.jobs.add(
                a_job("effect", audience=Audience.BOT, payload={"of": self._name(job)})
            )
            await unit.jobs.done(job, at=CLOCK.now())
            await self._step("inside", job)
        await self._step("after", job)

    async def _step(self, step: str, job: Job) -> None:
        with self._log.open("a") as log:
            log.write(f"{step} {self._name(job)} {os.getpid()}\n")
        if job.attempts == 1:
            await asyncio.sleep(float(job.payload.get(step) or 0))

    @staticmethod
    def _name(job: Job) -> str:
        return str(job.payload["name"])


def main() -> None:
    asyncio.run(work())


async def work() -> None:
    options = _options()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_store(options.database) as store:
        runner = JobRunner(
            SqlJobs(store.database),
            {"write": Writer(store, options.log)},
            clock=CLOCK,
            random=CHANCE,
            audiences=(Audience.ANY,),
            owner=f"process {os.getpid()}",
            concurrency=options.concurrency,
            lease=LEASE,
            poll_s=POLL_S,
        )
        if options.redis:
            async with arq_wake_up(options.redis) as store.wake:
                await run_arq_worker(
                    [runner], redis_url=options.redis, stop=stop, grace_s=options.grace
                )
        else:
            store.wake = InProcessWakeUp()
            store.wake.join((Audience.ANY,), runner.ring)
            await work_until(stop, [runner], grace_s=options.grace)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--redis", default="")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--grace", type=float, default=1.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
