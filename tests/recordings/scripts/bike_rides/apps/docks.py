"""Opens the lock of a bike by radio, one command at a time. http.server, logs plain text."""

import logging
import os
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import urlsplit

import redis
import telemetry
from prometheus_client import Counter, generate_latest

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("docks")
events = redis.Redis.from_url(os.environ["REDIS_URL"])
chance = random.Random(17)
radio = Lock()
AGAIN = Counter("dock_radio_retries", "Commands that were sent a second time")


class Docks(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(generate_latest() if self.path == "/metrics" else b"ok")

    def do_POST(self) -> None:
        started, dock = time.monotonic(), urlsplit(self.path).path.split("/")[2]
        with radio:
            time.sleep(chance.uniform(0.07, 0.18))
            if chance.random() < 0.03:
                AGAIN.inc()
                log.warning("dock %s: lock timeout, command failed, sent again", dock)
                time.sleep(0.08)
                log.info("dock %s: opened at the second attempt, no error", dock)
        if chance.random() < 0.01:
            log.info("panic button test of dock %s passed: fatal=0 critical=0 errors=0", dock)
        events.rpush("rides", dock)
        seconds = time.monotonic() - started
        telemetry.count("/docks/open", "POST", 200, seconds)
        trace = self.headers["X-Trace-Id"]
        log.info("POST /docks/%s/open 200 %.0fms trace=%s", dock, seconds * 1e3, trace)
        self._answer(b"{}")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The lines above say it better."""


if __name__ == "__main__":
    log.info("docks %s, deadlock detection on, out-of-memory guard on", telemetry.VERSION)
    ThreadingHTTPServer((os.environ["BIND"], 8000), Docks).serve_forever()
