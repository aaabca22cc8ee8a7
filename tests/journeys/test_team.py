"""`serve`, `worker` and `bot` on PostgreSQL and Redis do the main job together, each its part."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from core.alerts.model import DEFAULT_TENANT
from core.cases.events import fold, verify_chain
from core.cases.model import CaseState
from core.conversation.model import Mark
from core.jobs.model import JobState
from faultmaven.door import find_door, open_door
from faultmaven.operator_client import client_of
from storage.database import open_store
from tests.fakes.chat import words_of
from tests.faultmaven.program import environment
from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.operator import Operator
from tests.servers import Server, a_redis, redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from core.cases.events import CaseView

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

RECORDING = Path(__file__).parents[2] / "faultmaven/recordings/ferry-bookings"
FILES = ("booking-api", "deploys", "storefront")


@dataclass
class Team:
    """Three processes with a folder each; they share a database, a Redis and the files' folder."""

    folder: Path
    database: str
    redis: Server
    processes: dict[str, Process] = field(default_factory=dict)

    async def start(self, command: str) -> None:
        home = self.folder / command
        home.mkdir(exist_ok=True)
        settings = {
            "FAULTMAVEN_PROFILE": "team",
            "FAULTMAVEN_DATABASE_URL": self.database,
            "FAULTMAVEN_REDIS_URL": redis_url(self.redis),
            "FAULTMAVEN_FILES_URL": f"file://{self.folder / 'files'}",
            "FAULTMAVEN_SECRET_KEY": "a secret of the tests, shared by all",
            "FAULTMAVEN_ALERTMANAGER_TOKEN": TOKEN,
            "FAULTMAVEN_PORT": "0",
        }
        with (home / "log").open("ab") as log:
            self.processes[command] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "faultmaven", command),
                env=environment(home, **settings),
                cwd=home,
                stdout=log,
                stderr=log,
            )

    async def end(self, command: str, number: signal.Signals = signal.SIGTERM) -> int:
        process = self.processes.pop(command)
        process.send_signal(number)
        return await process.wait()

    @contextlib.asynccontextmanager
    async def operator(self) -> AsyncIterator[Operator]:
        """At the door of `serve`, once it listens."""
        data = self.folder / "serve" / "data"

        async def listening() -> bool:
            return await asyncio.to_thread(open_door, data) is not None

        await until(listening)
        door = find_door(data)
        assert door is not None
        async with client_of(door) as client:
            yield Operator(client)

    async def view(self) -> CaseView:
        """The only case, whose events fold into what its tables say."""
        async with open_store(self.database) as store, store.reading() as unit:
            (case,) = await unit.cases.listing(DEFAULT_TENANT)
            view = await unit.cases.view(case.id)
            events, texts = await unit.cases.events(case.id), await unit.cases.texts(case.id)
            assert not await unit.jobs.listing(JobState.DEAD)
        assert verify_chain(events) == case.head
        assert fold(events, texts) == view
        return view


@pytest.fixture
def own_redis() -> Iterator[Server]:
    with a_redis() as redis:
        yield redis


@pytest.fixture
async def team(tmp_path: Path, fresh_postgres_url: str, own_redis: Server) -> AsyncIterator[Team]:
    team = Team(tmp_path, fresh_postgres_url, own_redis)
    await asyncio.gather(*(team.start(command) for command in ("serve", "worker", "bot")))
    try:
        yield team
    finally:
        for command in list(team.processes):
            await team.end(command, signal.SIGKILL)


async def test_three_processes_do_the_main_job(team: Team) -> None:
    async with team.operator() as operator:
        await an_alert_is_taken_and_shown(operator)
        own = [RECORDING / "files" / name for name in FILES]
        await operator.drop(*own, RECORDING / "topology.json", case=1)
        await operator.settled()
        best = (await team.view()).hypotheses[0]
        assert (best.cause.service, best.cause.fault) == (
            "booking-api",
            "connection_pool_exhausted",
        )
        await without_redis_it_only_takes_longer(team, operator)
        await operator.say("confirm 1")
        (report,) = await operator.say("report")
        assert "booking-api.log:1375`" in words_of(report)
        await operator.say("resolve pool size back to 10")
        await operator.settled()
        (card,) = await operator.shown("case")
        assert card.mark is Mark.RESOLVED
    assert (await team.view()).case.state is CaseState.RESOLVED
    codes = [await team.end(command) for command in ("serve", "worker", "bot")]
    assert codes == [0, 0, 0]


async def an_alert_is_taken_and_shown(operator: Operator) -> None:
    answer = await operator.client.post(
        "/webhooks/alertmanager",
        content=(RECORDING / "alert.json").read_bytes(),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert answer.status_code == httpx.codes.OK

    async def shown() -> bool:
        return bool(await operator.shown("case"))

    await until(shown)
    await operator.settled()
    (card,) = await operator.shown("case")
    assert "Firing #1 Critical" in words_of(card) or card.mark is Mark.FIRING


async def without_redis_it_only_takes_longer(team: Team, operator: Operator) -> None:
    """A worker is killed and Redis goes: the question is answered all the same."""
    await team.end("worker", signal.SIGKILL)
    team.redis.stop()
    await operator.say("ask why 1?")
    await team.start("worker")
    await operator.settled()
    (answer,) = await operator.shown("answer")
    assert "a caller waited for a pooled connection and got none" in words_of(answer)
    team.redis.start()
