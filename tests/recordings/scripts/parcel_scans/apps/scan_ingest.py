"""Takes what the hand-held scanners send: parcel, depot, label photo. http.server, logs logfmt."""

import logging
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg
import redis
import telemetry
from prometheus_client import Counter, generate_latest
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.Logfmt())
log = logging.getLogger("scan-ingest")
logging.getLogger("psycopg.pool").setLevel(logging.WARNING)
queue = redis.Redis.from_url(os.environ["REDIS_URL"])
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=10, open=True)
KEEP_PHOTO = os.environ["KEEP_LABEL_PHOTO"] == "true"
BYTES_IN = Counter("scan_photo_bytes_received", "Label photos received")
STORE = "INSERT INTO scans (parcel, depot, scanned_at, photo) VALUES (%s, %s, now(), %s)"


class Scans(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        started = time.monotonic()
        photo = self.rfile.read(int(self.headers["Content-Length"]))
        BYTES_IN.inc(len(photo))
        asked = parse_qs(urlsplit(self.path).query)
        parcel, depot = asked["parcel"][0], int(asked["depot"][0])
        status = self._store(parcel, depot, photo)
        seconds = time.monotonic() - started
        telemetry.count("/scans", "POST", status, seconds)
        fields = {"parcel": parcel, "depot": depot, "status": status, "photo_bytes": len(photo)}
        log.info("scan", extra={"fields": fields | {"dur_ms": round(seconds * 1000)}})
        self._answer(status, b"{}")

    def _store(self, parcel: str, depot: int, photo: bytes) -> int:
        try:
            with pool.connection(timeout=5) as connection:
                connection.execute(STORE, (parcel, depot, photo if KEEP_PHOTO else None))
        except psycopg.Error as error:
            state = getattr(error, "sqlstate", None) or "-"
            fields = {"parcel": parcel, "depot": depot, "sqlstate": state}
            log.error("scan not stored", exc_info=error, extra={"fields": fields})
            return 500
        queue.rpush("eta", f"{parcel} {depot}")
        return 202

    def do_GET(self) -> None:
        self._answer(200, generate_latest() if self.path == "/metrics" else b"ok")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The lines above say it better."""


if __name__ == "__main__":
    fields = {"version": telemetry.VERSION, "keep_label_photo": KEEP_PHOTO}
    log.info("scan-ingest ready", extra={"fields": fields})
    ThreadingHTTPServer((os.environ["BIND"], 8000), Scans).serve_forever()
