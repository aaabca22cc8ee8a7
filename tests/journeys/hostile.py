"""Valid requests for every endpoint that takes them, and values that no sender should send."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.core.alerts.desk import a_body, an_alert
from tests.fakes.discord.interactions import COMMAND, COMPONENT, SUBMIT
from tests.fakes.pagerduty.events import PagerIncident
from tests.fakes.pagerduty.signatures import headers_of
from tests.fakes.slack import events, payloads
from tests.fakes.slack.request_url import signed
from tests.journeys.alertmanagers import TOKEN

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord
    from tests.fakes.slack import FakeSlack

Path = tuple[str | int, ...]
SECRET = "a-secret-of-the-tests"  # noqa: S105  # pragma: allowlist secret
DEEP = 3_000
_MARK = "<the value goes here>"

# As they are written in JSON.
VALUES: dict[str, bytes] = {
    "more than 64 bits": b"18446744073709551616",
    "less than -64 bits": b"-9223372036854775809",
    "five thousand digits": b"9" * 5_000,
    "beyond floats": b"1e999",
    "not a number": b"NaN",
    "infinity": b"-Infinity",
    "a fraction": b"0.1",
    "half a character": rb'"a\ud800b"',
    "the other half": rb'"\udc00"',
    "NUL": rb'"a\u0000b"',
    "no UTF-8": b'"a\xff\xfeb"',
    "year one": b'"0001-01-01T00:00:00Z"',
    "before year one": b'"0001-01-01T00:00:00+14:00"',
    "after the last year": b'"9999-12-31T23:59:59-14:00"',
    "year ten thousand": b'"10000-01-01T00:00:00Z"',
    "a zone of 99 hours": b'"2026-11-20T08:00:00+99:00"',
    "many digits in a text": b'"' + b"9" * 40 + b'"',
    "a negative id": b'"-1"',
    "a long text": b'"' + b"x" * 20_000 + b'"',
    "a deep list": b"[" * DEEP + b"]" * DEEP,
    "a deep object": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "the same key twice": b'{"id":1,"id":"2","labels":{},"labels":[]}',
    "nothing": b"null",
    "yes": b"true",
    "an empty text": b'""',
    "an empty list": b"[]",
    "an empty object": b"{}",
    "a list of nothing": b"[null]",
}


@dataclass(frozen=True)
class Request:
    """What is posted; `says` names the value and its place."""

    says: str
    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """An endpoint with a valid document of its own, a new one each time, and how it is sent."""

    name: str
    document: Callable[[int], dict[str, Any]]
    send: Callable[[str, bytes], Request]

    def requests(self, *, share: int = 1) -> Iterator[Request]:
        """The values in the place of every part of the document, one at a time.

        share: of the values each part gets one in so many, its neighbour the next.
        """
        numbers = count(1)
        for place, path in enumerate(_paths(self.document(0))):
            for name, value in list(VALUES.items())[place % share :: share]:
                document = _with(copy.deepcopy(self.document(next(numbers))), path)
                body = json.dumps(document).encode().replace(json.dumps(_MARK).encode(), value)
                says = f"{self.name}: {name} at {'.'.join(map(str, path)) or 'the top'}"
                yield self.send(says, body)

    def valid(self) -> Request:
        return self.send(f"{self.name}: as it should be", json.dumps(self.document(0)).encode())


def _paths(value: object, at: Path = ()) -> Iterator[Path]:
    yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*at, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _paths(inner, (*at, place))


def _with(document: Any, path: Path) -> Any:
    if not path:
        return _MARK
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = _MARK
    return document


def alertmanager() -> Endpoint:
    def document(number: int) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(a_body(an_alert(annotations={"summary": "5xx"})))
        return body | {"groupKey": f'{{}}:{{n="{number % 7}"}}'}

    def send(says: str, body: bytes) -> Request:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        return Request(says, "/webhooks/alertmanager", body, headers)

    return Endpoint("alertmanager", document, send)


def pagerduty() -> Endpoint:
    def document(number: int) -> dict[str, Any]:
        incident = PagerIncident(id=f"Q2HARBOUR{number % 7}")
        body: dict[str, Any] = json.loads(incident.happens("incident.triggered"))
        body["event"]["id"] = f"01EVENT{number}"
        return body

    def send(says: str, body: bytes) -> Request:
        return Request(says, "/webhooks/pagerduty", body, headers_of(body, SECRET, name=says[:80]))

    return Endpoint("pagerduty", document, send)


def operator(token: str) -> list[Endpoint]:
    def of(name: str, url: str, document: dict[str, Any]) -> Endpoint:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return Endpoint(
            name, lambda _: document, lambda says, body: Request(says, url, body, headers)
        )

    base = "/api/v1/operator"
    return [
        of("commands", f"{base}/commands", {"text": "status", "case": 1}),
        of("replay", f"{base}/replay", {"delivery": "delivery_1", "since": None}),
        of("replay since", f"{base}/replay", {"delivery": None, "since": "2026-11-20T08:00:00Z"}),
    ]


def slack(team: FakeSlack) -> list[Endpoint]:
    dana, channel = team.team.person("dana"), team.team.channel("#incidents")

    def message(number: int) -> dict[str, Any]:
        ts = f"{int(time.time())}.{number:06}"
        file = {"id": f"F{number}", "name": "a.log", "size": 7, "url_private": "http://nowhere/"}
        event = {
            "type": "message",
            "user": dana.id,
            "text": f"<@{team.app.bot_user}> status",
            "ts": ts,
            "thread_ts": ts,
            "channel": channel.id,
            "files": [file],
        }
        return events.envelope(team, event)

    def command(number: int) -> dict[str, Any]:
        body = payloads.command(team, "/faultmaven", "status", dana, channel)
        return body | {"trigger_id": f"command.{number}"}

    def button(number: int) -> dict[str, Any]:
        return {
            "type": "block_actions",
            "user": {"id": dana.id, "team_id": team.team.id},
            "api_app_id": team.app.id,
            "team": {"id": team.team.id, "domain": "here"},
            "trigger_id": f"button.{number}",
            "container": {"type": "message", "message_ts": "1.0", "channel_id": channel.id},
            "channel": {"id": channel.id, "name": "incidents"},
            "message": {"ts": "1.0", "text": "a card"},
            "response_url": "http://127.0.0.1:9/",
            "actions": [{"action_id": "fm:status", "block_id": "b", "value": "1 now"}],
        }

    def shortcut(number: int) -> dict[str, Any]:
        return button(number) | {
            "type": "message_action",
            "callback_id": "add_to_case",
            "message": {"ts": "1.0", "user": dana.id, "text": "a line", "files": []},
        }

    def as_json(says: str, body: bytes) -> Request:
        return _slack_request(team, says, body, "application/json")

    def as_payload(says: str, body: bytes) -> Request:
        return _slack_request(team, says, urlencode({"payload": body}).encode(), _FORM)

    def as_fields(says: str, body: bytes) -> Request:
        return _slack_request(team, says, urlencode(_fields(body)).encode(), _FORM)

    return [
        Endpoint("slack event", message, as_json),
        Endpoint("slack command", command, as_fields),
        Endpoint("slack button", button, as_payload),
        Endpoint("slack shortcut", shortcut, as_payload),
    ]


_FORM = "application/x-www-form-urlencoded"


def _fields(body: bytes) -> dict[str, bytes]:
    """The fields of a form are texts: what stands in the JSON, letter by letter."""
    inner = body.strip()
    try:
        document = json.loads(inner)
    except (ValueError, RecursionError):
        return {"text": inner, "command": b"/faultmaven"}
    if not isinstance(document, dict):
        return {"text": inner}
    return {
        str(name).encode("utf-8", "surrogatepass").decode("utf-8", "replace"): str(value).encode(
            "utf-8", "surrogatepass"
        )
        for name, value in document.items()
    }


def _slack_request(team: FakeSlack, says: str, body: bytes, kind: str) -> Request:
    headers = {"Content-Type": kind, **signed(team.app, body)}
    return Request(says, "/slack/events", body, headers)


def discord(guild: FakeDiscord) -> list[Endpoint]:
    ids = count(int(guild.world.new_id()))

    def of(name: str, kind: int, data: dict[str, Any]) -> Endpoint:
        def document(number: int) -> dict[str, Any]:
            return {
                "id": str(next(ids)),
                "application_id": guild.world.application_id,
                "type": kind,
                "token": f"token-{name}-{number}",
                "data": data,
                "channel": {"id": guild.incidents.id, "type": 0, "parent_id": None},
                "channel_id": guild.incidents.id,
                "member": {"user": {"id": guild.ana.id, "username": "ana"}, "permissions": "0"},
                "message": {"id": "1", "content": "a card"},
            }

        return Endpoint(name, document, send)

    def send(says: str, body: bytes) -> Request:
        stamp = str(int(guild.world.now()))
        headers = {
            "Content-Type": "application/json",
            "X-Signature-Ed25519": guild.endpoint.key.sign(stamp.encode() + body).hex(),
            "X-Signature-Timestamp": stamp,
        }
        return Request(says, "/discord/interactions", body, headers)

    text = {"type": 3, "name": "text", "value": "checkout is slow"}
    case = {"type": 4, "name": "case", "value": 1}
    sub = {"type": 1, "name": "open", "options": [case, text]}
    command = {"id": "1", "type": 1, "name": "faultmaven", "options": [sub]}
    field_ = {"type": 4, "custom_id": "text", "value": "words"}
    row = {"type": 1, "components": [field_]}
    pointed = {"id": "7", "content": "a line", "channel_id": guild.incidents.id, "attachments": []}
    return [
        of("discord command", COMMAND, command),
        of("discord completion", 4, command),
        of("discord button", COMPONENT, {"component_type": 2, "custom_id": "fm:1:status:now"}),
        of("discord form", SUBMIT, {"custom_id": "fm:1:confirm", "components": [row]}),
        of(
            "discord message",
            COMMAND,
            {"type": 3, "name": "Add", "target_id": "7", "resolved": {"messages": {"7": pointed}}},
        ),
    ]
