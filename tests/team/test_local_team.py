"""`make team`, as somebody uses it: sign in, take an alert, lose processes, stop."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from dotenv import dotenv_values

from tests.house.tree import ROOT
from tests.journeys.alertmanagers import until
from tests.journeys.extension import PASSWORD
from tests.journeys.extension_runs import an_alert_looked_into, browser_at
from tests.servers import free_port
from tests.team.members import INHERITED, PROGRAM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.e2e

ALERTS = ROOT / "tests/recordings/alertmanager"
PATIENCE_S = 240.0


@dataclass
class Terminal:
    """Somebody who started the team and reads what it prints. pids: of each member, the newest."""

    process: Process
    printed: str = ""
    pids: dict[str, int] = field(default_factory=dict)

    async def reads(self, pattern: str) -> re.Match[str]:
        """Return once a line further down has it."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self.process.stdout.readline()).decode():
                self.printed += line
                if started := re.match(r"(\S+) is healthy, pid (\d+)", line):
                    self.pids[started[1]] = int(started[2])
                if match := re.search(pattern, line):
                    return match
        raise AssertionError(f"never printed {pattern!r}:\n{self.printed}")

    async def kills(self, *names: str) -> None:
        """As a power cut would; return when all are healthy again."""
        for name in names:
            os.kill(self.pids.pop(name), signal.SIGKILL)
        while not set(names) <= set(self.pids):
            await self.reads(" is healthy, pid ")


@dataclass(frozen=True)
class Person:
    """At the command line of `home`, where the settings of the API are, and at its address."""

    home: Path
    client: httpx.AsyncClient

    async def types(self, *words: str, stdin: str = "") -> str:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, *words, cwd=self.home, env=bare_environment(), stdin=PIPE, stdout=PIPE
        )
        out, _ = await process.communicate(stdin.encode())
        assert process.returncode == 0, words
        return out.decode()

    @property
    def webhook_token(self) -> str:
        return str(dotenv_values(self.home / ".env")["FAULTMAVEN_ALERTMANAGER_TOKEN"])

    async def delivers(self, recording: str) -> None:
        """What a real Alertmanager sent."""
        answer = await self.client.post(
            "/webhooks/alertmanager",
            content=(ALERTS / recording).read_bytes(),
            headers={"Authorization": f"Bearer {self.webhook_token}"},
        )
        assert answer.status_code == httpx.codes.OK

    async def cases(self) -> list[Any]:
        listed: list[Any] = json.loads(await self.types("cases", "--json"))
        return listed

    async def calls(self, path: str, token: str) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})


def bare_environment(**more: str) -> dict[str, str]:
    """Nothing of who runs the tests: only the settings of the team count."""
    kept = {name: os.environ[name] for name in ("PATH", *INHERITED) if name in os.environ}
    return {**kept, **more}


@pytest.fixture
async def terminal() -> AsyncIterator[Terminal]:
    """With a team that is starting."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.team", "--env-file", os.devnull, "--scale", "worker=2"),
        cwd=ROOT,
        env=bare_environment(API_PORT=str(free_port())),
        stdout=PIPE,
        stderr=STDOUT,
    )
    yield Terminal(process)
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
        await process.communicate()


async def test_a_team_is_started_used_broken_and_stopped(terminal: Terminal) -> None:
    url = (await terminal.reads(r"The team is up: (\S+)"))[1]
    home = Path((await terminal.reads(r"first admin: cd (\S+) && (\S+) user add NAME --admin"))[1])
    await terminal.reads("Ctrl-C stops all")
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        person = Person(home, client)
        signed_in = await somebody_signs_in(person)
        await an_alert_is_looked_into(person)
        await an_alert_opens_a_case(person, "group_4_firing.json")
        await workers_that_die_are_replaced(terminal, person)
        await a_sign_in_outlives_server_and_redis(terminal, person, signed_in)
    await all_is_stopped(terminal, home)


async def somebody_signs_in(person: Person) -> dict[str, Any]:
    await person.types("user", "add", "dana", "--admin", stdin=f"{PASSWORD}\n")
    body = {"username": "dana", "password": PASSWORD}
    answer = await person.client.post("/api/v1/auth/login", json=body)
    assert answer.status_code == httpx.codes.OK
    signed_in: dict[str, Any] = answer.json()
    assert (await person.calls("/auth/me", signed_in["access_token"])).json()["roles"] == ["admin"]
    return signed_in


async def an_alert_is_looked_into(person: Person) -> None:
    """By dana in the browser extension, from the alert to the report."""
    async with browser_at(str(person.client.base_url)) as panel:
        await panel.sign_in("dana")
        await an_alert_looked_into(panel, token=person.webhook_token)


async def an_alert_opens_a_case(person: Person, recording: str) -> None:
    before = len(await person.cases())
    await person.delivers(recording)

    async def is_open() -> bool:
        return len(await person.cases()) > before

    await until(is_open)


async def workers_that_die_are_replaced(terminal: Terminal, person: Person) -> None:
    await terminal.kills("worker-1", "worker-2")
    await an_alert_opens_a_case(person, "flap_1_firing.json")


async def a_sign_in_outlives_server_and_redis(
    terminal: Terminal, person: Person, signed_in: dict[str, Any]
) -> None:
    token = signed_in["access_token"]
    begun = await person.client.post(
        "/api/v1/sessions",
        json={"client_id": "laptop"},
        headers={"Authorization": f"Bearer {token}"},
    )
    await terminal.kills("api-1", "redis-1")
    assert (await person.calls("/auth/me", token)).status_code == httpx.codes.OK
    held = [session["session_id"] for session in (await person.calls("/sessions", token)).json()]
    assert begun.json()["session_id"] in held
    renewed = await person.client.post(
        "/api/v1/auth/refresh", json={"refresh_token": signed_in["refresh_token"]}
    )
    assert (await person.calls("/auth/me", renewed.json()["access_token"])).is_success


async def all_is_stopped(terminal: Terminal, home: Path) -> None:
    terminal.process.send_signal(signal.SIGINT)
    await terminal.reads("^stopped$")
    assert await terminal.process.wait() == 0
    assert not await asyncio.to_thread(home.exists)
    for pid in terminal.pids.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
