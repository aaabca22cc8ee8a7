"""A secret in any field of any body that comes from outside is never seen again.

Each string of a body, its keys too where the sender chooses them, is marked: a list of fields that
are cleaned could forget some. What a body may be refused for is marked by itself; of the rest half
at once, each with a mark of its own. One installation hears all doors.
"""

from __future__ import annotations

import copy
import json
import random
import string
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio

from benchmarks.parts.forged import PAGERDUTY, SLACK, genuine
from core.clock import wire_time
from faultmaven.operator_client import client_of
from faultmaven.operator_endpoint import read_endpoint
from tests.fakes.pagerduty.events import PagerIncident
from tests.fakes.slack import a_slack, events
from tests.journeys.alertmanagers import TOKEN
from tests.journeys.egresses import EGRESSES, Outlet, collect, terminal
from tests.journeys.operator import an_operator
from tests.journeys.stages import InSlack, waits_for
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.fakes.slack import FakeSlack
    from tests.journeys.up import Up

    Door = Callable[[Up, FakeSlack, "Marks"], Awaitable[None]]

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

WEBHOOK_SECRET = "of a webhook"  # noqa: S105  # pragma: allowlist secret
LETTERS = string.ascii_letters + string.digits
CHOSEN = {"labels", "annotations", "groupLabels", "commonLabels", "commonAnnotations"}
REFUSABLE = {"version", "status", "startsAt", "endsAt"}
Body = dict[str, Any]
Path_ = tuple[str | int, ...]


@dataclass
class Marks:
    """Tokens in a form that is recognised by itself, each with the field that it was put into."""

    rng: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311
    fields: dict[str, str] = field(default_factory=dict)

    def new(self, name: str) -> str:
        mark = "ghp_" + "".join(self.rng.choices(LETTERS, k=36))
        self.fields[mark] = name
        return mark

    def marked(self, name: str, body: Body, *paths: Path_) -> Body:
        """A copy of the body with a mark at the end of each of these strings."""
        marked = copy.deepcopy(body)
        for *parents, last in paths:
            holder: Any = marked
            for step in parents:
                holder = holder[step]
            mark = self.new(f"{name} {'.'.join(map(str, (*parents, last)))}")
            if last == "a new name":
                holder[mark] = "x"
            else:
                holder[last] = f"{holder[last]} {mark}".strip()
        return marked


def _bundles(body: Body, refusable: set[str]) -> list[list[Path_]]:
    """Which strings are marked at once. refusable: the names of what a body is refused for."""
    paths = list(_paths(body))
    alone = [path for path in paths if path[-1] in refusable]
    others = [path for path in paths if path not in alone]
    return [others[::2], others[1::2], *([path] for path in alone)]


def _paths(value: Any, *at: str | int) -> Iterator[tuple[str | int, ...]]:
    """Of every string, and of a new key wherever the sender chooses the keys."""
    if isinstance(value, str):
        yield at
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, *at, key)
        if at and at[-1] in CHOSEN:
            yield (*at, "a new name")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _paths(inner, *at, number)


def an_alert(number: int = 0) -> Body:
    """As Alertmanager 0.27 sends it; each is of a group of its own."""
    labels = {"alertname": "HighErrorRate", "service": f"orders-{number}", "severity": "critical"}
    annotations = {
        "summary": "orders fails",
        "description": "5xx over 8 %",
        "runbook_url": "http://w",
    }
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": annotations,
        "startsAt": wire_time(datetime.now(UTC) - timedelta(minutes=5)),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph",
        "fingerprint": f"8f2c41d7aa11{number:04x}",
    }
    return {
        "version": "4",
        "groupKey": f'{{}}:{{service="orders-{number}"}}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "faultmaven",
        "groupLabels": {"service": f"orders-{number}"},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "http://alertmanager:9093",
        "alerts": [alert],
    }


async def from_alertmanager(up: Up, _: FakeSlack, marks: Marks) -> None:
    async with httpx.AsyncClient() as client:
        for number, paths in enumerate(_bundles(an_alert(), REFUSABLE)):
            body = marks.marked("alertmanager", an_alert(number), *paths)
            headers = {"Authorization": f"Bearer {TOKEN}"}
            assert (await client.post(up.webhook, json=body, headers=headers)).is_success


async def from_pagerduty(up: Up, _: FakeSlack, marks: Marks) -> None:
    example = json.loads(PagerIncident().happens("incident.triggered"))
    refusable: list[Path_] = [("event", "event_type"), ("event", "occurred_at"), ("event", "id")]
    refusable += [("event", "data", name) for name in ("type", "id", "status")]
    others = [path for path in _paths(example) if path not in refusable]
    bundles = [others[::2], others[1::2], *([path] for path in refusable)]
    async with httpx.AsyncClient() as client:
        for number, paths in enumerate(bundles):
            incident = PagerIncident(id=f"Q2MARKED{number}", number=5000 + number)
            body = json.loads(incident.happens("incident.triggered"))
            marked = marks.marked("pagerduty", body, *paths)
            request = genuine(
                PAGERDUTY, json.dumps(marked).encode(), WEBHOOK_SECRET, name=f"01{number}"
            )
            posted = await client.post(
                up.url + PAGERDUTY.path, content=request.body, headers=request.headers
            )
            assert posted.status_code < 500


async def from_slack(up: Up, slack: FakeSlack, marks: Marks) -> None:
    """Events with text and a file, slash commands, and a name that somebody gave herself."""
    stage = InSlack(slack)
    dana, channel = slack.team.person("dana"), slack.team.channel("#incidents")
    slack.team.people[dana.id] = replace(dana, name=f"Dana {marks.new('slack name')}")
    message = {
        "type": "app_mention",
        "user": dana.id,
        "text": f"<@{slack.app.bot_user}> note it began early",
        "channel": channel.id,
        "thread_ts": stage._thread(),
    }
    async with httpx.AsyncClient() as client:

        async def post(body: bytes, kind: str = "application/json") -> None:
            request = genuine(SLACK, body, slack.app.signing_secret)
            headers = {**request.headers, "Content-Type": kind}
            await client.post(up.url + SLACK.path, content=body, headers=headers)

        envelope = events.envelope(slack, message | {"ts": slack.team.new_ts()})
        for path in _paths(envelope):
            marked = marks.marked("slack event", envelope, path)
            if "ts" in marked["event"]:
                marked["event"].setdefault("ts", slack.team.new_ts())
            await post(json.dumps(marked).encode())
        for line in ("note {}", "open {}", "why {}", "{}", "evidence {}", "correct {}", "ask {}?"):
            text = line.format(marks.new(f"slack command {line}"))
            await slack.say(dana.id, "#incidents", f"@faultmaven {text}", thread=stage._thread())
            form = {
                "command": "/faultmaven",
                "text": line.format(marks.new(f"slack slash {line}")),
                "user_id": dana.id,
                "channel_id": channel.id,
                "channel_name": marks.new("slack channel name"),
                "team_id": slack.team.id,
                "team_domain": marks.new("slack team"),
                "user_name": marks.new("slack user name"),
                "api_app_id": slack.app.id,
                "response_url": f"{slack.url}/x",
                "trigger_id": "1.2.3",
            }
            await post(urlencode(form).encode(), "application/x-www-form-urlencoded")
    content = f"2026-11-17 02:00:00 ERROR svc={marks.new('slack file')} failed\n".encode()
    await slack.upload(
        dana.id,
        "#incidents",
        f"dump-{marks.new('slack file name')}.log",
        content,
        thread=stage._thread(),
    )


async def from_operator(up: Up, _: FakeSlack, marks: Marks) -> None:
    """Headers, parameters, lines and files of the command line."""
    base = "/api/v1/operator"
    lines = [
        {
            "ts": f"2026-11-17T02:00:{at:02}Z",
            "level": "error",
            "msg": "timeout",
            name: marks.new(f"log {name}"),
        }
        for at, name in enumerate(("service", "app", "host", "trace_id", "logger", "password"))
    ]
    contents = {
        "app.log": "\n".join(map(json.dumps, lines)),
        "calls.json": json.dumps({"calls": [[marks.new("topology"), "orders"]]}),
        "metrics.csv": "time,"
        + marks.new("series name")
        + "\n"
        + "\n".join(f"2026-11-17T02:{at:02}:00Z,{at}" for at in range(60)),
        "prom.txt": f'up{{instance="{marks.new("series label")}"}} 0\n',
    }
    endpoint = read_endpoint(up.folder / "data")
    assert endpoint is not None
    async with client_of(endpoint) as client:
        for number, (name, content) in enumerate(contents.items()):
            query = {
                "name": f"{marks.new('operator folder')}/{marks.new('operator file name')}-{name}",
                "service": marks.new("operator service"),
            }
            by = {"X-FaultMaven-User": marks.new("operator user")}
            answer = await client.put(
                f"{base}/cases/1/files", params=query, content=content + number * "\n", headers=by
            )
            assert answer.is_success
        for line in ("note {}", "assign {}", "fixed {}", "nonsense-{}", "evidence {}", "ask {}?"):
            text = line.format(marks.new(f"operator line {line}"))
            by = {"X-FaultMaven-User": marks.new(f"operator user of {line}")}
            await client.post(f"{base}/commands", json={"text": text, "case": 1}, headers=by)
        for name in ("level", "since", "service", "host", "id"):
            await client.get(f"{base}/cases/1/events", params={name: marks.new(f"query {name}")})
        await client.post(f"{base}/replay", json={"delivery": marks.new("replay")})
        await client.post(f"{base}/jobs/{marks.new('job id')}/retry")


@asynccontextmanager
async def a_marked_installation(tmp_path: Path) -> AsyncIterator[tuple[Up, FakeSlack]]:
    async with a_slack() as slack:
        settings = slack.settings() | {
            "FAULTMAVEN_SLACK_APP_TOKEN": "",
            "FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        }
        async with up_in(tmp_path, **settings) as up:
            async with httpx.AsyncClient() as client:
                headers = {"Authorization": f"Bearer {TOKEN}"}
                await client.post(up.webhook, json=an_alert(999), headers=headers)
            await waits_for("orders", InSlack(slack).card)
            yield up, slack


DOORS: tuple[Door, ...] = (from_alertmanager, from_pagerduty, from_slack, from_operator)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heard(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, Marks], Outlet]:
    """The marks that came in, by their door, and all that went out."""
    marks = {door.__name__: Marks(random.Random(door.__name__)) for door in DOORS}  # noqa: S311
    async with a_marked_installation(tmp_path_factory.mktemp("marked")) as (up, slack):
        for door in DOORS:
            await door(up, slack, marks[door.__name__])
        async with an_operator(up) as operator:
            await operator.settled()
        return marks, await collect(up, slack)


@pytest.mark.parametrize("door", [door.__name__ for door in DOORS])
async def test_no_field_of_what_comes_in_is_seen_again(
    heard: tuple[dict[str, Marks], Outlet], door: str
) -> None:
    marks, outlet = heard
    assert len(marks[door].fields) >= 10
    assert all(outlet.whole(egress) for egress in ("case_card", "answers", "export", "database"))
    assert _seen(marks[door], outlet) == []


async def test_no_argument_of_the_terminal_is_seen_again(tmp_path: Path) -> None:
    marks = Marks()
    folder = tmp_path / marks.new("folder")
    folder.mkdir()
    log = folder / f"{marks.new('file name')}.log"
    log.write_text(
        "".join(
            f"2026-11-17 02:00:{at:02} ERROR {marks.new('line')}: connection refused\n"
            for at in range(20)
        )
    )
    alert = tmp_path / "alert.json"
    alert.write_text(json.dumps(marks.marked("alert", an_alert(), next(_paths(an_alert())))))
    shown = await terminal(
        *(str(folder), "--alert", str(alert), "--question", f"why {marks.new('question')}?"),
        folder=tmp_path,
    )
    outlet = Outlet()
    outlet.add("terminal", shown)
    assert "refused" in shown
    assert _seen(marks, outlet) == []


def _seen(marks: Marks, outlet: Outlet) -> list[str]:
    texts = {egress: outlet.whole(egress) for egress in EGRESSES}
    return sorted(
        f"{name} in {egress}"
        for mark, name in marks.fields.items()
        for egress, text in texts.items()
        if mark in text
    )
