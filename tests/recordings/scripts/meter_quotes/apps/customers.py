"""Customers by their meter. http.server and psycopg, logs logfmt, spans to the collector."""

import json
import logging
import os
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import telemetry
import tracing
from prometheus_client import generate_latest
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.Logfmt())
log = logging.getLogger("customers")
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=5, open=True)
chance = random.Random(9)
FIND = "SELECT meter, zone FROM customers WHERE meter = %s"


class Customers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.path.startswith("/customers/"):
            self._answer(generate_latest() if self.path == "/metrics" else b"ok")
            return
        started, meter = time.monotonic(), int(self.path.rsplit("/", 1)[1])
        with tracing.serve("GET /customers/{meter}", self.headers):
            with tracing.call("SELECT customers", os.environ["DATABASE_HOST"]):
                with pool.connection(timeout=5) as connection:
                    row = connection.execute(FIND, (meter,)).fetchone()
        assert row is not None
        if chance.random() < 0.04:
            fields = {"meter": meter, "since": "2019"}
            log.warning("no phone number on file", extra={"fields": fields})
        seconds = time.monotonic() - started
        telemetry.count("/customers", "GET", 200, seconds)
        fields = {"meter": meter, "status": 200, "dur_ms": round(seconds * 1000)}
        log.info("customer", extra={"fields": fields | {"trace_id": self.headers["X-Trace-Id"]}})
        self._answer(json.dumps({"meter": row[0], "zone": row[1]}).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The lines above say it better."""


if __name__ == "__main__":
    ThreadingHTTPServer((os.environ["BIND"], 8000), Customers).serve_forever()
