"""Computes the bot's permissions in its server and in a channel.

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
class BotPermissions:
    """Asks Discord for the bot's roles, and computes its permissions."""

    rest: Rest

    async def in_guild(self, guild_id: str) -> int:
        """The permission bits that the bot has in the server by its roles."""
        return permissions_in_guild(guild_id, **await self._roles(guild_id))

    async def in_channel(self, channel: dict[str, Any]) -> int:
        """The permission bits that the bot has in a channel, as Discord's API describes it."""
        roles = await self._roles(str(channel["guild_id"]))
        return permissions_in(channel, me=self.rest.me, **roles)

    async def in_channels(
        self, guild_id: str, channels: Iterable[dict[str, Any]]
    ) -> dict[str, int]:
        """The permission bits in each of a server's channels, by channel id."""
        roles = await self._roles(guild_id)
        return {
            str(channel["id"]): permissions_in(
                channel | {"guild_id": guild_id}, me=self.rest.me, **roles
            )
            for channel in channels
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
    """The permission bits of a member's roles together.

    mine: ids of their roles. roles: all of the server, `@everyone` (its id is the server's) too.
    """
    role_ids = {guild_id, *map(str, mine)}
    bits = 0
    for role in roles:
        if str(role["id"]) in role_ids:
            bits |= int(role["permissions"])
    return EVERYTHING if bits & ADMINISTRATOR else bits


def permissions_in(
    channel: dict[str, Any], *, me: str, mine: Iterable[str], roles: Iterable[dict[str, Any]]
) -> int:
    """A member's bits in a channel, after overwrites for everyone, roles and the member."""
    everyone, mine = str(channel["guild_id"]), [*map(str, mine)]
    bits = permissions_in_guild(everyone, mine=mine, roles=roles)
    if bits & ADMINISTRATOR:
        return bits
    overwrites = channel.get("permission_overwrites") or []
    by_id = {str(entry["id"]): (int(entry["deny"]), int(entry["allow"])) for entry in overwrites}
    role_ids = {*mine} - {everyone}
    bits = _overwritten(bits, [by_id.get(everyone, (0, 0))])
    bits = _overwritten(bits, [by_id[entry] for entry in role_ids if entry in by_id])
    return _overwritten(bits, [by_id.get(me, (0, 0))])


def _overwritten(base: int, overwrites: Iterable[tuple[int, int]]) -> int:
    denied = allowed = 0
    for deny, allow in overwrites:
        denied, allowed = denied | deny, allowed | allow
    return base & ~denied | allowed
