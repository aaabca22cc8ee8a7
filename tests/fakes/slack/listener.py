"""An app of slack-sdk's SocketModeClient alone, to test the fake with."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

    from tests.fakes.slack import FakeSlack
    from tests.fakes.slack.model import Json

SOON_S = 20.0


class AppListener:
    """An app that notes what comes, and answers what a test wrote down."""

    def __init__(self, slack: FakeSlack) -> None:
        web = AsyncWebClient(slack.app.bot_token, base_url=slack.api_url)
        # Reconnects are noticed at each ping.
        self.client = SocketModeClient(slack.app.app_token, web_client=web, ping_interval=0.05)
        self.client.socket_mode_request_listeners.append(self.hear)
        self.slack, self.silent = slack, False
        self.heard: list[SocketModeRequest] = []
        self.answers: dict[str, Json] = {}

    async def hear(self, _: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append(request)
        if not self.silent:
            answer = SocketModeResponse(request.envelope_id, self.answers.get(request.type))
            await self.client.send_socket_mode_response(answer)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Self]:
        before = len(self.slack.sockets.connections)
        await self.client.connect()  # type: ignore[no-untyped-call] # slack-sdk
        await until(lambda: len(self.slack.sockets.connections) > before)
        try:
            yield self
        finally:
            await self.client.close()  # type: ignore[no-untyped-call] # slack-sdk
            await self.client.aiohttp_client_session.close()
            for task in (self.client.message_processor, self.client.current_session_monitor):
                if task is not None:
                    task.cancel()

    def types(self) -> list[str]:
        return [request.payload["event"]["type"] for request in self.heard]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not true():  # noqa: ASYNC110 (nothing tells us)
            await asyncio.sleep(0.005)
