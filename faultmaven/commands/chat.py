"""`faultmaven chat`: the terminal adapter, on a running `up` or by itself."""

from __future__ import annotations

import asyncio
import sys

from rich.console import Console

from bot.terminal.conversation import converse
from bot.terminal.keyboard import keyboard, piped, typed_so_far
from bot.terminal.remote import RemoteDesk
from bot.terminal.screen import Screen
from faultmaven.operator_client import operator_client
from faultmaven.settings import load_settings


def run(*, case: int | None) -> int:
    """Talk until the end of input; lines of a pipe are answered one after the other."""
    asyncio.run(_chat(case))
    return 0


async def _chat(case: int | None) -> None:
    screen = Screen(Console(), typed=typed_so_far)
    if case is not None:
        screen.follow(case)
    lines = keyboard(screen) if sys.stdin.isatty() else piped(sys.stdin)
    async with operator_client(load_settings(), working=True) as client:
        await converse(RemoteDesk(client), screen=screen, lines=lines)
