"""Checks the token, the intent and each permission, by the names that people see in Discord."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.discord.application import Application
from bot.discord.bot_permissions import BotPermissions
from bot.discord.case_places import is_tag_wanted, usable_tags
from bot.discord.errors import HIDDEN, code_of
from bot.discord.permissions import OWN_CHANNEL, PERMISSIONS, invite_url, needed
from bot.discord.rest import Rest
from bot.discord.rooms import HOMES, POSTS, THREADS, DiscordRooms
from bot.platform import Checked
from core.errors import FaultMavenError, Unavailable
from core.places import CaseRoom

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SETTING = "Check FAULTMAVEN_DISCORD_CHANNEL and the policy file."
_TAGS = "Edit the forum: add a tag that not only moderators may use, or require none."
_KINDS = {2: "a voice channel", 4: "a category", 13: "a stage channel"}


@dataclass(frozen=True)
class DiscordExamination:
    """Asks Discord what the bot may do. room: the kind of place that cases get."""

    rest: Rest
    rooms: DiscordRooms
    room: CaseRoom = CaseRoom.THREAD

    async def of(self, channels: Sequence[str]) -> list[Checked]:
        """The checks of the application, then of each channel."""
        application = Application(self.rest, self.rooms, self.room)
        try:
            await self.rest.log_in()
            described = await application.described()
        except FaultMavenError as error:
            return [Checked(check="discord", says=str(error), advice=error.next_step)]
        return [
            Checked(check="discord", says=f"logged in as {self.rest.client.user}"),
            *await application.examine(described),
            *[await self._channel(channel, str(described["id"])) for channel in channels],
        ]

    async def _channel(self, name: str, application_id: str) -> Checked:
        check = f"discord {name}"
        try:
            channel = await self.rooms.describe(name)
            if "guild_id" not in channel:
                return Checked(check=check, says="is no channel of a server", advice=_SETTING)
            return _unsuitable(check, channel) or await self._permissions(check, channel)
        except FaultMavenError as error:
            invite = invite_url(application_id, self.room)
            return Checked(check=check, says=str(error), advice=_channel_advice(error, invite))

    async def _permissions(self, check: str, channel: dict[str, Any]) -> Checked:
        """Permissions in the channel, and in the server where cases get channels of their own."""
        permissions = BotPermissions(self.rest)
        required = [name for name in needed(self.room) if not _is_moot(name, channel)]
        if missing := _labels(required, await permissions.in_channel(channel)):
            advice = f"Edit the channel's permissions: give the bot's role {missing}."
            return Checked(check=check, says=f"missing: {missing}", advice=advice)
        if self.room is CaseRoom.CHANNEL and channel["type"] not in POSTS:
            held = await permissions.in_guild(str(channel["guild_id"]))
            if missing := _labels(OWN_CHANNEL, held):
                says = f"missing in the server, for channels of cases: {missing}"
                advice = f"In Server Settings, Roles, give the bot's role {missing}."
                return Checked(check=check, says=says, advice=advice)
        return Checked(check=check, says="every permission is there")


def _labels(names: Iterable[str], held: int) -> str:
    """The missing permissions, by the names that people see."""
    return ", ".join(PERMISSIONS[name].label for name in names if not held & PERMISSIONS[name].bit)


def _channel_advice(error: FaultMavenError, invite: str) -> str:
    """What to do about a channel that could not be read."""
    if isinstance(error, Unavailable):
        return error.next_step
    if code_of(error) == HIDDEN:
        return (
            "It is private, most likely: in that channel's settings, Permissions, add the bot "
            f"and allow View Channels. Or the bot is not in that server: {invite}"
        )
    return f"Is the bot in the server? {invite}"


def _is_moot(permission: str, channel: dict[str, Any]) -> bool:
    """Whether the channel's kind makes a permission unnecessary (topics/threads)."""
    return permission == "CREATE_PUBLIC_THREADS" and channel["type"] in POSTS


def _unsuitable(check: str, channel: dict[str, Any]) -> Checked | None:
    """Why no case can open in that channel whatever the bot may do; None where one can."""
    kind = channel["type"]
    if kind not in HOMES:
        name = "a thread" if kind in THREADS else _KINDS.get(kind, "no text channel")
        says = f"is {name}: cases open in text channels and forums"
        return Checked(check=check, says=says, advice=_SETTING)
    if is_tag_wanted(channel) and not usable_tags(channel):
        says = "wants a tag on every post and has none that the bot may use"
        return Checked(check=check, says=says, advice=_TAGS)
    return None
