"""discord.py's client with addresses and limits of our choice; the library stays as it is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.discord.buckets import PatientHTTP, without_tokens

if TYPE_CHECKING:
    import aiohttp

    from bot.discord.access import DiscordAccess

_GUILDS_WITHIN_S = 0.5  # the bot is in one server, as a rule: none other to wait for


class AddressedHTTP(PatientHTTP):
    """Calls the addresses of `access`; the library keeps Discord's own on two of its classes.

    gateway_url: where the gateway is; empty for the library's own.
    """

    def __init__(self, loop: Any, access: DiscordAccess) -> None:
        super().__init__(loop)
        self.api_url = access.api_url.rstrip("/")
        self.gateway_url = access.gateway_url

    async def request(self, route: Route, **content: Any) -> Any:
        """Call a route of ours or of the library's: they carry the library's address."""
        if route.url.startswith(Route.BASE):
            route.url = self.api_url + route.url.removeprefix(Route.BASE)
        return await super().request(route, **content)

    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        """Connect to the gateway; one that Discord named for a session is left as it is."""
        return await super().ws_connect(self.gateway_instead_of(url), compress=compress)

    def gateway_instead_of(self, url: str) -> str:
        """The address to call where the library calls `url`; what is asked there stays."""
        asked = urlsplit(url)
        if not self.gateway_url or asked.hostname != DiscordWebSocket.DEFAULT_GATEWAY.host:
            return url
        ours = urlsplit(self.gateway_url)
        return ours._replace(path=ours.path or "/", query=asked.query).geturl()


class DiscordClient(discord.Client):
    """A client that keeps no messages and no members: our tables hold what counts."""

    http: AddressedHTTP

    def __init__(self, access: DiscordAccess) -> None:
        logging.getLogger("discord.client").addFilter(is_not_of_voice)
        logging.getLogger("discord.http").addFilter(without_tokens)
        super().__init__(
            intents=intents(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            guild_ready_timeout=_GUILDS_WITHIN_S,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.http = AddressedHTTP(self.loop, access)
        self._connection.http = self.http  # it holds the same one


def intents() -> discord.Intents:
    """The few intents that the bot needs; `permissions.INTENTS` says what each is for."""
    few = discord.Intents.none()
    few.guilds = few.guild_messages = few.dm_messages = few.message_content = True
    return few


def is_not_of_voice(record: logging.LogRecord) -> bool:
    """Log filter: the first client of a process warns that it cannot speak, which ours never do."""
    return not record.getMessage().endswith("voice will NOT be supported")
