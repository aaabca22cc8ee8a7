"""Slack's Web API, called within the rate limits and with our errors."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.access import SlackAccess
from bot.slack.budgets import Budgets
from bot.slack.errors import errors_of
from core.errors import ChatUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Web:
    """The SDK's client, with the rate limits of all its calls."""

    access: SlackAccess
    client: AsyncWebClient
    session: aiohttp.ClientSession
    budgets: Budgets = field(default_factory=Budgets)

    @asynccontextmanager
    async def calling(
        self, method: str, *, channel: str = "", aside: bool = False
    ) -> AsyncIterator[None]:
        """Make one call of `method` in the block. Raises ChatUnavailable, ChatRefused, NotFound.

        aside: nobody waits for it.
        """
        await self.budgets.take(method, channel=channel, aside=aside)
        try:
            with errors_of(method):
                yield
        except ChatUnavailable as error:
            if error.retry_after_s is not None:
                self.budgets.rest(method, seconds=error.retry_after_s, channel=channel)
            raise


async def patiently(call: Callable[[], Awaitable[T]], *, patience_s: float) -> T:
    """The call's answer, after waiting where the budget or Slack demands it.

    Raises ChatUnavailable where that takes longer than `patience_s` altogether.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    while True:
        try:
            return await call()
        except ChatUnavailable as error:
            wait = error.retry_after_s
            if wait is None or loop.time() + wait > until:
                raise
        await asyncio.sleep(wait)
