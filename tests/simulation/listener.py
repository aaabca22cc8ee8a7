"""What a listener does between a platform and `hear`: catch up, then pass on, one by one.

It acknowledges nothing before `hear` has returned, and reads the history after every interruption.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.conversation.messages.message import IncomingMessage
from core.errors import Unavailable
from core.workflows.services import Services
from tests.simulation.platform import Flock

if TYPE_CHECKING:
    from core.places import Place

Hear = Callable[..., Awaitable[bool]]

AGAIN_S = 1.0


@dataclass
class PlatformListener:
    """One process's ear on one platform.

    overlap: what is read again of what was heard. foreign: is it right to wave this away?
    """

    flock: Flock
    services: Services
    hear: Hear
    overlap: timedelta
    foreign: Callable[[IncomingMessage], bool]

    async def attend(self) -> None:
        """Listen for ever; a lost connection is made again."""
        while True:
            connection: asyncio.Queue[IncomingMessage | None] = asyncio.Queue()
            self.flock.connections.append(connection)
            try:
                await _patiently(self._catch_up)
                while (heard := await connection.get()) is not None:
                    await _patiently(lambda heard=heard: self.take(heard))  # type: ignore[misc]
            finally:
                if connection in self.flock.connections:
                    self.flock.connections.remove(connection)
            await asyncio.sleep(AGAIN_S)

    async def take(self, heard: IncomingMessage) -> None:
        """Hear it, then acknowledge. Raises StoreUnavailable, after which it was not."""
        news = await self.hear(heard, services=self.services)
        if not news and not self.foreign(heard):
            self.flock.trace.accuse(f"waved away: {heard.key} {heard.text}")
        self.flock.taken(heard.key, news=news)

    async def _catch_up(self) -> None:
        """In each place everything since the newest that was heard there."""
        for channel in self.flock.channels():
            messages = self.flock.said_in(channel)
            newest = await self._newest([heard.place for heard in messages])
            for heard in messages:
                known = newest.get(heard.place)
                if known is None or heard.said_at >= known - self.overlap:
                    await self.take(heard)

    async def _newest(self, places: list[Place]) -> dict[Place, datetime]:
        latest = {}
        async with self.services.reading() as unit:
            for place in dict.fromkeys(places):
                if newest := await unit.incoming.newest(place):
                    latest[place] = newest.heard.said_at
        return latest


async def _patiently(attempt: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await attempt()
        except Unavailable:
            await asyncio.sleep(AGAIN_S)
        else:
            return
