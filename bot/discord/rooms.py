"""Channels of Discord by name or id, and the places that channels and threads are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bot.discord.rest import Rest
from core.errors import ChatRefused, UnparsableDelivery
from core.places import Place

PLATFORM = "discord"
TEXT, DIRECT, NEWS, FORUM, MEDIA = 0, 1, 5, 15, 16
PRIVATE_THREAD = 12
THREADS = (10, 11, PRIVATE_THREAD)
POSTS = (FORUM, MEDIA)  # channels in which everything is a thread
HOMES = (TEXT, NEWS, *POSTS)


_ID = re.compile("[0-9]{1,20}")


def id_in(value: object) -> str:
    """The value, if it has the form of an id: ids are stored and shown as they are.

    Raises UnparsableDelivery.
    """
    if not isinstance(value, str | int) or not _ID.fullmatch(str(value)):
        message = "an id of Discord has digits only"
        raise UnparsableDelivery(message)
    return str(value)


def place_in(channel: str, thread: str = "", *, workspace: str = "") -> Place:
    """A place of Discord; where payloads are read, whoever received them knows the workspace."""
    return Place(platform=PLATFORM, workspace=workspace, channel=channel, thread=thread)


def place_of(channel: dict[str, Any], *, person: str) -> Place:
    """The place of a channel, as Discord's API describes it. Raises UnparsableDelivery.

    person: who speaks there; a direct conversation is named by them.
    """
    if channel.get("type") == DIRECT:
        return place_in(f"@{person}")
    if channel.get("type") in THREADS:
        return place_in(id_in(channel["parent_id"]), id_in(channel["id"]))
    return place_in(id_in(channel["id"]))


@dataclass
class DiscordRooms:
    """Looks up channels of the server, and remembers their ids."""

    rest: Rest
    workspace_id: str = ""  # ours, as places name it
    _direct: dict[str, str] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)

    async def id_of(self, place: Place) -> str:
        """The id of the channel, thread or direct conversation to post in. Raises ChatRefused."""
        if place.is_direct:
            return await self._direct_with(place.channel[1:])
        return place.thread or await self.channel_id(place.channel)

    async def channel_id(self, channel: str) -> str:
        """The id of a channel that is written as `#incidents` or as its id."""
        if channel.isdecimal():
            return channel
        if channel not in self._named:
            self._named[channel] = str((await self._look_for(channel))["id"])
        return self._named[channel]

    async def describe(self, channel: str) -> dict[str, Any]:
        """The channel as Discord's API has it now. Raises ChatRefused where there is none."""
        channel_id = await self.channel_id(channel)
        try:
            described: dict[str, Any] = await self.rest.call(
                "GET",
                "/channels/{channel_id}",
                doing=f"looking for the channel {channel}",
                needs=("VIEW_CHANNEL",),
                channel_id=channel_id,
            )
        except ChatRefused:
            self._named.pop(channel, None)  # another one may have its name by now
            raise
        return described

    async def guilds(self) -> list[str]:
        """Ids of the servers that the bot is in; one, as a rule."""
        guilds = await self.rest.call("GET", "/users/@me/guilds", doing="listing the bot's servers")
        return [str(guild["id"]) for guild in guilds]

    async def channels(self, guild_id: str) -> list[dict[str, Any]]:
        """All channels of a server, without threads."""
        channels: list[dict[str, Any]] = await self.rest.call(
            "GET",
            "/guilds/{guild_id}/channels",
            doing="listing the channels of the server",
            guild_id=guild_id,
        )
        return channels

    async def _look_for(self, name: str) -> dict[str, Any]:
        channel_name = name.removeprefix("#").lower()
        matches = [
            channel
            for guild_id in await self.guilds()
            for channel in await self.channels(guild_id)
            if channel["type"] in HOMES and str(channel["name"]).lower() == channel_name
        ]
        if len(matches) == 1:
            return matches[0]
        message = f"Discord has {len(matches) or 'no'} channels named {name}"
        step = "Put the channel's id there: right-click it, Copy Channel ID (Developer Mode)."
        raise ChatRefused(message, next_step=step)

    async def _direct_with(self, person: str) -> str:
        if person not in self._direct:
            channel = await self.rest.call(
                "POST",
                "/users/@me/channels",
                doing="writing to one person",
                body={"recipient_id": person},
            )
            self._direct[person] = str(channel["id"])
        return self._direct[person]
