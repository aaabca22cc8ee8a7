"""Who sees the channel of a case? Whoever sees the one it is announced in. Pure functions.

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
    """Those of `channel`, as far as the bot may set them, and entries for `people`.

    people: the bot, which is locked out of a private channel without, and who is invited. held:
    the bot's permissions in the server. Raises ChatRefused where the channel would be seen by
    more people than the one that it is like, or not by the bot.
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
    kept = [
        _overwrite(
            str(one["id"]),
            one["type"],
            allow=int(one["allow"]) & settable,
            deny=int(one["deny"]) & settable,
        )
        for one in channel.get("permission_overwrites") or []
        if str(one["id"]) not in people
    ]
    return [*kept, *(_overwrite(one, _MEMBER, allow=_ALLOWED & settable) for one in people)]


def _overwrite(who: str, kind: int, *, allow: int, deny: int = 0) -> dict[str, Any]:
    return {"id": who, "type": kind, "allow": str(allow), "deny": str(deny)}
