"""`serve`, `worker` and `bot` as processes on PostgreSQL and Redis that tests start and kill."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.cases.events import verify_chain
from core.cases.projection import fold
from core.jobs.model import JobState
from faultmaven.operator_client import client_of
from faultmaven.operator_endpoint import find_endpoint, read_endpoint
from storage.database import ColumnSeal, open_store
from storage.sealing.keys import Keyring
from tests.fakes.context import CONTEXT
from tests.faultmaven.forked_programs import ForkedProcess, start_faultmaven
from tests.faultmaven.program import environment
from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.operator import Operator
from tests.servers import Server, redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.cases.projection import CaseView

SECRET = "a secret of the tests, shared by all"  # noqa: S105
SEAL = ColumnSeal(Keyring(SECRET.encode()))
COMMANDS = ("serve", "worker", "bot")


@dataclass
class ProcessTeam:
    """Three processes with a folder each; they share a database, a Redis and the files' folder.

    `settings` are those that all of them have, beside the ones that make them a team.
    """

    folder: Path
    database: str
    redis: Server
    settings: dict[str, str] = field(default_factory=dict)
    processes: dict[str, ForkedProcess] = field(default_factory=dict)

    async def start(self, command: str) -> None:
        home = self.folder / command
        home.mkdir(exist_ok=True)
        settings = {
            "FAULTMAVEN_PROFILE": "team",
            "FAULTMAVEN_DATABASE_URL": self.database,
            "FAULTMAVEN_REDIS_URL": redis_url(self.redis),
            "FAULTMAVEN_FILES_URL": f"file://{self.folder / 'files'}",
            "FAULTMAVEN_SECRET_KEY": SECRET,
            "FAULTMAVEN_ALERTMANAGER_TOKEN": TOKEN,
            "FAULTMAVEN_PORT": "0",
            "FAULTMAVEN_BOT_PORT": "0",
            **self.settings,
        }
        with (home / "log").open("ab") as log:
            self.processes[command] = await start_faultmaven(
                command,
                folder=home,
                environment=environment(home, **settings),
                stdout=log,
                stderr=log,
            )

    async def end(self, command: str, number: signal.Signals = signal.SIGTERM) -> int:
        process = self.processes.pop(command)
        process.send_signal(number)
        return await process.wait()

    @contextlib.asynccontextmanager
    async def operator(self) -> AsyncIterator[Operator]:
        """At the endpoint of `serve`, once it listens."""
        data = self.folder / "serve" / "data"

        async def listening() -> bool:
            return await asyncio.to_thread(find_endpoint, data) is not None

        await until(listening)
        endpoint = read_endpoint(data)
        assert endpoint is not None
        async with client_of(endpoint) as client:
            yield Operator(client)

    async def view(self) -> CaseView:
        """The only case, whose events fold into what its tables say."""
        async with open_store(self.database, seal=SEAL) as store, store.reading(CONTEXT) as unit:
            (case,) = await unit.cases.listing()
            view = await unit.cases.view(case.id)
            events, texts = await unit.cases.events(case.id), await unit.cases.texts(case.id)
            assert not await unit.jobs.listing(JobState.DEAD)
        assert verify_chain(events) == case.head
        assert fold(events, texts) == view
        return view


@contextlib.asynccontextmanager
async def a_team(
    folder: Path, database: str, redis: Server, **settings: str
) -> AsyncIterator[ProcessTeam]:
    """All three started; whatever still runs at the end is killed."""
    team = ProcessTeam(folder, database, redis, settings)
    await asyncio.gather(*(team.start(command) for command in COMMANDS))
    try:
        yield team
    finally:
        for command in list(team.processes):
            await team.end(command, signal.SIGKILL)
