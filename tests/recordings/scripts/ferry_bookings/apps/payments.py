"""Stands before the card acquirer. http.server, logs plain text. Slow now and then, as ever."""

import json
import logging
import os
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import telemetry
from prometheus_client import generate_latest

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("payments")
chance = random.Random(7)


class Charges(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        started = time.monotonic()
        time.sleep(min(chance.lognormvariate(0.1, 0.35), 4))
        seconds = time.monotonic() - started
        if seconds > 2:
            log.warning("acquirer took %.1f s (soft limit 2 s) ref=%s", seconds, order["reference"])
        trace = self.headers["X-Trace-Id"]
        log.info("charge ref=%s 200 %.0fms trace=%s", order["reference"], seconds * 1e3, trace)
        telemetry.count("/charges", "POST", 200, seconds)
        self._answer(json.dumps({"receipt": f"R{chance.getrandbits(40):010x}"}).encode())

    def do_GET(self) -> None:
        self._answer(generate_latest() if self.path == "/metrics" else b"ok")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The lines above say it better."""


if __name__ == "__main__":
    log.info("payments %s ready", telemetry.VERSION)
    ThreadingHTTPServer((os.environ["BIND"], 8000), Charges).serve_forever()
