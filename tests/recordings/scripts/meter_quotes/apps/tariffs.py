"""Price of an amount of power in a zone. http.server, logs plain text, spans as all here.

A price is worked out band by band of the tariff book; working one out is a short sleep.
"""

import logging
import os
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import redis
import telemetry
import tracing
from prometheus_client import Gauge, generate_latest

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("tariffs")
books = redis.Redis.from_url(os.environ["REDIS_URL"])
BANDS = Gauge("tariff_book_bands", "Bands of the book in use")
BAND_S = 0.0013
chance = random.Random(6)
book = {"name": "", "bands": "0"}


class Tariffs(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.path.startswith("/tariffs/"):
            self._answer(generate_latest() if self.path == "/metrics" else b"ok")
            return
        started, zone = time.monotonic(), self.path.split("?")[0].rsplit("/", 1)[1]
        with tracing.serve("GET /tariffs/{zone}", self.headers):
            time.sleep(int(book["bands"]) * BAND_S * chance.uniform(0.7, 1.3))
        seconds = time.monotonic() - started
        telemetry.count("/tariffs", "GET", 200, seconds)
        trace = self.headers["X-Trace-Id"]
        log.info("GET /tariffs/%s 200 %.0fms trace=%s", zone, seconds * 1e3, trace)
        self._answer(b"{}")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The lines above say it better."""


def follow_books() -> None:
    """The book in use is the one that was published last."""
    while True:
        stored = books.hgetall("tariff-book")
        now = {key.decode(): value.decode() for key, value in stored.items()}  # type: ignore[union-attr]
        if now and now["name"] != book["name"]:
            book.update(now)
            BANDS.set(int(book["bands"]))
            log.info("book %s in use, %s bands", book["name"], book["bands"])
        time.sleep(5)


if __name__ == "__main__":
    log.info("tariffs %s", telemetry.VERSION)
    Thread(target=follow_books, daemon=True).start()
    ThreadingHTTPServer((os.environ["BIND"], 8000), Tariffs).serve_forever()
