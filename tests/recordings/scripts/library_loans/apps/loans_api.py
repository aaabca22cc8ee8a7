"""Loans and their renewal. http.server and psycopg, logs plain text."""

import logging
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import redis
import renewals
import telemetry
from prometheus_client import generate_latest
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("loans")
queue = redis.Redis.from_url(os.environ["REDIS_URL"])
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=8, open=True)
members = httpx.Client(base_url=os.environ["MEMBERS_URL"], timeout=2)
OF_MEMBER = "SELECT id, due FROM loans WHERE member_id = %s"
OF_LOAN = "SELECT member_id, due FROM loans WHERE id = %s"
RENEW = "UPDATE loans SET due = %s WHERE id = %s"


class Loans(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.path.startswith("/loans"):
            self._answer(200, generate_latest() if self.path == "/metrics" else b"ok")
            return
        started, member = time.monotonic(), int(self._asked("member"))
        with pool.connection(timeout=5) as connection:
            rows = connection.execute(OF_MEMBER, (member,)).fetchall()
        self._tell("GET /loans", 200, started, f"member={member} loans={len(rows)}")

    def do_POST(self) -> None:
        started, loan, status = time.monotonic(), int(self._asked("loan")), 200
        try:
            self._renew(loan)
        except Exception:
            log.exception("renewal failed loan=%d trace=%s", loan, self.headers["X-Trace-Id"])
            status = 500
        self._tell("POST /renewals", status, started, f"loan={loan}")

    def _renew(self, loan: int) -> None:
        with pool.connection(timeout=5) as connection:
            row = connection.execute(OF_LOAN, (loan,)).fetchone()
            assert row is not None
            trace = {"X-Trace-Id": self.headers["X-Trace-Id"]}
            member = members.get(f"/members/{row[0]}", headers=trace).json()
            connection.execute(RENEW, (renewals.due_after(row[1], member), loan))
        queue.rpush("notices", f"{row[0]} {loan}")

    def _asked(self, name: str) -> str:
        return parse_qs(urlsplit(self.path).query)[name][0]

    def _tell(self, route: str, status: int, started: float, words: str) -> None:
        seconds = time.monotonic() - started
        method, path = route.split()
        telemetry.count(path, method, status, seconds)
        trace = self.headers["X-Trace-Id"]
        log.info("%s %d %.0fms %s trace=%s", route, status, seconds * 1e3, words, trace)
        self._answer(status, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The lines above say it better."""


if __name__ == "__main__":
    log.info("loans-api %s, pool 2..8", telemetry.VERSION)
    ThreadingHTTPServer((os.environ["BIND"], 8000), Loans).serve_forever()
