"""`faultmaven chat`: the terminal adapter, on a running `up` or by itself."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from bot.terminal.conversation import converse
from bot.terminal.keyboard import keyboard, piped, typed_so_far
from bot.terminal.operator_backend import OperatorBackend
from bot.terminal.screen import Screen
from bot.terminal.transcript import TerminalTranscript
from core.errors import NotFound
from faultmaven.operator_client import answer_of, operator_client
from faultmaven.output import Terminal, print_json
from faultmaven.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx


def run(*, case: int | None, as_json: bool = False) -> int:
    """Talk until the end of input; lines of a pipe are answered one after the other.

    as_json: print the transcript, with every card, when the input has ended.
    """
    if as_json:
        transcript = TerminalTranscript()
        lines = transcript.noting(piped(sys.stdin))
        asyncio.run(_chat(case, transcript, lines))
        print_json(transcript.document())
        return 0
    screen = Screen(Terminal(), typed=typed_so_far)
    lines = keyboard(screen) if sys.stdin.isatty() else piped(sys.stdin)
    asyncio.run(_chat(case, screen, lines))
    return 0


async def _chat(case: int | None, screen: Screen, lines: AsyncIterator[str]) -> None:
    if case is not None:
        screen.follow(case)
    async with operator_client(load_settings(), working=True) as client:
        await _must_be_there(client, case)
        await converse(OperatorBackend(client), screen=screen, lines=lines)


async def _must_be_there(client: httpx.AsyncClient, case: int | None) -> None:
    """Raises NotFound for a number that no case has."""
    known = answer_of(await client.get("/api/v1/operator/cases")) if case is not None else []
    if case is not None and case not in {listed["number"] for listed in known}:
        message = f"no case #{case}"
        raise NotFound(message, next_step="`faultmaven cases` lists all.")
