"""The write lock of SQLite, which has one writer: requests from outside get it first."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from core.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Queue = deque[asyncio.Future[None]]

# In a storm the next urgent one is a few requests away when one ends. Waiting that long for it
# doubles what is taken in, and costs the others nothing when there is no storm.
GAP_S = 0.003
PATIENCE_S = 0.05


class Turns:
    """One holder at a time; urgent ones wait for the holder only, others for all before them.

    After an urgent turn the others are held back for `GAP_S`, unless none of them had a turn for
    `PATIENCE_S`: so they are slowed by a storm, never stopped. longest_s: after that, waiting
    fails. One event loop only.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._taken = False
        self._gap: asyncio.TimerHandle | None = None
        self._others_had_one_at = 0.0
        self._urgent: Queue = deque()
        self._others: Queue = deque()

    @asynccontextmanager
    async def turn(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Raises StoreUnavailable when it does not come."""
        if self._taken or (self._gap and not urgent):
            await self._wait_in(self._urgent if urgent else self._others, urgent=urgent)
        self._take()
        try:
            yield
        finally:
            self._end(urgent=urgent)

    async def _wait_in(self, queue: Queue, *, urgent: bool) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(mine)
        try:
            async with asyncio.timeout(self._longest_s):
                await mine
        except (TimeoutError, asyncio.CancelledError) as error:
            if not mine.cancelled():  # it came at this very moment, and we go
                self._end(urgent=urgent)
            if isinstance(error, TimeoutError):
                message = f"others have been writing to the database for {self._longest_s:.0f} s"
                raise StoreUnavailable(message) from error
            raise

    def _take(self) -> None:
        self._taken = True
        if self._gap:
            self._gap.cancel()
            self._gap = None

    def _end(self, *, urgent: bool) -> None:
        now = asyncio.get_running_loop().time()
        if not urgent:
            self._others_had_one_at = now
        if self._give_to(self._urgent):
            return
        if urgent and now - self._others_had_one_at < PATIENCE_S:
            self._taken = False
            self._gap = asyncio.get_running_loop().call_later(GAP_S, self._open)
            return
        self._taken = self._give_to(self._others)

    def _open(self) -> None:
        self._gap = None
        self._taken = self._give_to(self._others)

    def _give_to(self, queue: Queue) -> bool:
        """Hand the turn to the first who still waits; it stays taken, by them."""
        while queue:
            waiting = queue.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return True
        return False
