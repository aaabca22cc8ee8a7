"""Customers: requests that come as a Poisson process, and what became of each."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    import random

PATIENCE = 10.0
STRANGE = 0.3


@dataclass(frozen=True)
class Answer:
    """One request: when it was sent, where to, its status (0: none came), and milliseconds."""

    at: float
    path: str
    status: int
    ms: float


class Customers:
    """Load on the entry of the topology; `factor` makes it more or less."""

    def __init__(self, load: dict[str, Any], rng: random.Random) -> None:
        self._entry: str = load["entry"]
        self._host: str = load.get("host", "")
        self._paths: dict[str, float] = load["paths"]
        self._rate: float = load["rate"]
        self._rng = rng
        self._tasks: set[asyncio.Task[None]] = set()
        self.people: int = load.get("people", 400)
        self.bodies: dict[str, int] = dict(load.get("bodies", {}))
        self.large: dict[str, Any] = {}
        self.strange: list[str] = []
        self.factor = 1.0
        self.answers: list[Answer] = []

    def _query(self) -> str:
        query = f"?id={self._rng.randint(1, self.people)}"
        if self.strange and self._rng.random() < STRANGE:
            query += "&q=" + self._rng.choice(self.strange)
        return query

    def _body(self, path: str) -> bytes:
        """What is sent along: a picture, mostly of the usual size."""
        size = self.bodies.get(path, 0)
        if size and self._rng.random() < self.large.get("share", 0.0):
            size = self.large["bytes"]
        return b"\xff" * int(size * self._rng.uniform(0.7, 1.2))

    async def _ask(self, session: aiohttp.ClientSession, path: str) -> None:
        at, status = time.time(), 0
        started = time.monotonic()
        try:
            body = self._body(path)
            async with session.request(
                "POST" if body else "GET", self._entry + path + self._query(), data=body or None
            ) as response:
                await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = 0
        self.answers.append(Answer(at, path, status, (time.monotonic() - started) * 1000))

    async def run(self) -> None:
        """Until cancelled."""
        connector = aiohttp.TCPConnector(limit=400, force_close=True)
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        headers = {"User-Agent": "okhttp/4.12.0"} | ({"Host": self._host} if self._host else {})
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout, headers=headers
        ) as session:
            while True:
                await asyncio.sleep(self._rng.expovariate(self._rate * self.factor))
                path = self._rng.choices(list(self._paths), list(self._paths.values()))[0]
                task = asyncio.create_task(self._ask(session, path))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Until the last answer has come."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=PATIENCE + 1)
