"""What may the bot do: in its server, and in one channel of it?

Source: Discord, topics/permissions, "Permission Overwrites". An owner is never a bot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.discord.permissions import ADMINISTRATOR, EVERYTHING
from bot.discord.rest import Rest

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Rights:
    """Asks Discord for the bot's roles, and computes."""

    rest: Rest

    async def in_guild(self, guild_id: str) -> int:
        """The bits that the bot has by its roles."""
        return permissions_in_guild(guild_id, **await self._roles(guild_id))

    async def in_channel(self, channel: dict[str, Any]) -> int:
        """The bits that are left in a channel, as Discord's API describes it."""
        worn = await self._roles(str(channel["guild_id"]))
        return permissions_in(channel, me=self.rest.me, **worn)

    async def in_channels(
        self, guild_id: str, channels: Iterable[dict[str, Any]]
    ) -> dict[str, int]:
        """The same for many channels of one server, by their ids."""
        worn = await self._roles(guild_id)
        return {
            str(one["id"]): permissions_in(one | {"guild_id": guild_id}, me=self.rest.me, **worn)
            for one in channels
        }

    async def _roles(self, guild_id: str) -> dict[str, Any]:
        member = await self.rest.call(
            "GET",
            "/guilds/{guild_id}/members/{user_id}",
            doing="asking for the bot's roles",
            guild_id=guild_id,
            user_id=self.rest.me,
        )
        roles = await self.rest.call(
            "GET", "/guilds/{guild_id}/roles", doing="asking for roles", guild_id=guild_id
        )
        return {"mine": member["roles"], "roles": roles}


def permissions_in_guild(
    guild_id: str, *, mine: Iterable[str], roles: Iterable[dict[str, Any]]
) -> int:
    """The bits of somebody's roles together.

    mine: ids of their roles. roles: all of the server, `@everyone` (its id is the server's) too.
    """
    worn = {guild_id, *map(str, mine)}
    held = 0
    for role in roles:
        if str(role["id"]) in worn:
            held |= int(role["permissions"])
    return EVERYTHING if held & ADMINISTRATOR else held


def permissions_in(
    channel: dict[str, Any], *, me: str, mine: Iterable[str], roles: Iterable[dict[str, Any]]
) -> int:
    """The bits that somebody has in a channel: overwrites of all, of roles, of themselves."""
    everyone, mine = str(channel["guild_id"]), [*map(str, mine)]
    held = permissions_in_guild(everyone, mine=mine, roles=roles)
    if held & ADMINISTRATOR:
        return held
    overwrites = channel.get("permission_overwrites") or []
    by_id = {str(one["id"]): (int(one["deny"]), int(one["allow"])) for one in overwrites}
    worn = {*mine} - {everyone}
    held = _overwritten(held, [by_id.get(everyone, (0, 0))])
    held = _overwritten(held, [by_id[one] for one in worn if one in by_id])
    return _overwritten(held, [by_id.get(me, (0, 0))])


def _overwritten(base: int, overwrites: Iterable[tuple[int, int]]) -> int:
    denied = allowed = 0
    for deny, allow in overwrites:
        denied, allowed = denied | deny, allowed | allow
    return base & ~denied | allowed
