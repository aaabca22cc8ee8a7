"""The peer: slack-bolt alone, which acknowledges at once and keeps nothing.

    python -m benchmarks.parts.bare_slack API_URL CHANNEL [PORT]

Tokens are in the environment, as for our own bot. Without a port it listens in Socket Mode; with
one it is called at `/slack/events`, by Bolt's own adapter for Starlette.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

ANY = re.compile("")
BUTTON = {
    "type": "button",
    "action_id": "fm:evidence",
    "value": "1 ",
    "text": {"type": "plain_text", "text": "Evidence"},
}


def main() -> None:
    """Say one thing with a button on it, and then listen."""
    api_url, channel, *port = sys.argv[1:]
    app = app_at(api_url)
    if port:
        asyncio.run(_say(app, channel))
        uvicorn.run(web(app), port=int(port[0]), log_config=None, access_log=False)
    else:
        asyncio.run(_listen(app, channel))


def app_at(api_url: str) -> AsyncApp:
    """All that can come is acknowledged."""
    token = os.environ["FAULTMAVEN_SLACK_BOT_TOKEN"]
    app = AsyncApp(
        client=AsyncWebClient(token=token, base_url=api_url),
        token=token,
        signing_secret=os.environ["FAULTMAVEN_SLACK_SIGNING_SECRET"],
    )
    app.event(ANY)(_acknowledge)
    app.command(ANY)(_acknowledge)
    app.action(ANY)(_acknowledge)
    return app


def web(app: AsyncApp) -> Starlette:
    """The request URL."""
    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])


async def _listen(app: AsyncApp, channel: str) -> None:
    await _say(app, channel)
    handler = AsyncSocketModeHandler(app, os.environ["FAULTMAVEN_SLACK_APP_TOKEN"])
    await handler.start_async()  # type: ignore[no-untyped-call] # slack-bolt


async def _say(app: AsyncApp, channel: str) -> None:
    blocks: list[dict[str, Any]] = [{"type": "actions", "elements": [BUTTON]}]
    await app.client.chat_postMessage(channel=channel, text="here", blocks=blocks)


async def _acknowledge(ack: Callable[[], Awaitable[object]]) -> None:
    await ack()


if __name__ == "__main__":
    main()
