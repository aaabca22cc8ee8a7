"""A webhook sink that keeps each body that Alertmanager delivers, byte for byte."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class ReceivedPost:
    """One POST as it came in. at: seconds since the epoch."""

    path: str
    body: bytes
    at: float


@dataclass
class Receiver:
    """Answers 200 to every POST and remembers it; `path` tells the scenarios apart."""

    host: str
    port: int
    deliveries: list[ReceivedPost] = field(default_factory=list)

    def start(self) -> None:
        """Listen in a daemon thread until the process ends."""
        server = ThreadingHTTPServer((self.host, self.port), _handler_for(self.deliveries))
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def on(self, path: str) -> list[ReceivedPost]:
        return [delivery for delivery in self.deliveries if delivery.path == path]

    def wait_for(self, path: str, count: int, *, timeout_s: float) -> list[ReceivedPost]:
        """Block until `path` has had `count` deliveries. Raises TimeoutError."""
        until = time.monotonic() + timeout_s
        while len(self.on(path)) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{path}: {len(self.on(path))} of {count} deliveries")
            time.sleep(0.05)
        return self.on(path)


def _handler_for(deliveries: list[ReceivedPost]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            deliveries.append(ReceivedPost(self.path, body, time.time()))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: the deliveries are the record."""

    return Handler
