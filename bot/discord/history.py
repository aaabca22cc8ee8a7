"""What did people say in a place after a certain message? Translated as what they say now is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot.discord.reading import heard_of
from bot.discord.rest import Rest
from bot.discord.rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.conversation.messages.incoming import Heard
    from core.places import Place

_SILENCE_S = 15.0  # for one page; the library alone would try a 500 for half a minute


@dataclass(frozen=True)
class History:
    """Reads channels, threads and direct conversations."""

    rest: Rest
    rooms: Rooms

    async def said(
        self, place: Place, *, after: int, most: int | None = None
    ) -> AsyncIterator[Heard]:
        """Oldest first; messages of bots and notices of Discord are left out.

        after: a message's id. most: at most so many messages are read, the newest ones.
        Raises ChatUnavailable, ChatRefused and NotFound.
        """
        await self.rest.log_in()
        async for message in self._messages(place, discord.Object(after), most):
            if (heard := heard_of(message, place=place, me=int(self.rest.me))) is not None:
                yield heard

    async def _messages(
        self, place: Place, after: discord.Object, most: int | None
    ) -> AsyncIterator[discord.Message]:
        channel = await self._channel(place)
        if most is None:
            found = channel.history(limit=None, after=after, oldest_first=True)
            async for message in self._patiently(found):
                yield message
            return
        found = channel.history(limit=most, after=after, oldest_first=False)
        for message in reversed([one async for one in self._patiently(found)]):
            yield message

    async def _patiently(
        self, found: AsyncIterator[discord.Message]
    ) -> AsyncIterator[discord.Message]:
        with self.rest.calling("reading what was said", needs=("READ_MESSAGE_HISTORY",)):
            while True:
                try:
                    async with asyncio.timeout(_SILENCE_S):
                        message = await anext(found)
                except StopAsyncIteration:
                    return
                yield message

    async def _channel(self, place: Place) -> discord.abc.Messageable:
        """The server it is in must be known: there the bot has a role, which people mention."""
        channel_id = await self.rooms.id_of(place)
        client = self.rest.client
        known = client.get_channel(int(channel_id))
        if isinstance(known, discord.abc.Messageable):
            return known
        if place.is_direct:
            return client.get_partial_messageable(int(channel_id))
        described = await self.rooms.describe(channel_id)
        guild_id = int(described.get("guild_id") or 0)
        return client.get_partial_messageable(int(channel_id), guild_id=guild_id or None)
