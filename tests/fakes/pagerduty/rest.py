"""PagerDuty's REST API v2 on loopback, over TLS, as far as we ask it; it refuses what theirs does.

Source: developer.pagerduty.com, docs/rest-api-v2 (Authentication, Errors, Pagination, Rate Limits)
and the API reference of `GET /incidents`, `GET /incidents/{id}/alerts` and
`POST /webhook_subscriptions`.
"""

from __future__ import annotations

import json
import re
import secrets
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import trustme

from tests.fakes.pagerduty.events import EVERY_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "u+made-up-key-7Fb2"  # pragma: allowlist secret
ACCEPTED = ("application/vnd.pagerduty+json;version=2", "application/json", "*/*")
STATUSES = {"triggered", "acknowledged", "resolved"}
MOST_A_PAGE = 100  # Pagination: "limit … maximum of 100"
DEFAULT_PAGE = 25
MOST_RECORDS = 10_000  # Pagination: "limit + offset … cannot exceed 10,000"
DEFAULT_RANGE = timedelta(days=30)  # GET /incidents: "the default range is 1 month"
PAGING = {"limit", "offset", "total"}
KNOWN = {
    "incidents": PAGING
    | {"statuses[]", "service_ids[]", "team_ids[]", "user_ids[]", "urgencies[]", "since", "until"}
    | {"date_range", "time_zone", "sort_by", "incident_key", "include[]"},
    "alerts": PAGING | {"statuses[]", "alert_key", "sort_by", "include[]"},
}
SUBSCRIPTION = {"type", "description", "delivery_method", "events", "filter", "active"}
FILTERS = ("account_reference", "service_reference", "team_reference")
ALERT_ORDERS = re.compile(r"(created_at|resolved_at)(:(asc|desc))?(,(created_at|resolved_at).*)?")


class PagerDutyRefused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str, code: int, *errors: str) -> None:
        super().__init__(message)
        self.status = status
        self.content = {"error": {"message": message, "code": code, "errors": list(errors)}}


@dataclass
class FakePagerDuty:
    """What the account holds, and what goes wrong next.

    troubles: statuses that the next requests are answered with, first in first out; 0 is a
    connection that is closed without a word. budget: requests that are left in this minute.
    """

    incidents: list[dict[str, Any]] = field(default_factory=list)
    alerts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    troubles: list[int] = field(default_factory=list)
    budget: int = 960
    slow_s: float = 0
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def opens(
        self,
        incident_id: str,
        *bodies: dict[str, Any] | None,
        status: str = "triggered",
        age: timedelta = timedelta(minutes=5),
    ) -> None:
        """An incident with these alert bodies."""
        created = datetime.now(UTC) - age
        self.incidents.append(
            {
                "id": incident_id,
                "type": "incident",
                "status": status,
                "created_at": f"{created:%Y-%m-%dT%H:%M:%SZ}",
            }
        )
        self.alerts[incident_id] = [
            {
                "id": f"{incident_id}-ALERT{number}",
                "type": "alert",
                "created_at": f"{created + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}",
                "body": body,
            }
            for number, body in enumerate(bodies)
        ]

    def answer(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        """Raises PagerDutyRefused."""
        parts = path.strip("/").split("/")
        match parts:
            case ["incidents"]:
                _validate(query, "incidents")
                return _page("incidents", self._incidents(query), query)
            case ["incidents", incident_id, "alerts"]:
                _validate(query, "alerts")
                if incident_id not in self.alerts:
                    raise PagerDutyRefused(404, "Not Found", 2100)
                return _page("alerts", self._alerts(incident_id, query), query)
            case _:
                raise PagerDutyRefused(404, "Not Found", 2100)

    def subscribe(self, path: str, body: Any) -> dict[str, Any]:
        """`POST /webhook_subscriptions`: the secret is in this answer and in no other.

        Raises PagerDutyRefused.
        """
        if path != "/webhook_subscriptions":
            raise PagerDutyRefused(404, "Not Found", 2100)
        wanted = body.get("webhook_subscription") if isinstance(body, dict) else None
        wrong = _faults_of(wanted) if isinstance(wanted, dict) else ["no webhook_subscription"]
        if wrong or not isinstance(wanted, dict):
            raise PagerDutyRefused(400, "Invalid Input Provided", 2001, *wrong)
        made = {**wanted, "id": f"PSUB{len(self.subscriptions):03}", "active": True}
        self.subscriptions.append(made)
        method = {**wanted["delivery_method"], "secret": secrets.token_urlsafe(32)}
        return {"webhook_subscription": {**made, "delivery_method": method}}

    def _incidents(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        wanted = set(query.get("statuses[]", STATUSES))
        selected = [incident for incident in self.incidents if incident["status"] in wanted]
        if query.get("date_range") == ["all"]:
            return selected
        oldest = f"{datetime.now(UTC) - DEFAULT_RANGE:%Y-%m-%dT%H:%M:%SZ}"
        return [incident for incident in selected if incident["created_at"] >= oldest]

    def _alerts(self, incident_id: str, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        newest_first = sorted(
            self.alerts[incident_id], key=lambda incident: str(incident["created_at"]), reverse=True
        )
        return newest_first[::-1] if query.get("sort_by") == ["created_at:asc"] else newest_first


def _faults_of(subscription: dict[str, Any]) -> list[str]:
    method, chosen = subscription.get("delivery_method", {}), subscription.get("filter", {})
    url = urlsplit(str(method.get("url")))
    wrong = [f"Unknown field {name}" for name in subscription.keys() - SUBSCRIPTION]
    if subscription.get("type") != "webhook_subscription":
        wrong.append("type is webhook_subscription")
    if method.get("type") != "http_delivery_method" or url.scheme not in {"http", "https"}:
        wrong.append("delivery_method is an http_delivery_method with a url")
    if chosen.get("type") not in FILTERS or (chosen["type"] != FILTERS[0] and not chosen.get("id")):
        wrong.append("filter is an account_reference, or another reference with its id")
    events = subscription.get("events") or ["(none)"]
    return wrong + [f"Unknown event {event}" for event in events if event not in EVERY_TYPE[:-1]]


def _validate(query: dict[str, list[str]], what: str) -> None:
    wrong = [f"Unknown parameter {name}" for name in query.keys() - KNOWN[what]]
    wrong += [f"Invalid status {status}" for status in set(query.get("statuses[]", [])) - STATUSES]
    if query.get("date_range", ["all"]) != ["all"]:
        wrong.append("date_range can only be all")
    if query.get("total", ["false"]) not in (["true"], ["false"]):
        wrong.append("total is true or false")
    if what == "alerts" and "sort_by" in query and not ALERT_ORDERS.fullmatch(query["sort_by"][0]):
        wrong.append("sort_by is a field with asc or desc")
    limit, offset = _number(query, "limit", DEFAULT_PAGE), _number(query, "offset", 0)
    if not 0 < limit <= MOST_A_PAGE or offset < 0 or limit + offset > MOST_RECORDS:
        wrong.append("limit and offset are out of range")
    if wrong:
        raise PagerDutyRefused(400, "Invalid Input Provided", 2001, *wrong)


def _number(query: dict[str, list[str]], name: str, otherwise: int) -> int:
    given = query.get(name, [str(otherwise)])[0]
    return int(given) if given.isdecimal() else -1


def _page(
    name: str, incidents: list[dict[str, Any]], query: dict[str, list[str]]
) -> dict[str, Any]:
    limit, offset = _number(query, "limit", DEFAULT_PAGE), _number(query, "offset", 0)
    return {
        name: incidents[offset : offset + limit],
        "limit": limit,
        "offset": offset,
        "total": len(incidents) if query.get("total") == ["true"] else None,
        "more": len(incidents) > offset + limit,
    }


class _Handler(BaseHTTPRequestHandler):
    fake: FakePagerDuty
    timeout = 5

    def do_GET(self) -> None:
        self.fake.asked.append(self.path)
        time.sleep(self.fake.slow_s)
        try:
            self._check()
            parts = urlsplit(self.path)
            self._send(200, self.fake.answer(parts.path, parse_qs(parts.query)))
        except PagerDutyRefused as refused:
            if refused.status == 0:
                self.close_connection = True
                return
            self._send(refused.status, refused.content)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        content = self.rfile.read(length)
        try:
            self._check()
            self._send(201, self.fake.subscribe(self.path, json.loads(content)))
        except PagerDutyRefused as refused:
            self._send(refused.status, refused.content)

    def _check(self) -> None:
        """Raises PagerDutyRefused."""
        if self.headers.get("Authorization") != f"Token token={KEY}":
            raise PagerDutyRefused(401, "Unauthorized", 2006)
        accept = self.headers.get("Accept", "*/*")
        if accept not in ACCEPTED:
            raise PagerDutyRefused(406, "Not Acceptable", 2016, f"Accept {accept}")
        if self.fake.troubles:
            status = self.fake.troubles.pop(0)
            raise PagerDutyRefused(
                status, "Rate Limit Exceeded" if status == 429 else "Trouble", 2020
            )
        if self.fake.budget <= 0:
            raise PagerDutyRefused(429, "Rate Limit Exceeded", 2020)
        self.fake.budget -= 1

    def _send(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ratelimit-limit", "960")
        self.send_header("ratelimit-remaining", str(max(0, self.fake.budget)))
        self.send_header("ratelimit-reset", "42")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def a_pagerduty(folder: Path) -> Iterator[FakePagerDuty]:
    """The fake, listening. What trusts `folder/ca.pem` trusts it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    fake = FakePagerDuty()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    # Each connection shakes hands in its own thread: one that is slow holds up nobody.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    fake.url = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
