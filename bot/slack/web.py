"""One door to Slack's Web API: within the budgets, and with our errors."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.access import SlackAccess
from bot.slack.budgets import Budgets
from bot.slack.errors import errors_of
from core.errors import ChatUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True, kw_only=True)
class Web:
    """The SDK's client, and what every call of it goes through."""

    access: SlackAccess
    client: AsyncWebClient
    session: aiohttp.ClientSession
    budgets: Budgets = field(default_factory=Budgets)

    @asynccontextmanager
    async def calling(self, method: str, *, channel: str = "") -> AsyncIterator[None]:
        """The block makes one call of `method`. Raises ChatUnavailable, ChatRefused, NotFound."""
        await self.budgets.take(method, channel=channel)
        try:
            with errors_of(method):
                yield
        except ChatUnavailable as error:
            if error.retry_after_s is not None:
                self.budgets.rest(method, seconds=error.retry_after_s, channel=channel)
            raise
