"""Socket Mode: the WebSockets that an app holds open, and envelopes through one of them.

Slack: docs.slack.dev/apis/events-api/using-socket-mode: up to 10 connections, each payload goes to
one of them, `hello` first, `disconnect` before a connection is recycled, each envelope is to be
acknowledged by its `envelope_id`.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from tests.fakes.slack.office import AppDelivery, Attempt

if TYPE_CHECKING:
    from tests.fakes.slack.model import Json

MAX_CONNECTIONS = 10


@dataclass(eq=False)
class SocketConnection:
    """One WebSocket of the app. `waiting` are envelopes that it has not acknowledged."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request = field(repr=False)
    waiting: dict[str, tuple[Attempt, asyncio.Future[bool]]] = field(default_factory=dict)
    received: int = 0
    acknowledged: int = 0

    async def say_disconnect(self, reason: str) -> None:
        """Whoever has gone meanwhile does not hear it."""
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}}
        with contextlib.suppress(ConnectionError):
            await self.socket.send_json(message)

    def drop(self) -> None:
        """The network is gone: no close frame, nothing."""
        if self.request.transport is not None:
            self.request.transport.abort()

    def end(self) -> None:
        for _, arrived in self.waiting.values():
            if not arrived.done():
                arrived.set_result(False)

    def acknowledge(self, envelope: Json) -> None:
        """Late ones are noted too; what was never sent is ignored."""
        attempt, arrived = self.waiting.pop(envelope.get("envelope_id", ""), (None, None))
        if attempt is None or arrived is None:
            return
        self.acknowledged += 1
        attempt.answered(envelope.get("payload") or {}, in_time=not arrived.done())
        if not arrived.done():
            arrived.set_result(True)


@dataclass
class Sockets:
    """All connections of the app, as a carrier of deliveries."""

    app_id: str
    chance: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311
    connections: list[SocketConnection] = field(default_factory=list)
    made: int = 0

    async def attend(self, request: web.Request) -> web.WebSocketResponse:
        """Until the app or the network ends it."""
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        if len(self.connections) >= MAX_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self.made += 1
        connection = SocketConnection(self.made, socket, request)
        await socket.send_json(self._hello())
        self.connections.append(connection)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    connection.acknowledge(message.json())
        finally:
            if connection in self.connections:
                self.connections.remove(connection)
            connection.end()
        return socket

    async def carry(self, delivery: AppDelivery, attempt: Attempt, *, patience_s: float) -> None:
        if not self.connections:
            attempt.failed = "connection_failed"
            return
        connection = self.chance.choice(self.connections)
        envelope_id = str(uuid.uuid4())
        arrived = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = attempt, arrived
        connection.received += 1
        try:
            await connection.socket.send_json(_envelope(envelope_id, delivery, attempt))
            async with asyncio.timeout(patience_s):
                if not await asyncio.shield(arrived):
                    attempt.failed = "connection_failed"
        except TimeoutError:
            attempt.failed = "http_timeout"
            arrived.cancel()
        except ConnectionError:
            attempt.failed = "connection_failed"

    async def recycle(self, *, after_s: float) -> None:
        """Ask for new connections as Slack does: a warning, the request, and then the end."""
        old = list(self.connections)
        for connection in old:
            for reason in ("warning", "refresh_requested"):
                await connection.say_disconnect(reason)
        await asyncio.sleep(after_s)
        for connection in old:
            await connection.socket.close()

    def drop(self) -> int:
        """Kill every connection abruptly; how many there were."""
        dropped, self.connections = self.connections, []
        for connection in dropped:
            connection.drop()
        return len(dropped)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "debug_info": {"host": "fake", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self.app_id},
        }


def _envelope(envelope_id: str, delivery: AppDelivery, attempt: Attempt) -> Json:
    envelope = {
        "envelope_id": envelope_id,
        "payload": delivery.payload,
        "type": delivery.kind,
        "accepts_response_payload": delivery.kind != "events_api",
    }
    if delivery.kind == "events_api":
        envelope |= {
            "retry_attempt": attempt.number,
            "retry_reason": attempt.reason.removeprefix("http_"),
        }
    return envelope
