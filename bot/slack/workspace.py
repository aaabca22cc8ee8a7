"""Who are we in the workspace, and which channel is meant by a name?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.slack.web import Web
from core.errors import ChatRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PAGE = 200
_KINDS = "public_channel,private_channel"


@dataclass(frozen=True, kw_only=True)
class Me:
    """The bot, as auth.test knows it. scopes: what its token was granted."""

    user: str
    team: str
    enterprise: str = ""
    scopes: frozenset[str] = frozenset()


@dataclass(kw_only=True)
class Workspace:
    """What is asked of Slack once and does not change while we run."""

    web: Web
    _me: Me | None = None
    _channels: dict[str, str] = field(default_factory=dict)  # as people write it -> id
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

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
        if written[:1] not in ("#", "@"):
            return written
        if written not in self._channels:
            found = await (self._direct(written) if written[0] == "@" else self._named(written))
            self._channels[written] = found
        return self._channels[written]

    async def channels(self) -> AsyncIterator[dict[str, Any]]:
        """All that the bot can see, archived ones too."""
        cursor = ""
        while True:
            async with self.web.calling("conversations.list"):
                page = await self.web.client.conversations_list(
                    types=_KINDS, limit=_PAGE, cursor=cursor or None
                )
            for one in page.get("channels") or ():
                yield one
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def _auth_test(self) -> Me:
        async with self.web.calling("auth.test"):
            answer = await self.web.client.auth_test()
        said = {name.lower(): value for name, value in answer.headers.items()}
        scopes = (one.strip() for one in said.get("x-oauth-scopes", "").split(","))
        return Me(
            user=str(answer["user_id"]),
            team=str(answer["team_id"]),
            enterprise=str(answer.get("enterprise_id") or ""),
            scopes=frozenset(one for one in scopes if one),
        )

    async def _direct(self, written: str) -> str:
        async with self.web.calling("conversations.open"):
            answer = await self.web.client.conversations_open(users=written[1:])
        return str(answer["channel"]["id"])

    async def _named(self, written: str) -> str:
        async for one in self.channels():
            if one.get("name") == written[1:] and not one.get("is_archived"):
                return str(one["id"])
        message = f"Slack has no channel {written}, or the bot cannot see it"
        raise ChatRefused(
            message,
            next_step="Check its name; into a private channel the bot must be invited first.",
        )
