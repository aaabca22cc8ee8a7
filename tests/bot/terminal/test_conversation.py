"""A whole conversation: lines through the operator's door, jobs run behind it, cards drawn."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from io import StringIO
from typing import TYPE_CHECKING

import httpx
import pytest
from rich.console import Console

from bot.terminal.conversation import converse, dropped
from bot.terminal.operator_backend import OperatorBackend
from bot.terminal.screen import Screen
from core.errors import NotFound, SourceUnavailable, Unauthorised
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import House, in_memory
from tests.fakes.operator import operator_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TOKEN = "a token of tests"  # noqa: S105 - made up


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


def client_of(house: House, *, token: str = TOKEN) -> httpx.AsyncClient:
    app = operator_app(house.services, token=TOKEN)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://faultmaven",
        headers={"Authorization": f"Bearer {token}", "X-FaultMaven-User": "dana"},
    )


@asynccontextmanager
async def working(house: House) -> AsyncIterator[OperatorBackend]:
    """The backend of a house whose jobs run by themselves."""

    async def work_on() -> None:
        while True:
            await house.work()
            await asyncio.sleep(0.01)

    worker = asyncio.create_task(work_on())
    async with client_of(house) as client:
        yield OperatorBackend(client)
    worker.cancel()


async def script(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def talk(house: House, *lines: str) -> str:
    out = StringIO()
    screen = Screen(Console(file=out, width=80))
    async with working(house) as backend:
        await converse(backend, screen=screen, lines=script(*lines), patience_s=5)
    return out.getvalue()


async def test_a_case_from_opening_to_its_report(house: House, tmp_path: Path) -> None:
    log = tmp_path / "my db.log"
    log.write_text(POOL_LOG)
    output = await talk(
        house,
        "open checkout is slow",
        f"evidence '{log}'",
        "hypotesis",
        "why 1?",
        "confirm 1",
        "resolve pool set to 40",
        "report",
    )
    wanted = [
        "No case is open.",
        "Open #1 · checkout is slow",
        "Reading e1 my db.log",
        "Matches Connection pool exhausted",
        "hypotesis → hypotheses?",
        "my db.log:6",
        "dana asked: why 1?",
        "cause confirmed: 1.",
        "Resolved #1",
        "# Case #1: `checkout is slow`",
    ]
    rest = output
    for want in wanted:
        assert want in rest, f"no {want!r} in {rest}"
        rest = rest.partition(want)[2]
    assert "\n# Case #1: `checkout is slow`\n" in output, "a report in a pipe is Markdown"


async def test_a_script_waits_for_what_a_line_caused(house: House, tmp_path: Path) -> None:
    log = tmp_path / "db.log"
    log.write_text(POOL_LOG)
    output = await talk(house, "open x", str(log), "hypotheses")
    assert "no hypotheses yet" not in output
    assert "for: " in output


async def test_it_begins_with_the_case_that_is_open(house: House) -> None:
    await house.say("open checkout is slow")
    await house.work()
    output = await talk(house, "quit", "never said")
    assert output.count("Open #1 · checkout is slow") == 1
    assert "never said" not in output


async def test_a_file_without_a_case_is_refused(house: House, tmp_path: Path) -> None:
    log = tmp_path / "db.log"
    log.write_text(POOL_LOG)
    output = await talk(house, str(log))
    assert "Not done: several cases are open, or none" in output


async def test_what_changes_by_itself_is_drawn(house: House) -> None:
    out = StringIO()
    screen = Screen(Console(file=out, width=80))

    async def wait_and_see() -> AsyncIterator[str]:
        await house.say("open search is down", by="lee")
        async with asyncio.timeout(20):
            while "search is down" not in out.getvalue():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        yield "quit"

    async with working(house) as backend:
        await converse(backend, screen=screen, lines=wait_and_see())


async def test_a_wrong_token_is_said(house: House) -> None:
    async with client_of(house, token="wrong") as client:  # noqa: S106 - made up
        with pytest.raises(Unauthorised):
            await OperatorBackend(client).dispatch("status", None)


async def test_a_case_that_is_not_there_is_said(house: House, tmp_path: Path) -> None:
    log = tmp_path / "db.log"
    log.write_text(POOL_LOG)
    async with client_of(house) as client:
        with pytest.raises(NotFound, match="#9"):
            await OperatorBackend(client).upload(log, 9)


async def test_a_desk_that_is_not_there_is_said() -> None:
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9") as client:
        with pytest.raises(SourceUnavailable) as refused:
            await OperatorBackend(client).dispatch("status", None)
    assert "faultmaven up" in refused.value.next_step


def test_a_dropped_file_is_known_however_it_is_written(tmp_path: Path) -> None:
    log = tmp_path / "my db.log"
    log.write_text("x")
    escaped = str(log).replace(" ", "\\ ")
    for line in (
        f"'{log}'",
        escaped,
        log.as_uri(),
        f"evidence {escaped}",
        f"#1 evidence {escaped}",
    ):
        assert dropped(line) == [log], line


def test_a_dropped_folder_stands_for_its_files(tmp_path: Path) -> None:
    for name in ("b.log", "a.log", ".hidden"):
        (tmp_path / name).write_text("x")
    below = tmp_path / "db" / "old"
    below.mkdir(parents=True)
    (below / "c.log").write_text("x")
    assert [path.name for path in dropped(str(tmp_path))] == ["a.log", "b.log", "c.log"]


@pytest.mark.parametrize(
    "line", ["status", "why is it slow?", "it's broken", "evidence ERROR timeout", "x" * 5000, ""]
)
def test_what_people_say_is_no_file(line: str) -> None:
    assert dropped(line) == []
