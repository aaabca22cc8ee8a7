"""Permissions, intents and scopes with their reasons; manifest, guide and doctor read them here.

Bits are those of Discord's documentation, topics/permissions.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.places import CaseRoom


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One permission: its bit, the name people see in Discord, and what it is needed for."""

    bit: int
    label: str
    reason: str


PERMISSIONS: dict[str, Permission] = {
    "VIEW_CHANNEL": Permission(
        bit=1 << 10, label="View Channels", reason="to see the channel where cases open"
    ),
    "SEND_MESSAGES": Permission(
        bit=1 << 11, label="Send Messages", reason="to post the card of a case"
    ),
    "SEND_MESSAGES_IN_THREADS": Permission(
        bit=1 << 38, label="Send Messages in Threads", reason="to answer in a case's thread"
    ),
    "CREATE_PUBLIC_THREADS": Permission(
        bit=1 << 35, label="Create Public Threads", reason="to give each case a thread"
    ),
    "EMBED_LINKS": Permission(
        bit=1 << 14, label="Embed Links", reason="to draw cards; without it they arrive empty"
    ),
    "ATTACH_FILES": Permission(
        bit=1 << 15, label="Attach Files", reason="to send reports, which are files"
    ),
    "READ_MESSAGE_HISTORY": Permission(
        bit=1 << 16,
        label="Read Message History",
        reason="to catch up after a restart, and to look before posting again",
    ),
    "MANAGE_CHANNELS": Permission(
        bit=1 << 4,
        label="Manage Channels",
        reason="to make a channel for each case, where FAULTMAVEN_CASE_PLACE is `channel`",
    ),
}
ONLY_FOR_CHANNELS = ("MANAGE_CHANNELS",)
ADMINISTRATOR = 1 << 3
MANAGE_ROLES = 1 << 28
EVERYTHING = ~0  # what an administrator may do, whatever Discord adds to it
OWN_CHANNEL = (
    "VIEW_CHANNEL",
    "SEND_MESSAGES",
    "EMBED_LINKS",
    "ATTACH_FILES",
    "READ_MESSAGE_HISTORY",
)  # what the bot grants itself in a channel that it makes

INTENTS: dict[str, str] = {
    "guilds": "to know channels, threads and forums by name",
    "guild_messages": "to hear what is said where a case is at home",
    "dm_messages": "to hear what is said to the bot alone",
    "message_content": "to read it: privileged, switched on in the Developer Portal under Bot",
}
SCOPES: dict[str, str] = {
    "bot": "to be a member of the server",
    "applications.commands": "to offer `/faultmaven` and `/fm`",
}


def needed(room: CaseRoom) -> dict[str, Permission]:
    """The permissions that an installation needs whose cases get that kind of place."""
    if room is CaseRoom.CHANNEL:
        return PERMISSIONS
    return {
        name: permission
        for name, permission in PERMISSIONS.items()
        if name not in ONLY_FOR_CHANNELS
    }


def number_of(permissions: dict[str, Permission]) -> int:
    """The integer of the permissions, as an invite link takes it."""
    return sum(permission.bit for permission in permissions.values())


def invite_url(application_id: str, room: CaseRoom = CaseRoom.THREAD) -> str:
    """The address where a server's owner lets the bot in (Discord: topics/oauth2, "Bot Users")."""
    scopes = "%20".join(SCOPES)
    return (
        f"https://discord.com/oauth2/authorize?client_id={application_id}"
        f"&scope={scopes}&permissions={number_of(needed(room))}"
    )
