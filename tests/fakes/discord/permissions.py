"""Permissions, computed as Discord does it. Discord: topics/permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fakes.discord.model import Channel, GuildMember, Role

BITS = {
    "ADMINISTRATOR": 1 << 3,
    "MANAGE_CHANNELS": 1 << 4,
    "ADD_REACTIONS": 1 << 6,
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "MANAGE_MESSAGES": 1 << 13,
    "EMBED_LINKS": 1 << 14,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "MENTION_EVERYONE": 1 << 17,
    "MANAGE_ROLES": 1 << 28,
    "MANAGE_WEBHOOKS": 1 << 29,
    "USE_APPLICATION_COMMANDS": 1 << 31,
    "MANAGE_THREADS": 1 << 34,
    "CREATE_PUBLIC_THREADS": 1 << 35,
    "CREATE_PRIVATE_THREADS": 1 << 36,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
    "PIN_MESSAGES": 1 << 51,
    "BYPASS_SLOWMODE": 1 << 52,
}
EVERYTHING = (1 << 53) - 1


def bits(*names: str) -> int:
    """The integer of these permissions. Raises KeyError for a name that Discord does not know."""
    return sum({BITS[name] for name in names})


def missing_in(held: int, *names: str) -> list[str]:
    return [name for name in names if not held & BITS[name]]


# What everyone may do in a new guild, as far as it matters here.
OF_EVERYONE = bits(
    "ADD_REACTIONS",
    "VIEW_CHANNEL",
    "SEND_MESSAGES",
    "EMBED_LINKS",
    "ATTACH_FILES",
    "READ_MESSAGE_HISTORY",
    "USE_APPLICATION_COMMANDS",
    "CREATE_PUBLIC_THREADS",
    "SEND_MESSAGES_IN_THREADS",
)


def in_guild(
    member: GuildMember, roles: Mapping[str, Role], *, guild_id: str, owner_id: str
) -> int:
    """Base permissions: those of @everyone (its id is the guild's) and of each role."""
    if member.id == owner_id:
        return EVERYTHING
    held = roles[guild_id].permissions
    for role in member.roles:
        held |= roles[role].permissions
    return EVERYTHING if held & BITS["ADMINISTRATOR"] else held


def in_channel(base: int, member: GuildMember, channel: Channel, *, guild_id: str) -> int:
    """Base permissions under the overwrites of @everyone, of roles together, of the member."""
    if base & BITS["ADMINISTRATOR"]:
        return EVERYTHING
    held = base
    everyone = channel.overwrites.get(guild_id)
    if everyone:
        held = held & ~everyone.deny | everyone.allow
    of_roles = [channel.overwrites[role] for role in member.roles if role in channel.overwrites]
    for overwrite in of_roles:
        held &= ~overwrite.deny
    for overwrite in of_roles:
        held |= overwrite.allow
    own = channel.overwrites.get(member.id)
    if own:
        held = held & ~own.deny | own.allow
    # Without the view of it nothing else counts ("Implicit Permissions").
    return held if held & BITS["VIEW_CHANNEL"] else 0
