"""The bot's identity in the workspace, and the ids of channels by name."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.slack.channel_directory import ChannelDirectory
from bot.slack.errors import is_unknown_method
from bot.slack.pagination import LARGEST_PAGE, Paging
from bot.slack.web import Web
from core.errors import ChatRefused, FaultMavenError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHANNELS = "public_channel,private_channel"
CHANNELS_AND_PEOPLE = f"{CHANNELS},im"
_PATIENCE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class BotIdentity:
    """The bot, as auth.test describes it. scopes: those of its token; None where not sent."""

    user: str
    team: str
    enterprise: str = ""
    scopes: frozenset[str] | None = None


@dataclass(kw_only=True)
class SlackWorkspace:
    """What is asked of Slack once and does not change while the process runs."""

    web: Web
    id: str = ""  # ours, as places name it
    _me: BotIdentity | None = None
    _people: dict[str, str] = field(default_factory=dict)  # `@U1` -> id of the conversation
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _directory: ChannelDirectory = field(init=False)

    def __post_init__(self) -> None:
        self._directory = ChannelDirectory(web=self.web)

    async def me(self) -> BotIdentity:
        """The bot's identity. Raises ChatUnavailable while Slack is away."""
        async with self._asking:
            if self._me is None:
                self._me = await self._auth_test()
            return self._me

    async def channel(self, written: str) -> str:
        """The id of `C0123`, `#incidents`, or `@U0123` for a direct conversation.

        Raises ChatRefused where there is no such channel.
        """
        if written[:1] == "#":
            return await self._named(written)
        if written[:1] != "@":
            return written
        if written not in self._people:
            self._people[written] = await self._direct(written)
        return self._people[written]

    async def joined(self, kinds: str = CHANNELS) -> AsyncIterator[dict[str, Any]]:
        """Conversations that the bot is in, without archived ones."""
        try:
            async for conversation in self._listed("users.conversations", kinds):
                yield conversation
        except FaultMavenError as error:
            if not is_unknown_method(error):
                raise
            async for conversation in self._listed("conversations.list", kinds):
                if conversation.get("is_member"):
                    yield conversation

    async def _listed(self, method: str, kinds: str) -> AsyncIterator[dict[str, Any]]:
        query = {"types": kinds, "exclude_archived": True, "limit": LARGEST_PAGE}
        paging = Paging(web=self.web, method=method, asked=query, patience_s=_PATIENCE_S)
        async for page in paging.pages():
            for conversation in page.get("channels") or ():
                yield conversation

    async def _auth_test(self) -> BotIdentity:
        async with self.web.calling("auth.test"):
            answer = await self.web.client.auth_test()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        granted = headers.get("x-oauth-scopes")
        scopes = (scope.strip() for scope in (granted or "").split(","))
        return BotIdentity(
            user=str(answer["user_id"]),
            team=str(answer["team_id"]),
            enterprise=str(answer.get("enterprise_id") or ""),
            scopes=None if granted is None else frozenset(scope for scope in scopes if scope),
        )

    async def _direct(self, written: str) -> str:
        async with self.web.calling("conversations.open"):
            answer = await self.web.client.conversations_open(users=written[1:])
        return str(answer["channel"]["id"])

    async def _named(self, written: str) -> str:
        channel_id = await self._directory.id_of(written[1:])
        if channel_id is None:
            message = f"Slack has no channel {written}, or the bot cannot see it"
            raise ChatRefused(
                message,
                next_step="Check its name; into a private channel the bot must be invited first.",
            )
        return channel_id
