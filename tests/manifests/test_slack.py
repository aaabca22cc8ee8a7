"""The Slack app as people install it, compared with Slack's rules, our listeners and the guide."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from fastapi import FastAPI

from bot.slack.access import SlackAccess
from bot.slack.connection import open_slack
from bot.slack.scopes import APP_SCOPES, COMMANDS, EVENTS, SCOPES, SHORTCUTS
from core.jobs.kinds import CHAT_HEAR
from core.jobs.model import JobState
from tests.docs.pages import ANYTHING
from tests.fakes.clock import SetClock
from tests.fakes.services import memory_services
from tests.fakes.slack import FakeSlack, a_slack, payloads
from tests.fakes.slack.office import AppDelivery
from tests.fakes.slack.request_url import body_of, signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.platform import Checked
    from core.workflows.services import Services

ROOT = Path(__file__).parents[2]
SOCKET = ROOT / "manifests" / "slack" / "manifest.yaml"
HTTP = ROOT / "manifests" / "slack" / "manifest-http.yaml"
GUIDE = ROOT / "docs" / "how-to" / "slack.md"

TEXT = {"type": "string", "minLength": 1}
URL = {"type": "string", "pattern": "^https?://", "maxLength": 3000}
SWITCH = {"type": "boolean"}


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def listed(item: Any, *, most: int, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


# Slack's rules for the parts that we use: docs.slack.dev/reference/app-manifest, and the schema
# that Slack publishes as slackapi/manifest-schema, version 2.
RULES = closed(
    ["display_information", "features", "oauth_config", "settings"],
    _metadata=closed(["major_version"], major_version={"const": 2}),
    display_information=closed(
        ["name"],
        name=TEXT | {"maxLength": 35},
        description=TEXT | {"maxLength": 140},
        long_description={"type": "string", "minLength": 175, "maxLength": 4000},
        background_color={"type": "string", "pattern": "^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"},
    ),
    features=closed(
        ["bot_user"],
        app_home=closed(
            [],
            home_tab_enabled=SWITCH,
            messages_tab_enabled=SWITCH,
            messages_tab_read_only_enabled=SWITCH,
        ),
        bot_user=closed(
            ["display_name"], display_name=TEXT | {"maxLength": 80}, always_online=SWITCH
        ),
        slash_commands=listed(
            closed(
                ["command", "description"],
                command={"type": "string", "pattern": "^/", "minLength": 2, "maxLength": 32},
                url=URL,
                description=TEXT | {"maxLength": 2000},
                usage_hint=TEXT | {"maxLength": 1000},
                should_escape=SWITCH,
            ),
            least=1,
            most=50,
        ),
        shortcuts=listed(
            closed(
                ["name", "type", "callback_id", "description"],
                name=TEXT | {"maxLength": 24},
                type={"enum": ["message", "global"]},
                callback_id=TEXT | {"maxLength": 255},
                description=TEXT | {"maxLength": 150},
            ),
            least=1,
            most=10,
        ),
    ),
    oauth_config=closed(
        ["scopes"],
        scopes=closed(["bot"], bot=listed(TEXT | {"maxLength": 50}, most=255)),
    ),
    settings=closed(
        [],
        event_subscriptions=closed(
            [],
            request_url=URL,
            bot_events=listed(TEXT | {"maxLength": 50}, most=100) | {"uniqueItems": True},
        ),
        interactivity=closed(["is_enabled"], is_enabled=SWITCH, request_url=URL),
        org_deploy_enabled=SWITCH,
        socket_mode_enabled=SWITCH,
        token_rotation_enabled=SWITCH,
    ),
)


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def checked(folder: Path, *manifests: Path) -> subprocess.CompletedProcess[str]:
    """By a program that knows JSON schemas."""
    schema = folder / "rules.json"
    schema.write_text(json.dumps(RULES), encoding="utf-8")
    program = Path(sys.executable).parent / "check-jsonschema"
    command = [str(part) for part in (program, "--schemafile", schema, *manifests)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.integration
def test_slack_would_take_the_manifests(tmp_path: Path) -> None:
    done = checked(tmp_path, SOCKET, HTTP)
    assert done.returncode == 0, done.stdout


@pytest.mark.integration
def test_slack_would_not_take_others(tmp_path: Path) -> None:
    manifest = read(SOCKET)
    broken = [copy.deepcopy(manifest) for _ in range(4)]
    broken[0]["display_information"]["name"] = "x" * 36
    broken[1]["features"]["slash_commands"][0]["command"] = "fm"
    broken[2]["features"]["shortcuts"][0]["name"] = "Add this message to a case"
    broken[3]["settings"]["socket_mode"] = True
    paths = [tmp_path / f"{number}.yaml" for number in range(len(broken))]
    for path, content in zip(paths, broken, strict=True):
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    done = checked(tmp_path, *paths)
    assert done.returncode == 1
    assert all(str(path) in done.stdout for path in paths)


def test_the_two_differ_in_how_slack_reaches_us_and_in_nothing_else() -> None:
    socket, http = read(SOCKET), read(HTTP)
    assert socket["settings"].pop("socket_mode_enabled") is True
    assert http["settings"].pop("socket_mode_enabled") is False
    settings, features = http["settings"], http["features"]
    urls = {command.pop("url") for command in features["slash_commands"]}
    urls |= {settings[part].pop("request_url") for part in ("event_subscriptions", "interactivity")}
    assert urls == {"https://faultmaven.example.com/slack/events"}
    assert socket == http


@pytest.mark.parametrize("path", [SOCKET, HTTP], ids=lambda path: path.name)
def test_the_manifest_asks_for_what_the_program_needs(path: Path) -> None:
    manifest = read(path)
    features = manifest["features"]
    assert manifest["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    commands = {
        slash_command["command"]: slash_command["description"]
        for slash_command in features["slash_commands"]
    }
    assert commands == COMMANDS
    assert {
        shortcut["callback_id"]: shortcut["name"] for shortcut in features["shortcuts"]
    } == SHORTCUTS
    assert manifest["settings"]["interactivity"]["is_enabled"] is True


@pytest.mark.parametrize("path", [SOCKET, HTTP], ids=lambda path: path.name)
def test_every_scope_and_event_says_why(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name, reason in {**SCOPES, **EVENTS}.items():
        assert f"- {name} # {reason}\n" in text


def test_the_guide_has_every_scope_with_its_reason() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z_]+:?[a-z_.]*)` \| (.+) \|$", guide, re.MULTILINE))
    assert {name: reason for name, reason in rows.items() if name in SCOPES} == SCOPES
    section = guide.partition("## What each scope is for")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(.+?)` \|", section, re.MULTILINE) == list(SCOPES)
    for name, reason in APP_SCOPES.items():
        assert f"`{name}`: {reason}" in guide


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with a_slack() as slack:
        yield slack


@asynccontextmanager
async def our_door(slack: FakeSlack, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """`/slack/events`, as the bot process serves it."""
    access = SlackAccess(
        bot_token=slack.app.bot_token,
        signing_secret=slack.app.signing_secret,
        api_url=slack.api_url,
    )
    async with open_slack(access) as ours:
        app = FastAPI()
        app.include_router(ours.router(services))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            yield client


async def post(door: httpx.AsyncClient, slack: FakeSlack, kind: str, payload: Any) -> int:
    body, content_type = body_of(AppDelivery(kind, payload))
    headers = {"Content-Type": content_type, **signed(slack.app, body)}
    return (await door.post("/slack/events", content=body, headers=headers)).status_code


async def heard(services: Services) -> int:
    async with services.reading() as unit:
        jobs = await unit.jobs.listing(JobState.PENDING, limit=100)
    return sum(job.kind == CHAT_HEAR.name for job in jobs)


@pytest.mark.integration
async def test_whatever_the_manifest_declares_is_listened_to(slack: FakeSlack) -> None:
    """Each command, shortcut and kind of message is taken up; what is not declared is a 404."""
    services = memory_services(clock=SetClock(datetime.now(UTC)))
    dana, room = slack.team.person("dana"), slack.team.channel("incidents")
    async with our_door(slack, services) as door:
        for name in slack.app.commands:
            command = payloads.command(slack, name, "status", dana, room)
            assert await post(door, slack, "slash_commands", command) == 200
        message = await slack.say("dana", "lobby", "pool exhausted")
        for name in slack.app.shortcuts:
            shortcut = payloads.message_action(slack, dana, room, message.message, name)
            assert await post(door, slack, "interactive", shortcut) == 200
        deliveries = [
            *(await slack.mention("dana", "incidents", "status")).deliveries,
            *(await slack.mention("dana", "war-room", "status")).deliveries,
            *(await slack.direct("dana", "status")).deliveries,
        ]
        for delivery in deliveries:
            assert await post(door, slack, "events_api", delivery.payload) == 200
        # A mention comes as a message too, and is one thing that was said.
        assert await heard(services) == len(COMMANDS) + len(SHORTCUTS) + 3
        other = payloads.command(slack, "/other", "", dana, room)
        assert await post(door, slack, "slash_commands", other) == 404


async def findings(slack: FakeSlack, *channels: str, app_token: str = "") -> list[Checked]:
    access = SlackAccess(
        bot_token=slack.app.bot_token,
        app_token=app_token or slack.app.app_token,
        api_url=slack.api_url,
    )
    async with open_slack(access) as ours:
        return await ours.examine(channels)


@pytest.mark.integration
async def test_doctor_has_nothing_to_say_of_an_app_from_the_manifest(slack: FakeSlack) -> None:
    checks = await findings(slack, "#incidents", slack.team.channel("war-room").id)
    assert [check.advice for check in checks] == [""] * len(checks)
    shown = [f"ok  {check.check}: {check.says}" for check in checks]
    guide = GUIDE.read_text(encoding="utf-8")
    for pattern in re.findall(r"^ok  slack .+$", guide, re.MULTILINE):
        assert any(is_like(line, pattern) for line in shown), pattern


@pytest.mark.integration
async def test_the_guide_explains_each_failing_line_of_doctor(slack: FakeSlack) -> None:
    private = slack.team.channel("war-room")
    private.members.discard(slack.app.bot_user)
    slack.app.scopes.discard("files:write")
    archived = slack.team.channel("old").id
    bad = await findings(slack, "#nowhere", "C404", private.id, archived, app_token="xoxb-no")  # noqa: S106
    slack.app.app_scopes.clear()
    bad += await findings(slack)
    bad += await findings(slack, app_token=slack.app.bot_token)
    slack.app.refusal = "token_revoked"
    bad += await findings(slack)
    lines = [f"{check.check}: {check.says}" for check in bad if check.advice]
    assert len(lines) >= 8
    guide = GUIDE.read_text(encoding="utf-8")
    known = re.findall(r"^\| `(slack .+?)` \|", guide, re.MULTILINE)
    for line in lines:
        assert any(is_like(line, pattern) for pattern in known), line


def is_like(line: str, pattern: str) -> bool:
    """Whether a line fits a pattern of the guide, in which `…` stands for any text."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split(ANYTHING))), line) is not None
