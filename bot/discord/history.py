"""Reads the messages of a place after a given one, translated as live messages are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot.discord.payloads import heard_of
from bot.discord.rest import Rest
from bot.discord.rooms import DiscordRooms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.conversation.messages.message import IncomingMessage
    from core.places import Place

_SILENCE_S = 15.0  # for one page; the library alone would try a 500 for half a minute


@dataclass(frozen=True)
class DiscordHistory:
    """Reads channels, threads and direct conversations."""

    rest: Rest
    rooms: DiscordRooms

    async def said(
        self, place: Place, *, after: int, most: int | None = None
    ) -> AsyncIterator[IncomingMessage]:
        """Messages of people, oldest first; those of bots and Discord's notices are left out.

        after: a message's id. most: at most so many messages are read, the newest ones.
        Raises ChatUnavailable, ChatRefused and NotFound.
        """
        await self.rest.log_in()
        async for message in self._messages(place, discord.Object(after), most):
            if (incoming := heard_of(message, place=place, me=int(self.rest.me))) is not None:
                yield incoming

    async def _messages(
        self, place: Place, after: discord.Object, most: int | None
    ) -> AsyncIterator[discord.Message]:
        channel = await self._channel(place)
        if most is None:
            messages = channel.history(limit=None, after=after, oldest_first=True)
            async for incoming in self._patiently(messages):
                yield incoming
            return
        messages = channel.history(limit=most, after=after, oldest_first=False)
        for incoming in reversed([incoming async for incoming in self._patiently(messages)]):
            yield incoming

    async def _patiently(
        self, messages: AsyncIterator[discord.Message]
    ) -> AsyncIterator[discord.Message]:
        with self.rest.calling("reading what was said", needs=("READ_MESSAGE_HISTORY",)):
            while True:
                try:
                    async with asyncio.timeout(_SILENCE_S):
                        message = await anext(messages)
                except StopAsyncIteration:
                    return
                yield message

    async def _channel(self, place: Place) -> discord.abc.Messageable:
        """The channel with its server, whose role of the bot people may mention."""
        channel_id = await self.rooms.id_of(place)
        client = self.rest.client
        cached = client.get_channel(int(channel_id))
        if isinstance(cached, discord.abc.Messageable):
            return cached
        if place.is_direct:
            return client.get_partial_messageable(int(channel_id))
        described = await self.rooms.describe(channel_id)
        guild_id = int(described.get("guild_id") or 0)
        return client.get_partial_messageable(int(channel_id), guild_id=guild_id or None)
