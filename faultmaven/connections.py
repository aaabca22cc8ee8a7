"""Limits on waiting clients, on what stands around a body, and on open connections.

They are a protocol of uvicorn, which waits for a request for as long as a client takes, keeps a
head of any size, and has a descriptor for each client. Here a head has to come within seconds and a
body at a modest pace; who has its answer and sends on is read for a while, so that it sees the
answer, but not for ever; where descriptors get scarce, who has kept us waiting longest makes room,
so a webhook always finds a place. A head, its address and its fields have the bounds that servers
usually have; so has what comes after a body, which nobody here reads, and what is asked before the
last answer.
"""

from __future__ import annotations

import resource
from http import HTTPStatus
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

HEAD_S = 15.0  # Alertmanager sends its own at once
BODY_S = 30.0  # without reaching the pace; the webhooks' own limit for all of a body
PACE = 500  # bytes a second, as Apache's mod_reqtimeout asks for
LONGEST_HEAD = 2**15  # bytes; also of anything else between a body's pieces, or after its last
LONGEST_URL = 2**13  # bytes
MOST_FIELDS = 100  # of a head and of what follows its body, as Apache has it
MOST_QUEUED = 20  # requests of one client that came before the last answer
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


class TooMuch(Exception):
    """A head goes beyond a limit. Raised within the parser, it ends the parsing.

    status: what the client is answered.
    """

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Connection(HttpToolsProtocol):
    """One client. `waits_since`: loop time since which the server waits; None: it does not."""

    head_s, body_s, pace, linger = HEAD_S, BODY_S, PACE, LINGER

    waits_since: float | None = None
    _due: asyncio.TimerHandle | None = None
    _received = 0  # bytes of the body under way, since the last look at its pace
    _unwanted = 0  # bytes of it that came after its answer
    _room = LONGEST_HEAD  # bytes that may yet come before the end of a head, or more of a body
    _fields = 0  # of the request under way
    _in_head = False
    _excess: TooMuch | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        super().connection_made(transport)
        self._wait(self.head_s)
        if len(self.connections) > most_connections():
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if len(data) <= self._room:  # as nearly always
            self._room -= len(data)
            super().data_received(data)
        else:
            self._receive_in_pieces(data)

    def _receive_in_pieces(self, data: bytes) -> None:
        """No piece is larger than the room there is; each end of a head, and of a body, makes room.

        So the parser never holds more of a head than that, however much came at once.
        """
        while data and not self.transport.is_closing():
            if self._room == 0:
                self._refuse(TooMuch(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
                return
            piece, data = data[: self._room], data[self._room :]
            self._room -= len(piece)
            super().data_received(piece)

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MOST_QUEUED:
            raise self._too_much(HTTPStatus.TOO_MANY_REQUESTS)
        super().on_message_begin()
        self._fields, self._in_head = 0, True
        if self.waits_since is None:
            self._wait(self.head_s)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_URL:
            raise self._too_much(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields += 1
        if self._fields > MOST_FIELDS:
            raise self._too_much(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._in_head:  # what comes after the body is no part of it
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._room, self._in_head = LONGEST_HEAD, False
        super().on_headers_complete()
        self._received = self._unwanted = 0
        self._wait(self.body_s)

    def on_body(self, body: bytes) -> None:
        self._room = LONGEST_HEAD
        super().on_body(body)
        self._received += len(body)
        if self.cycle is not None and self.cycle.response_complete:
            self._unwanted += len(body)
            if self._unwanted > self.linger:
                self.transport.close()

    def on_message_complete(self) -> None:
        self._room = LONGEST_HEAD
        self._wait_no_more()
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete:  # answered early
            self._wait(self.head_s)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._due is None and not self.pipeline:
            self._wait(self.head_s)  # uvicorn's own timer ends at the first byte

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls when the parser gave up: also where we made it."""
        if self._excess is None:
            super().send_400_response(msg)
        else:
            self._refuse(self._excess)

    def _too_much(self, status: HTTPStatus) -> TooMuch:
        self._excess = TooMuch(status)
        return self._excess

    def _refuse(self, excess: TooMuch) -> None:
        """Answer and close; only close where that could be taken for another request's answer."""
        is_next = self._in_head and (self.cycle is None or self.cycle.response_complete)
        if self.cycle is not None and not is_next:
            self.give_up()
            return
        status = excess.status
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Length: 0\r\nConnection: close"
        self.transport.write(f"{head}\r\n\r\n".encode())
        self._wait_no_more()
        self.transport.close()

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
