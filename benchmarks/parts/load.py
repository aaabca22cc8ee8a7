"""A closed loop of connections that measures how fast a server answers, in its own process.

Reads one JSON document from stdin: {"port", "connections", "seconds", "warm_up", "requests":
[base64 of a whole HTTP request, …]}; prints one with what was answered. It does nothing with an
answer but find its end and its status, so that it costs little beside the server.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator

END_OF_HEAD = b"\r\n\r\n"


@dataclass
class AnswerTally:
    """What was answered from `starts` on, in seconds of the monotonic clock."""

    starts: float
    ends: float
    statuses: dict[int, int] = field(default_factory=dict)  # all of them, warm-up included
    latencies: list[float] = field(default_factory=list)

    def add(self, status: int, began: float) -> None:
        now = time.perf_counter()
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if self.starts <= now <= self.ends:
            self.latencies.append(now - began)


class LoadConnection(asyncio.Protocol):
    """Sends a request, waits for its answer, sends the next, until time is up."""

    def __init__(self, requests: Iterator[bytes], tally: AnswerTally) -> None:
        self._requests = requests
        self._tally = tally
        self._began = 0.0
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(END_OF_HEAD)
        if not end or len(body) < _length(head):
            return
        self._received = b""
        self._tally.add(int(head[9:12]), self._began)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed a connection"))

    def _send(self) -> None:
        self._began = time.perf_counter()
        if self._began > self._tally.ends:
            self.done.set_result(None)
            self._transport.close()
            return
        self._transport.write(next(self._requests))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """The load that the document on stdin asks for."""

    port: int
    connections: int
    seconds: float
    warm_up: float
    requests: list[str]


async def _drive(plan: LoadPlan) -> AnswerTally:
    requests = [base64.b64decode(encoded) for encoded in plan.requests]
    loop = asyncio.get_running_loop()
    starts = time.perf_counter() + plan.warm_up
    tally = AnswerTally(starts, starts + plan.seconds)
    driven = []
    for number in range(plan.connections):
        turn = itertools.islice(itertools.cycle(requests), number, None, plan.connections)
        make = partial(LoadConnection, turn, tally)
        _, connection = await loop.create_connection(make, "127.0.0.1", plan.port)
        driven.append(connection.done)
    await asyncio.gather(*driven)
    return tally


def main() -> None:
    """Put the server under the load that stdin asks for."""
    tally = uvloop.run(_drive(LoadPlan(**json.load(sys.stdin))))
    latencies = sorted(tally.latencies)
    count = len(latencies)
    document = {
        "answered": count,
        "per_second": count / (tally.ends - tally.starts),
        "statuses": {str(status): number for status, number in tally.statuses.items()},
        "p50_ms": 1000 * latencies[count // 2] if latencies else None,
        "p95_ms": 1000 * latencies[count * 95 // 100] if latencies else None,
        "p99_ms": 1000 * latencies[count * 99 // 100] if latencies else None,
        "max_ms": 1000 * latencies[-1] if latencies else None,
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
