"""Members by their card. http.server and psycopg, logs logfmt."""

import json
import logging
import os
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import telemetry
from prometheus_client import generate_latest
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.Logfmt())
log = logging.getLogger("members")
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=5, open=True)
chance = random.Random(12)
FIND = "SELECT id, card, privileges FROM members WHERE id = %s"


class Members(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.path.startswith("/members/"):
            self._answer(generate_latest() if self.path == "/metrics" else b"ok")
            return
        started, number = time.monotonic(), int(self.path.rsplit("/", 1)[1])
        with pool.connection(timeout=5) as connection:
            row = connection.execute(FIND, (number,)).fetchone()
        assert row is not None
        if chance.random() < 0.03:
            fields = {"member": number, "days": chance.randint(3, 40)}
            log.warning("card has expired, still accepted", extra={"fields": fields})
        seconds = time.monotonic() - started
        telemetry.count("/members", "GET", 200, seconds)
        fields = {"member": number, "status": 200, "dur_ms": round(seconds * 1000)}
        log.info("member", extra={"fields": fields | {"trace_id": self.headers["X-Trace-Id"]}})
        self._answer(json.dumps({"id": row[0], "card": row[1], "privileges": row[2]}).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The lines above say it better."""


if __name__ == "__main__":
    ThreadingHTTPServer((os.environ["BIND"], 8000), Members).serve_forever()
