"""The `ChatReader` port over Discord's API: people's profiles, message history, files."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.discord.bot_permissions import permissions_in
from bot.discord.channel_permissions import is_seen_by_everybody, sees
from bot.discord.errors import errors_of_discord
from bot.discord.history import DiscordHistory
from bot.discord.payloads import attached_to
from bot.discord.rest import Rest
from bot.discord.rooms import PLATFORM, PRIVATE_THREAD, DiscordRooms
from core.access import PersonProfile, Standing
from core.errors import ChatUnavailable, NotFound
from core.text.redacted import one_line

if TYPE_CHECKING:
    from core.conversation.messages.message import Attachment, IncomingMessage
    from core.places import Place

Download = Callable[[str], AsyncIterator[bytes]]

_GUEST = 1 << 4  # Discord: resources/guild, "Guild Member Flags", IS_GUEST
_NOT_A_MEMBER = (10007, 10013)
_WHO_READS = "asking who may read a channel"
_CHUNK = 64 * 1024
_GONE = (403, 404)  # a signed address that has expired answers like a file that is gone
_OK = 200
_QUIET = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=30)


async def download(url: str) -> AsyncIterator[bytes]:
    """The content at an address of Discord's file server. Raises NotFound where it has expired."""
    with errors_of_discord("fetching a file"):
        async with aiohttp.ClientSession(timeout=_QUIET) as session, session.get(url) as answer:
            if answer.status in _GONE:
                message = "Discord has the file no more"
                raise NotFound(message)
            if answer.status != _OK:
                message = f"Discord's file server answered {answer.status}"
                raise ChatUnavailable(message, retry_after_s=5.0)
            async for chunk in answer.content.iter_chunked(_CHUNK):
                yield chunk


@dataclass
class DiscordChatReader:
    """Implements `ChatReader` over Discord's API."""

    rest: Rest
    rooms: DiscordRooms

    @property
    def platform(self) -> str:
        return PLATFORM

    @property
    def workspace_id(self) -> str:
        return self.rooms.workspace_id

    download: Download = download

    async def profile(self, person: str) -> PersonProfile:
        for guild_id in await self.rooms.guilds():
            member = await self.rest.call(
                "GET",
                "/guilds/{guild_id}/members/{user_id}",
                doing="asking who somebody is",
                expecting=_NOT_A_MEMBER,
                guild_id=guild_id,
                user_id=person,
            )
            if member is not None:
                return profile_of(member["user"], member)
        user = await self.rest.call(
            "GET", "/users/{user_id}", doing="asking who somebody is", user_id=person
        )
        return profile_of(user, None)

    async def closed_to(self, place: Place) -> Place | None:
        if place.is_private:
            return place.whole_channel
        if place.thread and (await self.rooms.describe(place.thread))["type"] == PRIVATE_THREAD:
            return place
        channel = await self.rooms.describe(place.channel)
        everyone = str(channel.get("guild_id") or "")  # the role of everybody has the server's id
        roles = await self._roles(everyone)
        return None if is_seen_by_everybody(channel, roles, everyone) else place.whole_channel

    async def reads(self, place: Place, person: str) -> bool:
        if place.is_private:
            return True
        if place.thread and (await self.rooms.describe(place.thread))["type"] == PRIVATE_THREAD:
            joined = await self.rest.call(
                "GET",
                "/channels/{channel_id}/thread-members/{user_id}",
                doing=_WHO_READS,
                expecting=_NOT_A_MEMBER,
                channel_id=place.thread,
                user_id=person,
            )
            return joined is not None
        channel = await self.rooms.describe(place.channel)
        guild = str(channel.get("guild_id") or "")
        member = await self.rest.call(
            "GET",
            "/guilds/{guild_id}/members/{user_id}",
            doing=_WHO_READS,
            expecting=_NOT_A_MEMBER,
            guild_id=guild,
            user_id=person,
        )
        if member is None:
            return False
        roles = await self._roles(guild)
        return sees(permissions_in(channel, me=person, mine=member["roles"], roles=roles))

    async def _roles(self, guild: str) -> list[dict[str, Any]]:
        roles: list[dict[str, Any]] = await self.rest.call(
            "GET", "/guilds/{guild_id}/roles", doing=_WHO_READS, guild_id=guild
        )
        return roles

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        source = json.loads(attachment.source)
        begun = False
        try:
            async for chunk in self.download(source["url"]):
                begun = True
                yield chunk
        except NotFound:
            if begun:
                raise
        else:
            return
        async for chunk in self.download(await self._fresh_url(source)):
            yield chunk

    async def history(self, place: Place, *, after: str) -> AsyncIterator[IncomingMessage]:
        """The messages after `after`. Raises NotFound for a ref that is not Discord's."""
        last = after.rpartition("/")[2]
        if not last.isdecimal():
            message = "that names no message of Discord"
            raise NotFound(message)
        async for incoming in DiscordHistory(self.rest, self.rooms).said(place, after=int(last)):
            yield incoming

    async def unread(self, places: Mapping[Place, str]) -> list[Place]:
        """All: each thread has its own limit, and is read as fast as it is asked about."""
        return list(places)

    async def _fresh_url(self, source: dict[str, str]) -> str:
        """A new address of the file: they expire within a day (reference, CDN)."""
        message = await self.rest.call(
            "GET",
            "/channels/{channel_id}/messages/{message_id}",
            doing="looking for a file",
            needs=("READ_MESSAGE_HISTORY",),
            channel_id=source["channel"],
            message_id=source["message"],
        )
        for file in attached_to(message):
            if str(file["id"]) == source["id"]:
                return str(file["url"])
        gone = "the file was taken out of its message"
        raise NotFound(gone)


def profile_of(user: dict[str, Any], member: dict[str, Any] | None) -> PersonProfile:
    """A person as Discord's API describes them. member: None for who is not in the server."""
    name = (member or {}).get("nick") or user.get("global_name") or user["username"]
    if user.get("bot"):
        standing = Standing.BOT
    elif member is None:
        standing = Standing.STRANGER
    elif member.get("pending") or int(member.get("flags") or 0) & _GUEST:
        standing = Standing.GUEST
    else:
        standing = Standing.MEMBER
    return PersonProfile(name=one_line(name), standing=standing)
