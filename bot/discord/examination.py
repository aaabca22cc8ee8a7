"""What is missing? The token, the intent and each permission, by the names that people see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.discord.errors import INTENT
from bot.discord.permissions import ADMINISTRATOR, PERMISSIONS, invite_url, needed
from bot.discord.rest import Rest
from bot.discord.rooms import POSTS, Rooms
from bot.platform import Checked
from core.conversation.model import Room
from core.errors import FaultMavenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CONTENT, _CONTENT_LIMITED = 1 << 18, 1 << 19  # resources/application, "Application Flags"
_SETTING = "Check FAULTMAVEN_DISCORD_CHANNEL and the policy file."


@dataclass(frozen=True)
class Examination:
    """Asks Discord what the bot may do. room: what cases get, for what only some rooms need."""

    rest: Rest
    rooms: Rooms
    room: Room = Room.THREAD

    async def of(self, channels: Sequence[str]) -> list[Checked]:
        """Of the application first, then of each channel."""
        try:
            await self.rest.log_in()
            application = await self._application()
        except FaultMavenError as error:
            return [Checked(check="discord", says=str(error), advice=error.next_step)]
        me = self.rest.client.user
        application_id = str(application["id"])
        return [
            Checked(check="discord", says=f"logged in as {me}"),
            _intent(application),
            *[await self._channel(channel, application_id) for channel in channels],
        ]

    async def _application(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.rest.call(
            "GET", "/oauth2/applications/@me", doing="asking about the application"
        )
        return found

    async def _channel(self, name: str, application_id: str) -> Checked:
        check = f"discord {name}"
        try:
            channel = await self.rooms.describe(name)
            if "guild_id" not in channel:
                return Checked(check=check, says="is no channel of a server", advice=_SETTING)
            held = await self._held(channel)
        except FaultMavenError as error:
            invite = f"Is the bot in the server? {invite_url(application_id, self.room)}"
            return Checked(check=check, says=str(error), advice=invite)
        missing = [
            one.label
            for permission, one in needed(self.room).items()
            if not held & one.bit and not _is_moot(permission, channel)
        ]
        if not missing:
            return Checked(check=check, says="every permission is there")
        lacks = ", ".join(missing)
        advice = f"Edit the channel's permissions: give the bot's role {lacks}."
        return Checked(check=check, says=f"missing: {lacks}", advice=advice)

    async def _held(self, channel: dict[str, Any]) -> int:
        guild_id = str(channel["guild_id"])
        me = str(self.rest.client.user.id) if self.rest.client.user else ""
        member = await self.rest.call(
            "GET",
            "/guilds/{guild_id}/members/{user_id}",
            doing="asking for the bot's roles",
            guild_id=guild_id,
            user_id=me,
        )
        roles = await self.rest.call(
            "GET", "/guilds/{guild_id}/roles", doing="asking for roles", guild_id=guild_id
        )
        return permissions_in(channel, me=me, mine=member["roles"], roles=roles)


def permissions_in(
    channel: dict[str, Any],
    *,
    me: str,
    mine: Iterable[str],
    roles: Iterable[dict[str, Any]],
) -> int:
    """The bits that somebody has in a channel (topics/permissions, "Permission Overwrites").

    mine: ids of their roles. roles: all of the server, `@everyone` (its id is the server's) too.
    """
    everyone = str(channel["guild_id"])
    worn = {everyone, *map(str, mine)}
    base = 0
    for role in roles:
        if str(role["id"]) in worn:
            base |= int(role["permissions"])
    if base & ADMINISTRATOR:
        return sum(one.bit for one in PERMISSIONS.values())
    overwrites = channel.get("permission_overwrites") or []
    by_id = {str(one["id"]): (int(one["deny"]), int(one["allow"])) for one in overwrites}
    base = _overwritten(base, [by_id.get(everyone, (0, 0))])
    base = _overwritten(base, [by_id[one] for one in worn - {everyone} if one in by_id])
    return _overwritten(base, [by_id.get(me, (0, 0))])


def _overwritten(base: int, overwrites: Iterable[tuple[int, int]]) -> int:
    denied = allowed = 0
    for deny, allow in overwrites:
        denied, allowed = denied | deny, allowed | allow
    return base & ~denied | allowed


def _is_moot(permission: str, channel: dict[str, Any]) -> bool:
    """A post in a forum is a thread that takes Send Messages alone to make (topics/threads)."""
    return permission == "CREATE_PUBLIC_THREADS" and channel["type"] in POSTS


def _intent(application: dict[str, Any]) -> Checked:
    flags = int(application.get("flags") or 0)
    check = "discord intents"
    if flags & (_CONTENT | _CONTENT_LIMITED):
        return Checked(check=check, says="Message Content is on")
    says = "Message Content is off: without our name in it, nothing said in threads is heard"
    return Checked(check=check, says=says, advice=INTENT)
