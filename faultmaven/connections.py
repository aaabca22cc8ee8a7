"""Limits on waiting clients and open connections, as a protocol of uvicorn.

Uvicorn waits for a request for as long as a client takes, and each client holds a descriptor. Here
a head has to come within seconds and a body at a modest pace; who has its answer and sends on is
read for a while, so that it sees the answer, but not for ever; where descriptors get scarce, who
has kept us waiting longest makes room, so a webhook always finds a place.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

HEAD_S = 15.0  # Alertmanager sends its own at once
BODY_S = 30.0  # without reaching the pace; the webhooks' own limit for all of a body
PACE = 500  # bytes a second, as Apache's mod_reqtimeout asks for
LINGER = 64 * 2**20  # bytes of a body after its answer, as nginx's lingering_close, by size
WANTED = 8192  # descriptors
RESERVED = 200  # descriptors for the database, files, platforms and what is just being accepted
MOST = 4096  # connections; each holds some memory, too


def raise_descriptor_limit() -> None:
    """As many descriptors as we may take, up to what we can use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    """Of one listener, by the descriptors there are now."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(1, min(MOST, soft - RESERVED, soft // 2))


class Connection(HttpToolsProtocol):
    """One client. `waits_since`: loop time since which the server waits; None: it does not."""

    head_s, body_s, pace, linger = HEAD_S, BODY_S, PACE, LINGER

    waits_since: float | None = None
    _due: asyncio.TimerHandle | None = None
    _received = 0  # bytes of the body under way, since the last look at its pace
    _unwanted = 0  # bytes of it that came after its answer

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        super().connection_made(transport)
        self._wait(self.head_s)
        if len(self.connections) > most_connections():
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.waits_since is None:
            self._wait(self.head_s)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._received = self._unwanted = 0
        self._wait(self.body_s)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._received += len(body)
        if self.cycle is not None and self.cycle.response_complete:
            self._unwanted += len(body)
            if self._unwanted > self.linger:
                self.transport.close()

    def on_message_complete(self) -> None:
        self._wait_no_more()
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete:  # answered early
            self._wait(self.head_s)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._due is None and not self.pipeline:
            self._wait(self.head_s)  # uvicorn's own timer ends at the first byte

    def _wait(self, seconds: float) -> None:
        self._wait_no_more()
        self.waits_since = self.loop.time()
        self._due = self.loop.call_later(seconds, self._look)

    def _wait_no_more(self) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due = self.waits_since = None

    def _look(self) -> None:
        """Close after the time limit, unless the server is slow or the body keeps its pace."""
        body_is_due = self.cycle is not None and self.cycle.more_body
        if body_is_due and (self.flow.read_paused or self._received >= self.body_s * self.pace):
            self._received = 0
            self._wait(self.body_s)
        else:
            self.give_up()

    def _make_room(self) -> None:
        """Close the client that has kept the server waiting longest, maybe this one."""
        waiting = [
            connection
            for connection in self.connections
            if isinstance(connection, Connection)
            and connection.waits_since is not None
            and not connection.transport.is_closing()
        ]
        min(waiting, key=lambda connection: connection.waits_since or 0.0).give_up()

    def give_up(self) -> None:
        """Close at once, without an answer."""
        self._wait_no_more()
        self.transport.abort()
