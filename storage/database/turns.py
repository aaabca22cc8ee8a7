"""Whose turn is it to write? SQLite has one writer; who answers a caller outside goes first."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from core.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Queue = deque[asyncio.Future[None]]


class Turns:
    """One holder at a time; the urgent wait for it only, the others for all before them.

    Nobody starves: whoever gives the turn up is not waiting for it, so an urgent one that comes
    again at once finds the next of the others at work. longest_s: after that, waiting fails.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._taken = False
        self._urgent: Queue = deque()
        self._others: Queue = deque()

    @asynccontextmanager
    async def turn(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Raises StoreUnavailable when it does not come."""
        if self._taken:
            await self._wait_in(self._urgent if urgent else self._others)
        self._taken = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait_in(self, queue: Queue) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(mine)
        try:
            await asyncio.wait_for(mine, self._longest_s)
        except TimeoutError as error:
            message = f"others have been writing to the database for {self._longest_s:.0f} s"
            raise StoreUnavailable(message) from error
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # it came and we go
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        for queue in (self._urgent, self._others):
            while queue:
                waiting = queue.popleft()
                if not waiting.done():
                    waiting.set_result(None)  # still taken: by them
                    return
        self._taken = False
