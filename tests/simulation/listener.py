"""What a listener does between a platform and `hear`: catch up, then pass on, one by one.

It acknowledges nothing before `hear` has returned, and reads the history after every interruption.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from core.conversation.model import Heard, Manner, Place
from core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.services import Services
    from tests.simulation.platform import Flock

    Hear = Callable[..., Awaitable[bool]]

AGAIN_S = 1.0


@dataclass
class Listener:
    """One process's ear on one platform. overlap: what is read again of what was heard."""

    flock: Flock
    services: Services
    hear: Hear
    overlap: timedelta

    async def attend(self) -> None:
        """Listen for ever; a lost connection is made again."""
        while True:
            connection: asyncio.Queue[Heard] = asyncio.Queue()
            self.flock.connections.append(connection)
            try:
                await self._patiently(self._catch_up)
                while await self._pass_on(connection):
                    pass
            finally:
                self.flock.connections.remove(connection)
            await asyncio.sleep(AGAIN_S)

    async def take(self, heard: Heard) -> None:
        """Hear it, then acknowledge. Raises StoreUnavailable, after which it was not."""
        news = await self.hear(heard, services=self.services)
        self._must_be_right(heard, news=news)
        self.flock.taken(heard.key, news=news)

    async def _pass_on(self, connection: asyncio.Queue[Heard]) -> bool:
        """False where the connection was lost."""
        heard = await connection.get()
        if heard.key == DISCONNECT:
            return False
        await self._patiently(lambda: self.take(heard))
        return True

    async def _catch_up(self) -> None:
        async with self.services.store.reading() as unit:
            homes = [one.place for one in await unit.conversation.homes(self.flock.name)]
        channels = {home.channel: None for home in homes}
        for channel in {CHANNEL: None} | channels:
            await self._catch_up_in(channel, homes)

    async def _catch_up_in(self, channel: str, homes: list[Place]) -> None:
        """Everything since the newest that was heard in the channel or in a thread of it."""
        history = self.flock.history(channel)
        near = [home for home in homes if home.channel == channel]
        whole = [heard.place.whole_channel for heard in history[:1]]
        said_at = []
        async with self.services.store.reading() as unit:
            for place in dict.fromkeys([*whole, *near]):
                newest = await unit.hearing.newest(place)
                said_at += [newest.heard.said_at] if newest else []
        for heard in history:
            if not said_at or heard.said_at >= max(said_at) - self.overlap:
                await self.take(heard)

    async def _patiently(self, attempt: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await attempt()
            except Unavailable:
                await asyncio.sleep(AGAIN_S)
            else:
                return

    def _must_be_right(self, heard: Heard, *, news: bool) -> None:
        """What is for us and was never heard before must not be waved away."""
        if not news and not self.flock.is_known(heard):
            self.flock.trace.accuse(f"acknowledged, but neither heard nor foreign: {heard.key}")


DISCONNECT = "disconnect"
CHANNEL = "loft"
_ = Manner
