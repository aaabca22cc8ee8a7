"""Processes that start before their PostgreSQL and Redis wait for them, and say so."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from faultmaven.operator_endpoint import find_endpoint, read_endpoint
from tests.faultmaven.program import environment, faultmaven
from tests.journeys.alertmanagers import TOKEN, until
from tests.servers import an_own_postgres, free_port

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PHRASE = "a secret of the tests, long enough"
WAITS = "waiting for the database"
COMMANDS = ("serve", "worker", "bot")


class Waiting:
    """A process that was started too early."""

    def __init__(self, home: Path, process: Process) -> None:
        self.home = home
        self.process = process

    def events(self) -> list[str]:
        """What it logged."""
        lines = (self.home / "log").read_text().splitlines()
        return [json.loads(line)["event"] for line in lines if line.startswith("{")]

    async def waited(self, times: int) -> None:
        async def has_waited() -> bool:
            assert self.process.returncode is None, (self.home / "log").read_text()
            return self.events().count(WAITS) >= times

        await until(has_waited)

    async def is_ready(self) -> bool:
        """Whether it printed so."""
        assert self.process.returncode is None, (self.home / "log").read_text()
        return bool((self.home / "out").read_text())


@contextlib.asynccontextmanager
async def started(command: str, folder: Path, **settings: str) -> AsyncIterator[Waiting]:
    home = folder / command
    home.mkdir()
    with (home / "log").open("wb") as log, (home / "out").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "faultmaven", command, "--json"),
            cwd=home,
            env=environment(home, **settings),
            stdout=out,
            stderr=log,
        )
    try:
        yield Waiting(home, process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def settings_for(url: str, port: int) -> dict[str, str]:
    return {
        "FAULTMAVEN_DATABASE_URL": url.replace("+asyncpg", ""),
        "FAULTMAVEN_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",  # and it stays away
        "FAULTMAVEN_SECRET_KEY": PHRASE,
        "FAULTMAVEN_ALERTMANAGER_TOKEN": TOKEN,
        "FAULTMAVEN_PORT": str(port),
        "FAULTMAVEN_BOT_PORT": "0",
    }


async def test_all_wait_for_their_database_and_go_on(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with an_own_postgres() as (server, database):
        server.stop()
        async with contextlib.AsyncExitStack() as stack:
            settings = settings_for(database, port)
            processes = {
                command: await stack.enter_async_context(started(command, tmp_path, **settings))
                for command in COMMANDS
            }
            for waiting in processes.values():
                await waiting.waited(times=4)
                assert not await waiting.is_ready()

            await is_put_off(url)
            assert read_endpoint(processes["serve"].home / "data") is None

            await asyncio.to_thread(server.start)
            for waiting in processes.values():
                await until(waiting.is_ready)
            async with httpx.AsyncClient(base_url=url) as client:
                assert (await client.get("/readiness")).status_code == 200
                assert (await deliver(client)).status_code == 200
            endpoint = await asyncio.to_thread(find_endpoint, processes["serve"].home / "data")
            assert endpoint is not None
            assert endpoint.url == url
            for waiting in processes.values():
                waiting.process.send_signal(signal.SIGTERM)
                assert await waiting.process.wait() == 0


async def is_put_off(url: str) -> None:
    """What comes meanwhile is to come again, and who looks is told why."""
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/health")).status_code == 200
        ready = await client.get("/readiness")
        assert ready.status_code == 503
        assert "the database does not answer" in ready.json()["parts"]["start"]
        assert "FAULTMAVEN_DATABASE_URL" in ready.json()["parts"]["start"]
        for answer in (await deliver(client), await client.post("/webhooks/pagerduty", json={})):
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0


async def deliver(client: httpx.AsyncClient) -> httpx.Response:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return await client.post("/webhooks/alertmanager", json={}, headers=headers)


@pytest.mark.parametrize("command", COMMANDS)
async def test_who_waits_can_be_stopped(tmp_path: Path, command: str) -> None:
    database = f"postgresql://faultmaven@127.0.0.1:{free_port()}/none"
    async with started(command, tmp_path, **settings_for(database, free_port())) as waiting:
        await waiting.waited(times=1)
        waiting.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await waiting.process.wait() == 0


async def test_what_waiting_does_not_mend_ends_it(tmp_path: Path, postgres_url: str) -> None:
    url = f"{postgres_url.replace('+asyncpg', '')}_none"
    ended = await faultmaven("worker", folder=tmp_path, settings=settings_for(url, free_port()))
    assert ended.code == 1
    assert "does not exist" in ended.err
