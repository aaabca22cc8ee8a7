"""Compares the application as Discord has it with the settings, for `faultmaven doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.discord.commands import are_registered
from bot.discord.errors import HIDDEN, INTENT, MISSING, code_of
from bot.discord.permissions import invite_url
from bot.discord.rest import CONTENT, CONTENT_IS_OFF, Rest
from bot.discord.rooms import DiscordRooms
from bot.platform import Checked
from core.errors import ChatRefused, Unavailable
from core.places import CaseRoom

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = "Set FAULTMAVEN_DISCORD_PUBLIC_KEY to Public Key (Developer Portal, General Information)"


@dataclass(frozen=True)
class Application:
    """The bot's application and its place in servers. room: the kind of place that cases get."""

    rest: Rest
    rooms: DiscordRooms
    room: CaseRoom = CaseRoom.THREAD

    async def described(self) -> dict[str, Any]:
        """The application, as Discord has it (resources/application). Raises ChatUnavailable."""
        application: dict[str, Any] = await self.rest.call(
            "GET", "/oauth2/applications/@me", doing="asking about the application"
        )
        return application

    async def examine(self, described: dict[str, Any]) -> list[Checked]:
        """Checks of the intent, of where interactions go, and of the commands of servers."""
        return [
            intent(described),
            *interactions(described, public_key=self.rest.access.public_key),
            await self._commands(str(described["id"])),
        ]

    async def _commands(self, application_id: str) -> Checked:
        check, invite = "discord commands", invite_url(application_id, self.room)
        try:
            guilds = await self.rooms.guilds()
            if not guilds:
                return Checked(check=check, says="the bot is in no server", advice=f"Open {invite}")
            missing = [
                guild for guild in guilds if not await self._are_offered(application_id, guild)
            ]
        except Unavailable as error:
            return Checked(check=check, says=str(error), advice=error.next_step)
        except ChatRefused as error:
            if code_of(error) not in (HIDDEN, MISSING):
                return Checked(check=check, says=str(error), advice=error.next_step)
            says = "the scope applications.commands is missing: nobody is offered /fm"
            return Checked(check=check, says=says, advice=f"Invite the bot once more: {invite}")
        if missing:
            # No fault before the first start: the bot offers them itself.
            return Checked(check=check, says="offered when the bot process starts")
        return Checked(check=check, says="/faultmaven, /fm and Add to case are offered")

    async def _are_offered(self, application_id: str, guild_id: str) -> bool:
        registered = await self.rest.call(
            "GET",
            "/applications/{application_id}/guilds/{guild_id}/commands",
            doing="looking for our commands",
            application_id=application_id,
            guild_id=guild_id,
        )
        return are_registered(registered)


def intent(described: dict[str, Any]) -> Checked:
    """Checks that the one privileged intent that the bot needs is switched on."""
    check = "discord intents"
    if int(described.get("flags") or 0) & CONTENT:
        return Checked(check=check, says="Message Content is on")
    return Checked(check=check, says=CONTENT_IS_OFF, advice=INTENT)


def interactions(described: dict[str, Any], *, public_key: str) -> Iterator[Checked]:
    """Checks where Discord posts interactions: only to the portal's address, where one is set."""
    check, url = "discord interactions", str(described.get("interactions_endpoint_url") or "")
    if url and not public_key:
        says = f"commands and buttons are posted to {url}, where nothing can check who posts them"
        yield Checked(check=check, says=says, advice=f"{_KEY}, or empty that field in the portal.")
    elif public_key and public_key.lower() != str(described.get("verify_key", "")).lower():
        says = "the public key in the settings is that of another application"
        yield Checked(check=check, says=says, advice=f"{_KEY}.")
    elif url:
        yield Checked(check=check, says=f"posted to {url}, and the key fits")
