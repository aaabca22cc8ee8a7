"""Prices by zone, cached in Redis. http.server, logs plain text."""

import logging
import os
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis
import telemetry
from prometheus_client import generate_latest

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("rates")
cache = redis.Redis.from_url(os.environ["REDIS_URL"])
TTL_S = int(os.environ["CACHE_TTL_S"])
chance = random.Random(3)


class Rates(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.path.startswith("/rates/"):
            self._answer(generate_latest() if self.path == "/metrics" else b"ok")
            return
        started, zone = time.monotonic(), self.path.rsplit("/", 1)[1]
        if (price := cache.get(f"rate:{zone}")) is None:
            time.sleep(chance.uniform(0.05, 0.4))  # the tariff service of a partner
            price = f"{chance.uniform(4, 19):.2f}".encode()
            cache.set(f"rate:{zone}", price, ex=TTL_S)
            log.info("tariff refreshed zone=%s price=%s", zone, price.decode())
        seconds = time.monotonic() - started
        telemetry.count("/rates", "GET", 200, seconds)
        trace = self.headers["X-Trace-Id"]
        log.info("GET /rates/%s 200 %.0fms trace=%s", zone, seconds * 1e3, trace)
        self._answer(bytes(price))  # type: ignore[arg-type]

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The lines above say it better."""


if __name__ == "__main__":
    log.info("rates %s, cache ttl %d s", telemetry.VERSION, TTL_S)
    ThreadingHTTPServer((os.environ["BIND"], 8000), Rates).serve_forever()
