"""`faultmaven demo` by itself, and with somebody at the keyboard."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.faultmaven.program import environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

STEPS = (
    "faultmaven up listens at http://127.0.0.1:",
    "POST /webhooks/alertmanager: 200, journaled as delivery_",
    "The alert opened case #1",
    "files dropped",
    "ranked the causes",
    "Somebody asks: why 1?",
    "The report, ready to be filed (Markdown)",
)
CITED = re.compile(r"[\w./-]+\.log:\d+")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


async def test_without_a_terminal_it_plays_and_ends_by_itself(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "faultmaven", "demo"),
        cwd=tmp_path,
        env=environment(tmp_path, COLUMNS="200"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    output = out.decode()
    assert (process.returncode, err) == (0, b"")

    places = [output.index(step) for step in STEPS]
    assert places == sorted(places), "in the order in which it happened"
    for part in _parts(output, places):
        assert "\n  code: " in part, "each step says where to look"
    opened, files, ranked, asked, report = _parts(output, places)[2:]
    assert "Firing #1 Critical" in opened
    assert CITED.search(files)
    assert re.search(r"Root cause \d\d %: Connection pool exhausted at booking-api", ranked)
    assert "for: " in ranked
    assert "check: " in ranked
    assert "asked: why 1?" in asked
    assert CITED.search(asked)
    assert "# Case #1: " in report
    assert "## Timeline" in report
    assert not (tmp_path / "data").exists(), "it lives in a folder of its own"


async def test_at_a_terminal_it_stays_open_and_answers_until_end_of_input(tmp_path: Path) -> None:
    async with at_a_terminal("demo", folder=tmp_path) as terminal:
        await terminal.shows("It stays open")
        await terminal.shows("> ")
        terminal.type("what was the first error?\n")
        await terminal.shows("asked: what was the first error?")
        await terminal.shows(r"First error: \d\d:\d\d:\d\d UTC")
        terminal.type("hypotesis\n")
        await terminal.shows("hypotesis → hypotheses")
        await terminal.shows("\n> $")
        terminal.type("\x04")
        assert await terminal.ends() == 0


@dataclass
class PseudoTerminal:
    """A pseudo-terminal with a program at it; `seen` is what has been looked at already."""

    process: Process
    screen: int
    printed: str = ""
    seen: int = 0

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    async def shows(self, pattern: str, *, within_s: float = 120) -> None:
        """Return when the pattern is on the screen, after what was waited for before."""
        async with asyncio.timeout(within_s):
            while not (match := re.compile(pattern).search(self.printed, self.seen)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        self.seen = match.end()

    async def ends(self) -> int:
        async with asyncio.timeout(60):
            return await self.process.wait()

    def listen(self) -> None:
        with contextlib.suppress(OSError):  # the other end is closed
            self.printed += ESCAPES.sub("", os.read(self.screen, 65536).decode(errors="replace"))


@contextlib.asynccontextmanager
async def at_a_terminal(*arguments: str, folder: Path) -> AsyncIterator[PseudoTerminal]:
    """A person has started it in a window of 80 columns."""
    screen, program = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "faultmaven", *arguments),
        cwd=folder,
        env=environment(folder, TERM="xterm"),
        stdin=program,
        stdout=program,
        stderr=program,
        start_new_session=True,
    )
    os.close(program)
    terminal = PseudoTerminal(process, screen)
    loop = asyncio.get_running_loop()
    loop.add_reader(screen, terminal.listen)
    try:
        yield terminal
    finally:
        loop.remove_reader(screen)
        os.close(screen)
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _parts(output: str, places: list[int]) -> list[str]:
    return [
        output[start:end] for start, end in zip(places, [*places[1:], len(output)], strict=True)
    ]
