"""Who are we in the workspace, and which channel is meant by a name?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.slack.directory import Directory
from bot.slack.errors import is_unknown_method
from bot.slack.paging import LARGEST_PAGE, Paging
from bot.slack.web import Web
from core.errors import ChatRefused, FaultMavenError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHANNELS = "public_channel,private_channel"
CHANNELS_AND_PEOPLE = f"{CHANNELS},im"
_PATIENCE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Me:
    """The bot, as auth.test knows it. scopes: what its token was granted, where told."""

    user: str
    team: str
    enterprise: str = ""
    scopes: frozenset[str] | None = None


@dataclass(kw_only=True)
class Workspace:
    """What is asked of Slack once and does not change while we run."""

    web: Web
    _me: Me | None = None
    _people: dict[str, str] = field(default_factory=dict)  # `@U1` -> id of the conversation
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        self._directory = Directory(web=self.web)

    async def me(self) -> Me:
        """Raises ChatUnavailable while Slack is away."""
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
        """What the bot is in, and is not archived."""
        try:
            async for one in self._listed("users.conversations", kinds):
                yield one
        except FaultMavenError as error:
            if not is_unknown_method(error):
                raise
            async for one in self._listed("conversations.list", kinds):
                if one.get("is_member"):
                    yield one

    async def _listed(self, method: str, kinds: str) -> AsyncIterator[dict[str, Any]]:
        asked = {"types": kinds, "exclude_archived": True, "limit": LARGEST_PAGE}
        paging = Paging(web=self.web, method=method, asked=asked, patience_s=_PATIENCE_S)
        async for page in paging.pages():
            for one in page.get("channels") or ():
                yield one

    async def _auth_test(self) -> Me:
        async with self.web.calling("auth.test"):
            answer = await self.web.client.auth_test()
        said = {name.lower(): value for name, value in answer.headers.items()}
        told = said.get("x-oauth-scopes")
        scopes = (one.strip() for one in (told or "").split(","))
        return Me(
            user=str(answer["user_id"]),
            team=str(answer["team_id"]),
            enterprise=str(answer.get("enterprise_id") or ""),
            scopes=None if told is None else frozenset(one for one in scopes if one),
        )

    async def _direct(self, written: str) -> str:
        async with self.web.calling("conversations.open"):
            answer = await self.web.client.conversations_open(users=written[1:])
        return str(answer["channel"]["id"])

    async def _named(self, written: str) -> str:
        found = await self._directory.id_of(written[1:])
        if found is None:
            message = f"Slack has no channel {written}, or the bot cannot see it"
            raise ChatRefused(
                message,
                next_step="Check its name; into a private channel the bot must be invited first.",
            )
        return found
