"""Load on the services: Poisson arrivals, each request in a thread of its own."""

from __future__ import annotations

import http.client
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes = b""


@dataclass
class Load:
    """Sends what `draw` gives to `host`:`port`, `per_second` on average, until stopped."""

    host: str
    port: int
    per_second: float
    draw: Callable[[random.Random], Request]
    chance: random.Random
    timeout_s: float = 15.0
    stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self._arrive, daemon=True).start()

    def stop(self) -> None:
        self.stopped.set()

    def _arrive(self) -> None:
        while not self.stopped.wait(self.chance.expovariate(self.per_second)):
            request = self.draw(self.chance)
            threading.Thread(target=self._send, args=(request,), daemon=True).start()

    def _send(self, request: Request) -> None:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout_s)
        headers = {"Content-Type": "application/json"}
        try:
            connection.request(request.method, request.path, request.body or None, headers)
            connection.getresponse().read()
        except OSError:
            return  # a user gives up; what the service says about it is in its own log
        finally:
            connection.close()
