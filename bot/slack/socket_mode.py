"""Socket Mode: a WebSocket over which Slack sends events, for installations without public address.

Slack: docs.slack.dev/apis/events-api/using-socket-mode. An envelope is acknowledged by its id on
the line it came by, after Bolt has answered 200. The SDK's own client is not used: it goes on with
a one-use address for ever when the first attempt with it fails, and answers on another line.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.slack.errors import RATE, errors_of, name_of
from bot.slack.web import Web
from core.errors import ChatRefused, ChatUnavailable

if TYPE_CHECKING:
    from slack_bolt.response import BoltResponse

log = logging.getLogger(__name__)

_HEARTBEAT_S = 10.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 60.0
_CLOSING = aiohttp.ClientWSTimeout(ws_close=1.0)
_MAX_FAILURES = 10  # that make a difference
_LAST_ANSWERS_S = 3.0  # after that Slack has given up waiting for them
_OK = 200

Answer = Callable[[Callable[[], AsyncBoltRequest]], "Awaitable[BoltResponse]"]
Line = aiohttp.ClientWebSocketResponse


@dataclass(kw_only=True)
class SocketMode:
    """Keeps one line open. connected, lost: called at each change.

    answer: dispatches a request, given as a function that makes it, and returns Bolt's response.
    """

    web: Web
    answer: Answer
    connected: Callable[[], None]
    lost: Callable[[], None]
    _failures: int = 0
    _answering: set[asyncio.Task[None]] = field(default_factory=set)
    _closing: set[asyncio.Task[None]] = field(default_factory=set)

    async def keep_open(self) -> None:
        """Keep a line open until cancelled."""
        try:
            while True:
                wait = await self._once()
                self._failures = min(self._failures + 1, _MAX_FAILURES)
                await asyncio.sleep(wait)
        finally:
            for task in self._answering:
                task.cancel()
            await asyncio.gather(*self._answering, *self._closing, return_exceptions=True)

    async def _once(self) -> float:
        """Use one line to its end; returns the seconds until the next is opened."""
        try:
            line = await self._dial()
        except (ChatUnavailable, ChatRefused) as error:
            wait = self._wait_after(error)
            log.warning("no line to Slack: %s; again in %.1f s", error, wait)
            return wait
        try:
            await self._listen(line)
        finally:
            self.lost()
            self._hang_up(line)
        return _FIRST_WAIT_S if self._failures else 0.0

    def _wait_after(self, error: ChatUnavailable | ChatRefused) -> float:
        """Seconds to wait: as long as Slack asks, else longer each time."""
        if name_of(error) in RATE and isinstance(error, ChatUnavailable):
            return error.retry_after_s or _LONGEST_WAIT_S
        return min(_FIRST_WAIT_S * 2.0**self._failures, _LONGEST_WAIT_S)

    async def _dial(self) -> Line:
        """Open a line; its address is good for one use."""
        with errors_of("apps.connections.open"):
            answer = await self.web.client.apps_connections_open(
                app_token=self.web.access.app_token or ""
            )
        with errors_of("Socket Mode"):
            return await self.web.session.ws_connect(
                str(answer["url"]), heartbeat=_HEARTBEAT_S, timeout=_CLOSING, max_msg_size=0
            )

    async def _listen(self, line: Line) -> None:
        """Read until the line is closed, or Slack asks for another one."""
        async for message in line:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            envelope = _read(message.data)
            match envelope.get("type"):
                case "hello":
                    self._failures = 0
                    self.connected()
                case "disconnect":
                    return
                case _:
                    self._begin(line, envelope)

    def _begin(self, line: Line, envelope: dict[str, Any]) -> None:
        request = SocketModeRequest.from_dict(envelope)
        if request is None:
            return
        task = asyncio.create_task(self._answer(line, request))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, line: Line, request: SocketModeRequest) -> None:
        """Acknowledge an envelope, unless Bolt could not take it: then Slack delivers again."""
        response = await self.answer(
            partial(AsyncBoltRequest, mode="socket_mode", body=request.payload)
        )
        if response.status != _OK:
            return
        payload = json.loads(response.body) if response.body else None
        answer = SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
        try:
            await line.send_json(answer.to_dict())
        except (aiohttp.ClientError, OSError):
            log.info("the line broke before an answer: Slack will deliver again")

    def _hang_up(self, line: Line) -> None:
        """Close the line after its last answers, while the next one opens."""
        task = asyncio.create_task(_hang_up_after(line, set(self._answering)))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _hang_up_after(line: Line, answering: set[asyncio.Task[None]]) -> None:
    if answering and not line.closed:
        await asyncio.wait(answering, timeout=_LAST_ANSWERS_S)
    await line.close()


def _read(data: str) -> dict[str, Any]:
    try:
        envelope = json.loads(data)
    except ValueError:
        return {}
    return envelope if isinstance(envelope, dict) else {}
