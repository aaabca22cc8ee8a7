"""What a seat costs, kept in Redis. http.server, logs JSON."""

import logging
import os
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis
import telemetry
from prometheus_client import generate_latest

telemetry.log_with(telemetry.JsonLines())
log = logging.getLogger("pricing")
cache = redis.Redis.from_url(os.environ["REDIS_URL"])
chance = random.Random(8)


class Prices(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.path.startswith("/prices/"):
            self._answer(generate_latest() if self.path == "/metrics" else b"ok")
            return
        started, show = time.monotonic(), self.path.rsplit("/", 1)[1]
        if (price := cache.get(f"price:{show}")) is None:
            time.sleep(chance.uniform(0.02, 0.25))
            price = f"{chance.uniform(7, 16):.2f}".encode()
            cache.set(f"price:{show}", price, ex=int(os.environ["CACHE_TTL_S"]))
            if chance.random() < 0.15:
                fields = {"show": show, "age_days": 3}
                log.warning("surcharge list is old, used anyway", extra={"fields": fields})
        seconds = time.monotonic() - started
        telemetry.count("/prices", "GET", 200, seconds)
        fields = {"show": show, "status": 200, "dur_ms": round(seconds * 1000)}
        fields |= {"trace_id": self.headers["X-Trace-Id"]}
        log.info("price", extra={"fields": fields})
        self._answer(bytes(price))  # type: ignore[arg-type]

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The lines above say it better."""


if __name__ == "__main__":
    ThreadingHTTPServer((os.environ["BIND"], 8000), Prices).serve_forever()
