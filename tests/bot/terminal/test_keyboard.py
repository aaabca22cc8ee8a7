"""Lines from a keyboard (a real pseudo-terminal) and from a pipe."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.terminal.keyboard import piped

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
PROGRAM = """
import asyncio
from rich.console import Console
from bot.terminal.keyboard import keyboard
from bot.terminal.screen import Screen

async def main():
    async for line in keyboard(Screen(Console())):
        print("got", repr(line), flush=True)
    print("ended", flush=True)

asyncio.run(main())
"""


class Typist:
    """Types at a program that believes it is on a terminal."""

    def __init__(self) -> None:
        self._keys, theirs = pty.openpty()
        self._unread = ""
        environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)}
        self.program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=theirs, stdout=theirs, env=environment
        )
        os.close(theirs)

    def type(self, text: str) -> None:
        os.write(self._keys, text.encode())

    def until(self, wanted: str, *, seconds: float = 60) -> None:
        """Read on until `wanted` was on the screen; what came behind it in one go stays unread."""
        deadline = time.monotonic() + seconds
        while wanted not in self._unread:
            left = max(deadline - time.monotonic(), 0)
            if not select.select([self._keys], [], [], left)[0]:
                pytest.fail(f"no {wanted!r} in {self._unread!r}")
            self._unread += os.read(self._keys, 4096).decode()
        self._unread = self._unread.partition(wanted)[2]

    def leave(self) -> None:
        self.program.kill()
        self.program.wait()
        os.close(self._keys)


@pytest.fixture
def typist() -> Iterator[Typist]:
    typist = Typist()
    yield typist
    typist.leave()


@pytest.mark.integration
def test_lines_come_one_by_one_and_pasted_ones_together(typist: Typist) -> None:
    typist.until("> ")
    typist.type("status\n")
    typist.until("got 'status'")
    typist.until("> ")
    typist.type("evidence one\ntwo\nthree\n")
    typist.until("got 'evidence one\\ntwo\\nthree'")


@pytest.mark.integration
def test_the_end_of_input_ends_the_conversation(typist: Typist) -> None:
    typist.until("> ")
    typist.type("\x04")
    typist.until("ended")
    assert typist.program.wait(timeout=60) == 0


async def test_a_pipe_gives_its_lines() -> None:
    assert [line async for line in piped(StringIO("one\n\nthree"))] == ["one", "", "three"]
