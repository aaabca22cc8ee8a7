"""Finds the places where somebody may have spoken to the bot while it was away."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import discord

from bot.discord.bot_permissions import BotPermissions
from bot.discord.permissions import PERMISSIONS
from bot.discord.rest import Rest
from bot.discord.rooms import NEWS, PLATFORM, POSTS, TEXT, DiscordRooms, place_in
from core.errors import ChatRefused, NotFound
from core.places import Place
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

log = logging.getLogger(__name__)

AT_MOST = timedelta(days=7)  # where a case is
FOR_MENTIONS = timedelta(days=1)  # elsewhere: who called us by name then has found another way
MOST = 2_000  # messages of a place of no case
_VOICE, _STAGE = 2, 13
_TALKED_IN = (TEXT, _VOICE, NEWS, _STAGE)
_THREADED = (TEXT, NEWS, *POSTS)
_ARCHIVED_AFTER = timedelta(hours=1)  # resources/channel: the shortest time without a word
_PAGE = 50
_MAX_ARCHIVES = 50  # channels, each of which takes a call
_NEEDED = PERMISSIONS["VIEW_CHANNEL"].bit | PERMISSIONS["READ_MESSAGE_HISTORY"].bit


@dataclass(frozen=True, kw_only=True)
class MissedMessages:
    """A place whose messages after the id `after` may not have been heard.

    most: so many messages at most are read; None for all of them.
    """

    place: Place
    after: int
    most: int | None = MOST


@dataclass
class ActivePlaces:
    """Compares what Discord says of its channels with what was heard in them.

    seen: the newest message of each place that this process received, stored or not. known: ids of
    people who spoke with the bot before.
    """

    rest: Rest
    rooms: DiscordRooms
    services: Services
    seen: dict[Place, int] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    async def of_cases(self) -> list[MissedMessages]:
        """The channels and threads of open cases, whether or not anything was said there."""
        floor = _id_at(self.services.clock.now() - AT_MOST)
        return [
            MissedMessages(place=place, after=await self._after(place, floor), most=None)
            for place in await self._case_places()
        ]

    async def elsewhere(
        self, *, since: datetime | None, gone_on: bool
    ) -> AsyncIterator[MissedMessages]:
        """Channels, threads and direct conversations with messages newer than the last heard one.

        since: when somebody was listening last. Near the cases it is not relied on. gone_on:
        listening goes on already, so what was heard last in a place tells nothing any more.
        """
        places = await self._case_places()
        day_ago = self.services.clock.now() - FOR_MENTIONS
        floors = _id_at(day_ago), _id_at(max(since or day_ago, day_ago))
        case_channel = {place.channel for place in places}
        async for place, last, is_near in self._talked_in(case_channel, since=since or day_ago):
            floor = floors[0] if is_near and not gone_on else floors[1]
            if place in places or last <= floor:
                continue
            after = floor if gone_on else await self._after(place, floor)
            if last > after:
                yield MissedMessages(place=place, after=after)
        for place in await self._direct(since or day_ago):
            if place not in places:
                after = floors[0] if gone_on else await self._after(place, floors[0])
                yield MissedMessages(place=place, after=after)

    async def _talked_in(
        self, case_channel: Collection[str], *, since: datetime
    ) -> AsyncIterator[tuple[Place, int, bool]]:
        """Visible places of the servers, with the newest message's id, and whether near a case."""
        for guild_id in await self.rooms.guilds():
            try:
                channels = await self._visible(guild_id)
                threads = await self._threads(guild_id)
            except (ChatRefused, NotFound) as error:
                log.warning("no catching up in the server %s: %s", guild_id, error)
                continue
            near_here = {
                channel_id
                for channel_id, listed in channels.items()
                if self._is_near(listed, case_channel)
            }
            if since < self.services.clock.now() - _ARCHIVED_AFTER:
                first = sorted(channels, key=lambda channel_id: channel_id not in near_here)
                threads += await self._archived([channels[channel_id] for channel_id in first])
            for channel_id, listed in channels.items():
                if listed["type"] in _TALKED_IN:
                    yield self._place(channel_id), _newest_id(listed), channel_id in near_here
            for listed in threads:
                parent = str(listed["parent_id"])
                if parent in channels:
                    yield (
                        self._place(parent, str(listed["id"])),
                        _newest_id(listed),
                        parent in near_here,
                    )

    def _place(self, channel: str, thread: str = "") -> Place:
        return place_in(channel, thread, workspace=self.rooms.workspace_id)

    def _is_near(self, channel: dict[str, Any], case_channel: Collection[str]) -> bool:
        """Whether cases are open in the channel, or open there by a route."""
        routed = self.services.rules.routing.channels(PLATFORM)
        names = {name.removeprefix("#").lower() for name in routed}
        is_routed = str(channel["id"]) in names or str(channel["name"]).lower() in names
        return is_routed or str(channel["id"]) in case_channel

    async def _visible(self, guild_id: str) -> dict[str, dict[str, Any]]:
        """The channels in which the bot may read, by id."""
        channels = await self.rooms.channels(guild_id)
        permissions = await BotPermissions(self.rest).in_channels(guild_id, channels)
        return {
            str(channel["id"]): channel
            for channel in channels
            if permissions[str(channel["id"])] & _NEEDED == _NEEDED
        }

    async def _threads(self, guild_id: str) -> list[dict[str, Any]]:
        """The threads of a server that are not archived."""
        active = await self.rest.call(
            "GET", "/guilds/{guild_id}/threads/active", doing="listing threads", guild_id=guild_id
        )
        threads: list[dict[str, Any]] = active["threads"]
        return threads

    async def _archived(self, channels: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Archived threads: of each channel those that were archived last."""
        threads: list[dict[str, Any]] = []
        for channel in [channel for channel in channels if channel["type"] in _THREADED][
            :_MAX_ARCHIVES
        ]:
            try:
                archived = await self.rest.call(
                    "GET",
                    "/channels/{channel_id}/threads/archived/public",
                    doing="listing archived threads",
                    needs=("READ_MESSAGE_HISTORY",),
                    query={"limit": _PAGE},
                    channel_id=str(channel["id"]),
                )
            except (ChatRefused, NotFound) as error:
                log.warning("archived threads of %s are left out: %s", channel["id"], error)
                continue
            threads += archived["threads"]
        return threads

    async def _direct(self, since: datetime) -> list[Place]:
        """Direct conversations, from our own tables: Discord does not list them for bots.

        Of the admins, of whoever was heard last, and those that went on in the week before.
        """
        ours = f"{PLATFORM}:"
        people = [entry for entry in sorted(self.services.rules.admins) if entry.startswith(ours)]
        known = [
            self._place(f"@{entry.removeprefix(ours)}") for entry in (*people, *sorted(self.known))
        ]
        async with self.services.reading() as unit:
            spoken = await unit.incoming.places(PLATFORM, since=since - AT_MOST)
        return list(
            dict.fromkeys([*known, *(entry for entry in (*spoken, *self.seen) if entry.is_direct)])
        )

    async def _case_places(self) -> list[Place]:
        async with self.services.reading() as unit:
            places = await unit.conversation.case_places(PLATFORM)
        return list(dict.fromkeys(place.place for place in places))

    async def _after(self, place: Place, floor: int) -> int:
        """The id of the message to read after."""
        async with self.services.reading() as unit:
            newest = await unit.incoming.newest(place)
        last = int(newest.heard.ref.rpartition("/")[2]) if newest else 0
        return max(last, self.seen.get(place, 0), floor)


def _id_at(moment: datetime) -> int:
    """The id that Discord gives at that moment (reference, "Snowflakes")."""
    return discord.utils.time_snowflake(moment)


def _newest_id(channel: dict[str, Any]) -> int:
    return int(channel.get("last_message_id") or 0)
