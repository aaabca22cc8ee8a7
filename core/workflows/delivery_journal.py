"""How do deliveries reach the disk before they are acknowledged, many in one commit?

While one commit runs, whatever arrives gathers for the next: a lone delivery waits for nobody,
and sixty-four at once share one `fsync`. Nothing waits on a timer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from core.alerts.model import Delivery
from core.errors import FaultMavenError, Overloaded, StoreUnavailable
from core.jobs.model import Job
from core.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_WAITING = 4096
MOST_BYTES = 64 * 2**20
BATCH = 512


class Room:
    """Memory for bodies that have arrived and are not yet committed, shared by all requests."""

    def __init__(self, size: int = MOST_BYTES) -> None:
        self._free = size

    def share(self) -> Share:
        """A request's part of the room, given back when its block ends."""
        return Share(self)

    def give(self, size: int) -> None:
        self._free += size

    def take(self, size: int) -> None:
        """Raises Overloaded where there is less than `size` bytes."""
        if size > self._free:
            message = "more deliveries are under way than memory is set aside for"
            raise Overloaded(message)
        self._free -= size


class Share:
    """What one request holds of the room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._taken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._room.give(self._taken)

    def take(self, size: int) -> None:
        """Raises Overloaded."""
        self._room.take(size)
        self._taken += size


@dataclass
class Journal:
    """Commits deliveries with the jobs they cause; `write` returns when they are on the disk.

    One event loop only. `room` bounds the bodies in memory, `most_waiting` how many wait.
    """

    store: Store
    most_waiting: int = MOST_WAITING
    batch: int = BATCH
    room: Room = field(default_factory=Room)
    _waiting: deque[_Waiting] = field(default_factory=deque, init=False)
    _writer: asyncio.Task[None] | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)

    async def write(self, delivery: Delivery, job: Job | None) -> None:
        """Raises Overloaded (nothing was stored) or StoreUnavailable (nothing is promised)."""
        if self._closed or len(self._waiting) >= self.most_waiting:
            message = "shutting down" if self._closed else "more deliveries wait than are accepted"
            raise Overloaded(message)
        written = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(delivery, job, written))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all(), name="journal")
        await written

    async def close(self) -> None:
        """Accept nothing more, and return when all that waits is answered."""
        self._closed = True
        if self._writer is not None:
            await self._writer

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                count = min(self.batch, len(self._waiting))
                await self._commit([self._waiting.popleft() for _ in range(count)])
        finally:
            self._writer = None
            _refuse(self._waiting, "the journal stopped")

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            await self.store.journal([(one.delivery, one.job) for one in batch])
        except FaultMavenError as error:
            _refuse(batch, str(error))
        else:
            for one in batch:
                if not one.written.done():  # a request that gave up has cancelled its future
                    one.written.set_result(None)
        finally:
            _refuse(batch, "the journal broke off")


@dataclass(frozen=True)
class _Waiting:
    delivery: Delivery
    job: Job | None
    written: asyncio.Future[None]


def _refuse(those: Sequence[_Waiting] | deque[_Waiting], why: str) -> None:
    """Tell each that has no answer yet; no request is left hanging, whatever broke."""
    for one in those:
        if not one.written.done():
            one.written.set_exception(StoreUnavailable(why))
