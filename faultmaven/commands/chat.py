"""`faultmaven chat`: the terminal adapter, on a running `up` or by itself."""

from __future__ import annotations

import asyncio
import getpass

from bot.terminal.conversation import converse
from bot.terminal.remote import RemoteDesk
from bot.terminal.screen import Screen
from faultmaven.operator_client import operator_client
from faultmaven.settings import load_settings


def run(*, case: int | None) -> int:
    """Talk until the end of input."""
    asyncio.run(_chat(case))
    return 0


async def _chat(case: int | None) -> None:
    async with operator_client(load_settings(), working=True) as client:
        await converse(RemoteDesk(client, by=getpass.getuser()), screen=Screen(), case=case)
