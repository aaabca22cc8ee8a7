"""A person's lines: from the keyboard, without holding up the loop, or from a pipe."""

from __future__ import annotations

import asyncio
import readline  # input() edits lines and remembers them once this is there
import select
import sys
import threading
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.terminal.screen import Screen

_PASTE_PAUSE_S = 0.02  # lines that follow each other faster were pasted


def typed_so_far() -> str:
    """The text behind the prompt that has not been entered."""
    return readline.get_line_buffer()


async def keyboard(screen: Screen) -> AsyncIterator[str]:
    """Lines as they are entered, pasted ones together, until end of input.

    Each is read in a thread that dies with the process: nothing can wake one that waits for keys.
    """
    while True:
        screen.ask()
        line = await _off_loop(screen.prompt)
        if line is None:
            return
        screen.entered(line)
        yield line


async def piped(stream: TextIO) -> AsyncIterator[str]:
    """Lines of a pipe or a file, until it ends."""
    while line := await asyncio.to_thread(stream.readline):
        yield line.rstrip("\n")


async def _off_loop(prompt: str) -> str | None:
    loop = asyncio.get_running_loop()
    entered: asyncio.Future[str | None] = loop.create_future()

    def tell(line: str | None) -> None:
        if not entered.done():
            entered.set_result(line)

    def read() -> None:
        line = _read(prompt)
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, line)

    threading.Thread(target=read, name="keyboard", daemon=True).start()
    return await entered


def _read(prompt: str) -> str | None:
    try:
        line = input(prompt)
        while select.select([sys.stdin], [], [], _PASTE_PAUSE_S)[0]:
            line = f"{line}\n{input()}"
    except EOFError:
        return None
    return line
