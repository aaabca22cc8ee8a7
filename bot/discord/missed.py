"""Where may somebody have spoken to us while we were away, and from which message on?"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import discord

from bot.discord.permissions import PERMISSIONS
from bot.discord.rest import Rest
from bot.discord.rights import Rights
from bot.discord.rooms import NEWS, PLATFORM, POSTS, TEXT, Rooms, place_in
from core.errors import ChatRefused, NotFound
from core.places import Place
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

log = logging.getLogger(__name__)

AT_MOST = timedelta(days=7)  # where a case is at home
FOR_MENTIONS = timedelta(days=1)  # elsewhere: who called us by name then has found another way
MOST = 2_000  # messages of a place that is nobody's home
_VOICE, _STAGE = 2, 13
_TALKED_IN = (TEXT, _VOICE, NEWS, _STAGE)
_WITH_THREADS = (TEXT, NEWS, *POSTS)
_ARCHIVED_AFTER = timedelta(hours=1)  # resources/channel: the shortest time without a word
_PAGE = 50
_MOST_ARCHIVES = 50  # channels, each of which takes a call
_NEEDED = PERMISSIONS["VIEW_CHANNEL"].bit | PERMISSIONS["READ_MESSAGE_HISTORY"].bit


@dataclass(frozen=True, kw_only=True)
class Missed:
    """What was said at a place after the message `after` (its id) may not have been heard.

    most: so many messages at most are read; None for all of them.
    """

    place: Place
    after: int
    most: int | None = MOST


@dataclass
class Whereabouts:
    """Compares what Discord says of its channels with what was heard in them.

    seen: the newest message of each place that this process had, kept or not. known: ids of people
    who spoke with us before.
    """

    rest: Rest
    rooms: Rooms
    services: Services
    seen: dict[Place, int] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    async def homes(self) -> list[Missed]:
        """Where open cases are at home, whether or not anything was said there."""
        floor = _id_at(self.services.clock.now() - AT_MOST)
        return [
            Missed(place=place, after=await self._after(place, floor), most=None)
            for place in await self._homes()
        ]

    async def elsewhere(self, *, since: datetime | None, gone_on: bool) -> AsyncIterator[Missed]:
        """Channels, threads and direct conversations with something newer than we know of.

        since: when somebody was listening last. Near the cases it is not relied on. gone_on:
        listening goes on already, so what was heard last in a place tells nothing any more.
        """
        homes = await self._homes()
        day_ago = self.services.clock.now() - FOR_MENTIONS
        floors = _id_at(day_ago), _id_at(max(since or day_ago, day_ago))
        near = {one.channel for one in homes}
        async for place, last, is_near in self._talked_in(near, since=since or day_ago):
            floor = floors[0] if is_near and not gone_on else floors[1]
            if place in homes or last <= floor:
                continue
            after = floor if gone_on else await self._after(place, floor)
            if last > after:
                yield Missed(place=place, after=after)
        for place in await self._direct(since or day_ago):
            if place not in homes:
                after = floors[0] if gone_on else await self._after(place, floors[0])
                yield Missed(place=place, after=after)

    async def _talked_in(
        self, near: Collection[str], *, since: datetime
    ) -> AsyncIterator[tuple[Place, int, bool]]:
        """Each place of the servers that we see, its newest message, and is it near a case?"""
        for guild_id in await self.rooms.guilds():
            try:
                channels = await self._visible(guild_id)
                threads = await self._threads(guild_id)
            except (ChatRefused, NotFound) as error:
                log.warning("no catching up in the server %s: %s", guild_id, error)
                continue
            near_here = {one for one, told in channels.items() if self._is_near(told, near)}
            if since < self.services.clock.now() - _ARCHIVED_AFTER:
                first = sorted(channels, key=lambda one: one not in near_here)
                threads += await self._archived([channels[one] for one in first])
            for channel_id, told in channels.items():
                if told["type"] in _TALKED_IN:
                    yield place_in(channel_id), _last(told), channel_id in near_here
            for told in threads:
                parent = str(told["parent_id"])
                if parent in channels:
                    yield place_in(parent, str(told["id"])), _last(told), parent in near_here

    def _is_near(self, channel: dict[str, Any], near: Collection[str]) -> bool:
        """Are cases at home there, or do they open there?"""
        routed = self.services.rules.routing.channels(PLATFORM)
        names = {one.removeprefix("#").lower() for one in routed}
        is_routed = str(channel["id"]) in names or str(channel["name"]).lower() in names
        return is_routed or str(channel["id"]) in near

    async def _visible(self, guild_id: str) -> dict[str, dict[str, Any]]:
        """The channels in which the bot may read, by their ids."""
        channels = await self.rooms.channels(guild_id)
        held = await Rights(self.rest).in_channels(guild_id, channels)
        return {
            str(one["id"]): one for one in channels if held[str(one["id"])] & _NEEDED == _NEEDED
        }

    async def _threads(self, guild_id: str) -> list[dict[str, Any]]:
        """Those that are not archived."""
        active = await self.rest.call(
            "GET", "/guilds/{guild_id}/threads/active", doing="listing threads", guild_id=guild_id
        )
        found: list[dict[str, Any]] = active["threads"]
        return found

    async def _archived(self, channels: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Threads that fell asleep meanwhile: of each channel those that did so last."""
        found: list[dict[str, Any]] = []
        for one in [one for one in channels if one["type"] in _WITH_THREADS][:_MOST_ARCHIVES]:
            try:
                archived = await self.rest.call(
                    "GET",
                    "/channels/{channel_id}/threads/archived/public",
                    doing="listing archived threads",
                    needs=("READ_MESSAGE_HISTORY",),
                    query={"limit": _PAGE},
                    channel_id=str(one["id"]),
                )
            except (ChatRefused, NotFound) as error:
                log.warning("archived threads of %s are left out: %s", one["id"], error)
                continue
            found += archived["threads"]
        return found

    async def _direct(self, since: datetime) -> list[Place]:
        """Bots are not told of their direct conversations: those of which we know by ourselves.

        Of the admins, of whoever was heard last, and those that went on in the week before.
        """
        ours, tenant_id = f"{PLATFORM}:", self.services.rules.tenant_id
        people = [one for one in sorted(self.services.rules.admins) if one.startswith(ours)]
        known = [place_in(f"@{one.removeprefix(ours)}") for one in (*people, *sorted(self.known))]
        async with self.services.store.reading() as unit:
            spoken = await unit.hearing.places(tenant_id, PLATFORM, since=since - AT_MOST)
        return list(
            dict.fromkeys([*known, *(one for one in (*spoken, *self.seen) if one.is_direct)])
        )

    async def _homes(self) -> list[Place]:
        async with self.services.store.reading() as unit:
            homes = await unit.conversation.homes(PLATFORM)
        return list(dict.fromkeys(one.place for one in homes))

    async def _after(self, place: Place, floor: int) -> int:
        """The id of the message after which to read."""
        async with self.services.store.reading() as unit:
            newest = await unit.hearing.newest(place)
        last = int(newest.heard.ref.rpartition("/")[2]) if newest else 0
        return max(last, self.seen.get(place, 0), floor)


def _id_at(moment: datetime) -> int:
    """Ids tell the time (reference, "Snowflakes")."""
    return discord.utils.time_snowflake(moment)


def _last(channel: dict[str, Any]) -> int:
    return int(channel.get("last_message_id") or 0)
