"""What was said while we were away? Read from the channels' history, oldest first.

It begins after the last message that was heard in each place; what was heard already is known by
its key and does nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import discord

from bot.discord.errors import errors_of_discord
from bot.discord.reading import heard_of
from bot.discord.rest import Rest
from bot.discord.rooms import PLATFORM, POSTS, Rooms, place_in
from core.conversation.hearing import hear
from core.conversation.model import Place
from core.errors import ChatRefused, NotFound, Unavailable
from core.services import Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

log = logging.getLogger(__name__)

T = TypeVar("T")

_AT_MOST = timedelta(days=7)  # where a case is at home
_FOR_MENTIONS = timedelta(days=1)  # elsewhere: who called us by name then has found another way
_PATIENCE_S = (1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass
class CatchingUp:
    """Reads on where hearing ended. `seen` is the newest message of each place that we had.

    wait: how time passes until the next try, in seconds.
    """

    rest: Rest
    rooms: Rooms
    services: Services
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    seen: dict[Place, int] = field(default_factory=dict)

    async def read_on(self) -> int:
        """Hear all that was said since; says how many messages that were.

        Waits where the store or Discord is away: until it is done, nothing new may be heard.
        """
        heard = 0
        for place, since in (await self._patiently(self._places)).items():
            try:
                heard += await self._patiently(partial(self._read, place, since))
            except (ChatRefused, NotFound) as error:
                log.warning("no catching up in %s: %s", place.channel, error)
        return heard

    async def _read(self, place: Place, since: datetime) -> int:
        heard = 0
        async for message in self._history(place, await self._after(place, since)):
            heard += await self._take(message, place)
        return heard

    async def _take(self, message: discord.Message, place: Place) -> bool:
        me = self.rest.client.user
        heard = heard_of(message, place=place, me=me.id if me else 0)
        taken = heard is not None and await hear(heard, services=self.services)
        self.seen[place] = max(message.id, self.seen.get(place, 0))
        return taken

    async def _after(self, place: Place, since: datetime) -> int:
        """The id of the message after which to read; ids tell the time (reference, Snowflakes)."""
        async with self.services.store.reading() as unit:
            newest = await unit.hearing.newest(place)
        last = int(newest.heard.ref.rpartition("/")[2]) if newest else 0
        return max(last, self.seen.get(place, 0), discord.utils.time_snowflake(since))

    async def _history(self, place: Place, after: int) -> AsyncIterator[discord.Message]:
        with errors_of_discord("catching up", needs=("READ_MESSAGE_HISTORY",)):
            channel_id = await self.rooms.id_of(place)
            channel = self.rest.client.get_partial_messageable(int(channel_id))
            since = discord.Object(after)
            async for message in channel.history(limit=None, after=since, oldest_first=True):
                yield message

    async def _places(self) -> dict[Place, datetime]:
        """Homes of open cases first, then where we may have been called by name."""
        now = self.services.clock.now()
        async with self.services.store.reading() as unit:
            homes = [one.place for one in await unit.conversation.homes(PLATFORM)]
        places = dict.fromkeys(homes, now - _AT_MOST)
        async for place in self._elsewhere(homes):
            places.setdefault(place, now - _FOR_MENTIONS)
        return places

    async def _elsewhere(self, homes: Iterable[Place]) -> AsyncIterator[Place]:
        """The channels in which cases open, and all threads there that are not archived."""
        channels = {one.channel for one in homes if not one.channel.startswith("@")}
        guilds: set[str] = set()
        for named in (*self.services.rules.routing.channels(PLATFORM), *channels):
            try:
                channel = await self.rooms.describe(named)
            except (ChatRefused, NotFound) as error:
                log.warning("no catching up in %s: %s", named, error)
                continue
            channels.add(str(channel["id"]))
            guilds.add(str(channel.get("guild_id", "")))
            if channel["type"] not in POSTS:
                yield place_in(str(channel["id"]))
        for guild_id in guilds - {""}:
            for thread in await self._threads(guild_id):
                if thread.channel in channels:
                    yield thread

    async def _threads(self, guild_id: str) -> list[Place]:
        try:
            active = await self.rest.call(
                "GET",
                "/guilds/{guild_id}/threads/active",
                doing="listing threads",
                guild_id=guild_id,
            )
        except (ChatRefused, NotFound) as error:
            log.warning("no catching up in threads: %s", error)
            return []
        return [place_in(str(one["parent_id"]), str(one["id"])) for one in active["threads"]]

    async def _patiently(self, step: Callable[[], Awaitable[T]]) -> T:
        """What the step gives, tried again for as long as the store or Discord is away."""
        for patience_s in itertools.chain(_PATIENCE_S, itertools.repeat(_PATIENCE_S[-1])):
            try:
                return await step()
            except Unavailable as error:
                wait_s = error.retry_after_s or patience_s
                log.warning("catching up goes on in %s s: %s", wait_s, error)
                await self.wait(wait_s)
        raise AssertionError
