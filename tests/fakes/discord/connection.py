"""One WebSocket of the gateway: frames, compression, heartbeats, and how it ends.

Sources: Discord: events/gateway ("Connection Lifecycle", "Transport Compression", "Rate
Limiting"), topics/opcodes-and-status-codes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.discord.model import Wire

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME = 0, 1, 2, 3, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11
SENT_BYTES, SENT_PER_MINUTE = 4_096, 120
HEARTBEAT_GRACE = 1.5  # intervals without one until the connection is closed


class Closing(Exception):
    """The connection is closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class ConnectedSession(Protocol):
    """A session, as far as a connection knows it."""

    async def pump(self, connection: GatewayConnection) -> None: ...
    def asked_for_members(self, data: Wire) -> None: ...


Authenticate = Callable[["GatewayConnection", int, "Wire"], Awaitable[ConnectedSession | None]]


@dataclass(eq=False)
class GatewayConnection:
    """`heartbeats` are the sequence numbers that came with them."""

    heartbeat_ms: int
    socket: web.WebSocketResponse = field(default_factory=lambda: web.WebSocketResponse(timeout=1))
    heartbeats: list[int | None] = field(default_factory=list)
    received: list[float] = field(default_factory=list)
    _request: web.Request | None = None
    _squeeze: zlib._Compress | None = None
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self, request: web.Request) -> None:
        """Raises HTTPBadRequest for a version or encoding that is not spoken here."""
        if request.query.get("encoding", "json") != "json":
            raise web.HTTPBadRequest(text="only encoding=json")
        self._request = request
        # zstd-stream has no module in this Python: who asks for it gets plain text, which clients
        # take as well, because text frames are never compressed.
        if request.query.get("compress") == "zlib-stream":
            self._squeeze = zlib.compressobj()
        await self.socket.prepare(request)
        if request.query.get("v", "10") not in ("9", "10"):
            await self.close(4012, "Invalid API version.")
            return
        await self.send({"op": HELLO, "d": {"heartbeat_interval": self.heartbeat_ms}})

    async def send(self, payload: Wire) -> None:
        """What a connection that has just ended does not take is told when it is resumed."""
        async with self._one_at_a_time:
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self._send(json.dumps(payload))

    async def _send(self, text: str) -> None:
        if self._squeeze is None:
            await self.socket.send_str(text)
            return
        data = self._squeeze.compress(text.encode())
        await self.socket.send_bytes(data + self._squeeze.flush(zlib.Z_SYNC_FLUSH))

    async def run(self, authenticate: Authenticate) -> None:
        """Reads until the end; the first Identify or Resume goes to `authenticate`."""
        pump: asyncio.Task[None] | None = None
        try:
            session = await self._begin(authenticate)
            if session:
                pump = asyncio.create_task(session.pump(self))
                await self._listen(session)
        except Closing as closing:
            await self.close(closing.code, closing.reason)
        finally:
            if pump:
                pump.cancel()
                await asyncio.gather(pump, return_exceptions=True)

    async def _begin(self, authenticate: Authenticate) -> ConnectedSession | None:
        """None where the connection ends before there is a session. Raises Closing."""
        async for op, data in self._payloads():
            if op not in (IDENTIFY, RESUME):
                raise Closing(4003, "Not authenticated.")
            session = await authenticate(self, op, data["d"])
            if session:
                return session
        return None

    async def _listen(self, session: ConnectedSession) -> None:
        async for op, data in self._payloads():
            if op in (IDENTIFY, RESUME):
                raise Closing(4005, "Already authenticated.")
            if op == REQUEST_MEMBERS:
                session.asked_for_members(data["d"])
            elif op != PRESENCE:
                raise Closing(4001, "Unknown opcode.")

    async def _payloads(self) -> AsyncIterator[tuple[int, Wire]]:
        """What comes, heartbeats apart. Raises Closing where those do not come."""
        patience_s = self.heartbeat_ms / 1000 * HEARTBEAT_GRACE
        while not self.socket.closed:
            try:
                message = await self.socket.receive(timeout=patience_s)
            except TimeoutError:
                raise Closing(4000, "No heartbeat.") from None
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            op, data = self._read(message.data)
            if op == HEARTBEAT:
                self.heartbeats.append(data.get("d"))
                await self.send({"op": HEARTBEAT_ACK})
            else:
                yield op, data

    def _read(self, data: str | bytes) -> tuple[int, Wire]:
        """Raises Closing for what is too long (4002), no payload (4002), or too often (4008)."""
        now = time.monotonic()
        self.received = [at for at in self.received if now - at < 60] + [now]
        if len(self.received) > SENT_PER_MINUTE:
            raise Closing(4008, "Rate limited.")
        if len(data) > SENT_BYTES:
            raise Closing(4002, "Error while decoding payload.")
        try:
            payload: Wire = json.loads(data)
            return int(payload["op"]), payload
        except (ValueError, KeyError, TypeError) as error:
            raise Closing(4002, "Error while decoding payload.") from error

    async def close(self, code: int, reason: str) -> None:
        await self.socket.close(code=code, message=reason.encode())

    async def abort(self) -> None:
        """The network is gone: no close frame, no goodbye."""
        if self._request and self._request.transport:
            self._request.transport.abort()
        await asyncio.sleep(0)
