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
from bot.slack.forms import FormPrefill, form_view
from bot.slack.scopes import ADD_TO_CASE
from core.clock import wire_time
from faultmaven.operator_client import client_of
from faultmaven.operator_endpoint import read_endpoint
from tests.fakes.discord import payloads as discord_payloads
from tests.fakes.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT
from tests.fakes.discord.server import FakeDiscord, a_discord
from tests.fakes.pagerduty.events import PagerIncident
from tests.fakes.slack import FakeSlack, a_slack, events
from tests.fakes.slack import payloads as slack_payloads
from tests.fakes.slack.model import View
from tests.journeys.egresses import EGRESSES, Outlet, collect, terminal
from tests.journeys.operator import an_operator
from tests.journeys.stages import InSlack, waits_for
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.fakes.discord.model import Message
    from tests.journeys.up import Up

    Door = Callable[[Up, "Chats", "Marks"], Awaitable[None]]

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

WEBHOOK_SECRET = "of a webhook"  # noqa: S105  # pragma: allowlist secret
LETTERS = string.ascii_letters + string.digits
CHOSEN = {"labels", "annotations", "groupLabels", "commonLabels", "commonAnnotations"}
REFUSABLE = {"version", "status", "startsAt", "endsAt"}
DISCORD_IDS = {"id", "channel_id", "guild_id", "parent_id", "application_id", "target_id", "token"}
DISCORD_IDS |= {"custom_id", "name"}
DISCORD_TIMES = {"timestamp", "joined_at", "nonce"}
Body = dict[str, Any]
Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Chats:
    """The platforms that the installation is connected to."""

    slack: FakeSlack
    discord: FakeDiscord


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


def _few(body: Body, refusable: set[str], *, within: set[str]) -> list[list[Path_]]:
    """As `_bundles`, and what is `within` one of ours, sent back to us, is marked with the rest."""
    alone = [path for path in _paths(body) if path[-1] in refusable and not within & set(path[:-1])]
    others = [path for path in _paths(body) if path not in alone]
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


async def from_alertmanager(up: Up, _: Chats, marks: Marks) -> None:
    async with httpx.AsyncClient() as client:
        for number, paths in enumerate(_bundles(an_alert(), REFUSABLE)):
            body = marks.marked("alertmanager", an_alert(number), *paths)
            assert await up.takes(json.dumps(body).encode(), client=client)


async def from_pagerduty(up: Up, _: Chats, marks: Marks) -> None:
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


async def from_slack(up: Up, chats: Chats, marks: Marks) -> None:
    """Events with text and a file, slash commands, and a name that somebody gave herself."""
    slack = chats.slack
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


async def from_slack_buttons(up: Up, chats: Chats, marks: Marks) -> None:
    """A button, a form and the menu of a message."""
    slack = chats.slack
    kim, room = slack.team.person("kim"), slack.team.channel("#incidents")
    card = next(message for message in room.messages.values() if message.by_app)
    bodies: dict[str, tuple[Body, set[str]]] = {}
    for block in card.blocks:
        for element in block.get("elements", []):
            if element.get("action_id") in {"fm:ask", "fm:evidence"}:  # opens a form; acts at once
                action = slack_payloads.action(slack, block, element)
                pressed = slack_payloads.block_actions(slack, kim, room, card, action)
                bodies[f"slack button {action['action_id']}"] = (pressed, {"action_id", "value"})
    assert len(bodies) == 2
    form = form_view(
        FormPrefill(
            verb="correct", argument="", case_number=1, channel=room.id, thread=card.ts, handle=""
        )
    )
    view = View(slack.team.new_id("V"), kim.id, form, hash="1.a")
    values = slack_payloads.filled(view, {"text": "it began early"})
    bodies["slack form"] = (slack_payloads.view_submission(slack, view, values), {"callback_id"})
    shortcut = slack_payloads.message_action(slack, kim, room, card, ADD_TO_CASE)
    bodies["slack menu"] = (shortcut, {"callback_id"})
    async with httpx.AsyncClient() as client:
        for name, (body, refusable) in bodies.items():
            of_slack = {"id", "type", "trigger_id", "ts", "thread_ts", "message_ts", "channel_id"}
            for paths in _few(body, refusable | of_slack, within={"message", "blocks", "team"}):
                fresh = body | {"trigger_id": slack.new_trigger(kim.id)}
                marked = marks.marked(name, fresh, *paths)
                form_body = urlencode({"payload": json.dumps(marked)}).encode()
                request = genuine(SLACK, form_body, slack.app.signing_secret)
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                posted = await client.post(
                    up.url + SLACK.path, content=form_body, headers={**request.headers, **kind}
                )
                assert posted.status_code < 500, (name, paths)


async def from_discord(up: Up, chats: Chats, marks: Marks) -> None:
    """Messages with a file over the gateway; commands, buttons, forms and menus over HTTP."""
    discord = chats.discord
    world, ana, (thread, *_) = discord.world, discord.ana, discord.threads
    ana.nick = f"Ana {marks.new('discord nick')}"
    session = discord.gateway.live[0]
    content = f"2026-11-17 02:00:00 ERROR svc={marks.new('discord file')} failed\n".encode()
    name = f"dump-{marks.new('discord file name')}.log"
    message = await discord.mention(ana, thread, "correct it began early", files={name: content})
    wire = session.dispatches[-1]["d"]
    for paths in _bundles(wire, DISCORD_IDS)[:2]:  # ids over its own connection are Discord's
        fresh = wire | {"id": world.new_id()}
        texts = [path for path in paths if path[-1] not in DISCORD_TIMES]
        session.dispatch("MESSAGE_CREATE", marks.marked("discord message", fresh, *texts))

    def interaction(kind: int, data: Body, on: Message | None = None) -> Body:
        return discord.doors.wire(discord.doors.begin(kind, ana.user, thread, data, on))

    typed = {"type": 3, "name": "text", "value": "it began early"}
    command = {"id": "1", "name": "fm", "type": 1}
    command["options"] = [{"type": 1, "name": "correct", "options": [typed]}]
    text_input = {"type": 4, "custom_id": "text", "value": "it began early", "id": 2}
    rows = [{"type": 1, "id": 1, "components": [text_input]}]
    resolved = {"messages": {message.id: discord_payloads.message(world, message)}}
    card = discord.messages(discord.incidents, by=world.bot)[0]
    bodies = {
        "command": interaction(COMMAND, command),
        "typing": interaction(AUTOCOMPLETE, command),
        "button": interaction(COMPONENT, {"custom_id": "fm:status:1:", "component_type": 2}, card),
        "form": interaction(SUBMIT, {"custom_id": "fm:correct:1:", "components": rows}, card),
        "menu": interaction(
            COMMAND,
            {"id": "2", "name": "Add to case", "type": 3, "target_id": message.id}
            | {"resolved": resolved},
        ),
    }
    for name, body in bodies.items():
        for paths in _few(body, DISCORD_IDS, within={"message", "guild"}):
            fresh = body | {"id": world.new_id()}
            marked = marks.marked(f"discord {name}", fresh, *paths)
            posted = await discord.endpoint.post(f"{up.url}/discord/interactions", marked)
            assert 200 <= posted.status < 500, (name, paths)


async def from_operator(up: Up, _: Chats, marks: Marks) -> None:
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
async def a_marked_installation(tmp_path: Path) -> AsyncIterator[tuple[Up, Chats]]:
    async with a_slack() as slack, a_discord() as discord:
        settings = slack.settings() | discord.settings
        settings |= {
            "FAULTMAVEN_SLACK_APP_TOKEN": "",
            "FAULTMAVEN_DISCORD_PUBLIC_KEY": discord.public_key,
            "FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        }
        async with up_in(tmp_path, **settings) as up:
            assert await up.takes(json.dumps(an_alert(999)).encode())
            await waits_for("orders", InSlack(slack).card)
            await discord.until(lambda: discord.threads)
            yield up, Chats(slack, discord)


DOORS: tuple[Door, ...] = (
    from_alertmanager,
    from_pagerduty,
    from_slack,
    from_slack_buttons,
    from_discord,
    from_operator,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heard(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, Marks], Outlet]:
    """The marks that came in, by their door, and all that went out."""
    marks = {door.__name__: Marks(random.Random(door.__name__)) for door in DOORS}  # noqa: S311
    async with a_marked_installation(tmp_path_factory.mktemp("marked")) as (up, chats):
        for door in DOORS:
            await door(up, chats, marks[door.__name__])
        async with an_operator(up) as operator:
            await operator.settled()
        outlet = await collect(up, chats.slack)
        for call in chats.discord.calls:
            outlet.add("answers", json.dumps([call.path, call.body], default=str))
        for post in chats.discord.endpoint.deliveries:
            outlet.add("answers", json.dumps(post.body))
        return marks, outlet


@pytest.mark.parametrize("door", [door.__name__ for door in DOORS])
async def test_no_field_of_what_comes_in_is_seen_again(
    heard: tuple[dict[str, Marks], Outlet], door: str
) -> None:
    marks, outlet = heard
    assert len(marks[door].fields) >= 10
    assert all(outlet.whole(egress) for egress in ("case_card", "answers", "export", "database"))
    seen = _seen(marks[door], outlet)
    assert not seen, "\n".join(seen)


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
