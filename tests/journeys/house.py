"""Our server in the test's own loop, on SQLite, with its runner and a clock that can be put on."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import uvicorn

from core.clock import SystemRandom
from core.jobs import kinds
from core.jobs.model import Audience, JobState
from core.workflows.alert_correlation import settle_case
from core.workflows.alert_reconciliation import plan_reconciliation, reconcile
from core.workflows.delivery_batches import process_delivery
from core.workflows.delivery_intake import Journal
from core.workflows.services import Services
from faultmaven import job_table
from faultmaven.application import build_app
from storage.database import SqlJobs, SqlStore, open_store, upgrade
from storage.jobs.inprocess import InProcessWakeUp
from storage.jobs.runner import JobRunner
from storage.memory import MemoryFiles
from tests.fakes.context import CONTEXT
from tests.fakes.services import SECRET, ScriptedRunner
from tests.journeys.alertmanagers import TOKEN, until
from tests.servers import free_port
from webhooks.alertmanager import PATH, alertmanager_router

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from core.alerts.model import Occurrence
    from core.alerts.ports import AlertView
    from core.cases.model import Case
    from core.jobs.model import Job

HANDLERS = {
    kinds.DELIVERY_PROCESS.name: process_delivery,
    kinds.CASE_SETTLE.name: settle_case,
    kinds.ALERTS_RECONCILE.name: reconcile,
}


@dataclass
class FastClock:
    """The machine's clock, put on by what a test likes to skip."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class LocalServer:
    """A listening server with what stands behind it."""

    port: int
    clock: FastClock
    store: SqlStore
    services: Services
    token = TOKEN

    @property
    def webhook(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def watch(self, *alertmanagers: AlertView) -> None:
        """From now on reconcile with these, when told to poll."""
        object.__setattr__(self.services, "alertmanagers", alertmanagers)

    async def poll(self) -> None:
        """Ask every Alertmanager now, as the job does each minute; return when it is done."""
        before = await self._polls()
        async with self.services.unit() as unit:
            await plan_reconciliation(unit, services=self.services)

        async def asked() -> bool:
            return await self._polls() > before

        await until(asked)

    async def _polls(self) -> int:
        async with self.store.reading(CONTEXT) as unit:
            done = await unit.jobs.listing(JobState.DONE)
        return sum(job.kind == kinds.ALERTS_RECONCILE.name for job in done)

    async def cases(self) -> list[Case]:
        """Oldest first."""
        async with self.store.reading(CONTEXT) as unit:
            return list(reversed(await unit.cases.listing()))

    async def occurrences(self, case: Case) -> list[Occurrence]:
        async with self.store.reading(CONTEXT) as unit:
            return await unit.occurrences.of_case(case.id)

    async def events(self, case: Case) -> list[str]:
        async with self.store.reading(CONTEXT) as unit:
            return [event.kind.value for event in await unit.cases.events(case.id)]

    async def deliveries(self) -> int:
        async with self.store.reading(CONTEXT) as unit:
            return len(await unit.deliveries.since(datetime(2026, 1, 1, tzinfo=UTC)))

    async def firing(self) -> list[int]:
        """How many alerts of each case fire."""
        return [case.firing for case in await self.cases()]


@contextlib.asynccontextmanager
async def a_house(folder: Path) -> AsyncIterator[LocalServer]:
    """Everything between the webhook and the tables, running."""
    url = f"sqlite:///{folder / 'faultmaven.db'}"
    await upgrade(url)
    wake, clock = InProcessWakeUp(), FastClock()
    async with open_store(url, wake=wake) as store:
        services = Services(
            store=store,
            file_store=MemoryFiles(folder),
            runner=ScriptedRunner(),
            clock=clock,
            random=SystemRandom(),
            secret=SECRET,
        )
        house = LocalServer(free_port(), clock, store, services)
        async with _working(house, wake), _listening(house):
            yield house


@contextlib.asynccontextmanager
async def _working(house: LocalServer, wake: InProcessWakeUp) -> AsyncIterator[None]:
    handlers = job_table.handlers(house.services)
    left = dict.fromkeys((kinds.CASE_INVESTIGATE.name, kinds.CHAT_SEND.name), _leave)
    runner = JobRunner(
        SqlJobs(house.store.database),
        {**handlers, **left},
        clock=house.clock,
        random=house.services.random,
        audiences=tuple(Audience),
        owner="house",
    )
    wake.join(runner.audiences, runner.ring)
    running = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        await runner.drain(5)
        await running


async def _leave(job: Job) -> None:
    """Turns and cards are other journeys."""


@contextlib.asynccontextmanager
async def _listening(house: LocalServer) -> AsyncIterator[None]:
    journal = Journal(house.store)
    app = build_app(alertmanager_router(services=house.services, journal=journal, token=TOKEN))
    server = _Server(
        uvicorn.Config(app, port=house.port, lifespan="off", log_config=None, http="httptools")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        await journal.close()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals stay with pytest."""
        yield
