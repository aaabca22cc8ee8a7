"""A busy channel: twelve people who talk, ask, command and press; nobody waits for anybody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.journeys.crowd import Crowd

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


# Of twenty things said: most are said to each other.
ASKED, NAMED, COMMANDS, PRESSED = {5}, {14}, {3, 9, 16}, {7, 18}


@dataclass
class Chatter:
    """What is said in one crowd. `words` are those that its case should keep, in their order.

    only_words: nobody uses commands or buttons, which the platform does not deliver twice.
    """

    crowd: Crowd
    only_words: bool = False
    begun: int = 0
    keys: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)

    async def go_on(self, *, per_second: float, seconds: float) -> None:
        """Begin so many things a second, however long each of them takes to be acknowledged."""
        loop = asyncio.get_running_loop()
        begun, tasks = loop.time(), list[asyncio.Task[None]]()
        for nth in range(round(per_second * seconds)):
            await asyncio.sleep(max(0.0, begun + nth / per_second - loop.time()))
            tasks.append(asyncio.create_task(self.say(self.begun)))
            self.begun += 1
        await asyncio.gather(*tasks)

    async def say(self, number: int) -> None:
        """The next thing, of whatever kind its number makes it."""
        key, words = await self._act(number)()
        self.keys.append(key)
        if words:
            self.words[key] = words

    def _act(self, number: int) -> Callable[[], Awaitable[tuple[str, str]]]:
        kind = number % 20
        if not self.only_words and kind in COMMANDS:
            return lambda: _silent(self.crowd.commands("status"))
        if not self.only_words and kind in PRESSED:
            return lambda: _silent(self.crowd.presses("Evidence"))
        asks = kind in ASKED | NAMED
        words = f"is pod {number} the cause?" if asks else f"saw {number} of them"
        return lambda: _said(self.crowd.says(words, named=kind in NAMED), words)


async def _silent(act: Awaitable[str]) -> tuple[str, str]:
    return await act, ""


async def _said(act: Awaitable[str], words: str) -> tuple[str, str]:
    return await act, words
