"""Permissions of a case's channel: whoever sees the channel that announces it sees it. Pure.

Discord takes no bit of an overwrite that the bot does not have in the server itself, and Manage
Permissions (MANAGE_ROLES) from administrators only; one bit too many, and it refuses the channel
with 50013 (resources/guild, "Create Guild Channel").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.discord.permissions import ADMINISTRATOR, MANAGE_ROLES, OWN_CHANNEL, PERMISSIONS
from core.errors import ChatRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEMBER = 1  # the kind of an overwrite for one person
_VIEW = PERMISSIONS["VIEW_CHANNEL"].bit
_ALLOWED = sum(PERMISSIONS[name].bit for name in OWN_CHANNEL)


def overwrites_like(
    channel: dict[str, Any], *, people: Sequence[str], held: int
) -> list[dict[str, Any]]:
    """The overwrites of `channel`, as far as the bot may set them, and entries for `people`.

    people: the bot, which is locked out of a private channel without an entry, and who is invited.
    held: the bot's permissions in the server. Raises ChatRefused where more people would see the
    new channel than see `channel`, or where the bot would not see it.
    """
    if not held & _VIEW:
        message = (
            "Discord: making a channel for a case: the bot has View Channels in single channels "
            "only, so it can hide the new one from nobody and would not see it itself"
        )
        step = "Give the bot's role View Channels in Server Settings, Roles, or use threads."
        raise ChatRefused(message, next_step=step)
    settable = held if held & ADMINISTRATOR else held & ~MANAGE_ROLES
    # Without the view nobody reads: a bit of any other kind that is left out shows nothing.
    copied = [
        _overwrite(
            str(entry["id"]),
            entry["type"],
            allow=int(entry["allow"]) & settable,
            deny=int(entry["deny"]) & settable,
        )
        for entry in channel.get("permission_overwrites") or []
        if str(entry["id"]) not in people
    ]
    return [*copied, *(_overwrite(entry, _MEMBER, allow=_ALLOWED & settable) for entry in people)]


def is_seen_by_everybody(
    channel: dict[str, Any], roles: Sequence[dict[str, Any]], everyone: str
) -> bool:
    """Whether all of the server see the channel: no role and no person is kept out of it.

    everyone: the role of everybody, by whose overwrite it is seen, else by what it has in the
    server.
    """
    overwrites = channel.get("permission_overwrites") or []
    if any(int(entry["deny"]) & _VIEW for entry in overwrites):
        return False
    shown = any(str(each["id"]) == everyone and int(each["allow"]) & _VIEW for each in overwrites)
    return shown or any(
        str(each["id"]) == everyone and int(each["permissions"]) & _VIEW for each in roles
    )


def sees(bits: int) -> bool:
    """Whether somebody with these permissions in a channel sees it."""
    return bool(bits & (_VIEW | ADMINISTRATOR))


def _overwrite(subject: str, kind: int, *, allow: int, deny: int = 0) -> dict[str, Any]:
    return {"id": subject, "type": kind, "allow": str(allow), "deny": str(deny)}
