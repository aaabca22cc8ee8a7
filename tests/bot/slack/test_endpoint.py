"""Slack's way in over HTTP: what is not Slack's stays out, and what makes no sense does no harm."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest

from bot.slack import endpoint
from tests.bot.slack.desk import SOON_S, SlackDesk, a_desk
from tests.fakes.slack.request_url import signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


@pytest.fixture
async def url(people: FakeSlack) -> AsyncIterator[tuple[SlackDesk, str]]:
    async with a_desk(people, socket_mode=False) as desk, desk.posted_to() as url:
        yield desk, url


async def posted(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        async with session.post(url, data=body, headers=form | headers) as answer:
            return answer.status


BODY = (
    b"command=%2Ffm&text=status&user_id=U1&channel_id=C1&trigger_id=1.2.x&team_id=T0FAULTMVN"
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fx"
)


async def test_forged_stale_and_replayed(url: tuple[SlackDesk, str]) -> None:
    desk, address = url
    good = signed(desk.people.app, BODY)
    assert await posted(address, BODY + b"x", good) == 401
    assert await posted(address, BODY, {}) == 401
    assert await posted(address, b"\xff\xfe", good) == 401
    mistimed = good | {"X-Slack-Request-Timestamp": "x"}
    assert await posted(address, BODY, mistimed) == 401
    stale = signed(desk.people.app, BODY, at=desk.services.clock.now().timestamp() - 301)
    assert await posted(address, BODY, stale) == 401
    assert desk.heard() == []
    assert await posted(address, BODY, good) == 200
    assert await posted(address, BODY, good) == 200
    assert len(desk.heard()) == 1


async def test_without_a_signing_secret_nothing_is_taken(people: FakeSlack) -> None:
    async with a_desk(people, socket_mode=False) as desk:
        access = replace(desk.slack.web.access, signing_secret=None)
        object.__setattr__(desk.slack.web, "access", access)
        with pytest.raises(AssertionError):
            async with desk.posted_to():
                pass


async def test_slack_says_that_it_left_something_out(url: tuple[SlackDesk, str]) -> None:
    desk, address = url
    body = b'{"type": "app_rate_limited", "minute_rate_limited": 1518467820}'
    content = {"Content-Type": "application/json"}
    assert await posted(address, body, signed(desk.people.app, body) | content) == 200
    assert desk.slack._absence.missed.is_set()


ODD_EVENTS = [
    b'{"type": "event_callback", "event": {"type": "team_join"}}',
    b'{"type": "event_callback", "event": {"type": "message", "user": "U1"}}',
    b"{",
    b"[]",
    b"",
    b"\xff\xfe",
    b"[" * 200_000,
    b'{"type": "event_callback"}',
    b'{"type": "event_callback", "event": null}',
    b'{"type": "event_callback", "event": "message"}',
    b'{"type": "event_callback", "event": {"type": 5}}',
    b'{"type": "event_callback", "authorizations": [5], "event": {"type": "message"}}',
    b'{"type": "event_callback", "event": {"type": "message", "user": "U1", "channel": "C1",'
    b' "ts": "abc", "text": "the secret word"}}',
    b'{"type": "event_callback", "event": {"type": "message", "user": "U1", "channel": "C1",'
    b' "ts": "1.1", "files": [{"id": "F", "size": "x"}, "y"], "text": "the secret word"}}',
]
PRESSED = {
    "type": "block_actions",
    "user": {"id": "U1"},
    "team": {"id": "T1"},
    "trigger_id": "1.2.x",
    "channel": {"id": "C1"},
    "container": {"type": "message", "message_ts": "1.1"},
    "actions": [{"action_id": "fm:resolve", "block_id": "b", "type": "button", "value": "1"}],
}
VIEW = {"id": "V1", "type": "modal", "callback_id": "fm:form", "state": {"values": {}}}
ODD_PAYLOADS: list[object] = [
    [],
    5,
    {},
    {"type": "block_actions"},
    {name: value for name, value in PRESSED.items() if name != "trigger_id"},
    {name: value for name, value in PRESSED.items() if name != "actions"},
    PRESSED | {"actions": []},
    PRESSED | {"actions": ["x"]},
    PRESSED | {"user": "U1"},
    PRESSED | {"channel": None, "container": None},
    {"type": "view_closed", "user": {"id": "U1"}, "view": VIEW},
    {"type": "view_submission", "user": {"id": "U1"}},
    {"type": "view_submission", "user": {"id": "U1"}, "view": VIEW},
    {"type": "view_submission", "user": {"id": "U1"}, "view": VIEW | {"callback_id": "other"}},
    {"type": "view_submission", "user": {"id": "U1"}, "view": {"id": "V1"}},
    {"type": "message_action", "callback_id": "add_to_case", "user": {"id": "U1"}},
    {"type": "message_action", "callback_id": "other", "user": {"id": "U1"}},
    {"type": "shortcut", "callback_id": "other", "user": {"id": "U1"}},
    {"type": "block_suggestion", "user": {"id": "U1"}, "value": "x"},
]


@pytest.mark.parametrize("body", ODD_EVENTS)
async def test_an_event_of_no_meaning_is_no_failure(
    url: tuple[SlackDesk, str], body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    desk, address = url
    content = {"Content-Type": "application/json"}
    assert await posted(address, body, signed(desk.people.app, body) | content) == 200
    assert desk.heard() == []
    assert "secret word" not in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("payload", [None, *ODD_PAYLOADS])
async def test_a_press_of_no_meaning_is_no_failure(
    url: tuple[SlackDesk, str], payload: object, caplog: pytest.LogCaptureFixture
) -> None:
    desk, address = url
    body = b"payload=" if payload is None else urlencode({"payload": json.dumps(payload)}).encode()
    assert await posted(address, body, signed(desk.people.app, body)) == 200
    assert desk.heard() == []
    assert "Traceback" not in caplog.text


async def test_a_command_without_its_trigger(url: tuple[SlackDesk, str]) -> None:
    desk, address = url
    body = BODY.replace(b"&trigger_id=1.2.x", b"")
    assert await posted(address, body, signed(desk.people.app, body)) == 200
    assert desk.heard() == []


MEGABYTE = 1024 * 1024


async def test_what_could_not_be_signed_is_not_even_read(url: tuple[SlackDesk, str]) -> None:
    """Refused while its body is still to come, and without it."""
    desk, address = url
    good = signed(desk.people.app, BODY)
    stale = signed(desk.people.app, BODY, at=desk.services.clock.now().timestamp() - 301)
    unsigned = {"X-Slack-Request-Timestamp": good["X-Slack-Request-Timestamp"]}
    for headers in ({}, unsigned, stale):
        assert await answered_before_the_end(address, headers, sent=1000) == 401


async def test_what_slack_never_posts_is_not_kept(url: tuple[SlackDesk, str]) -> None:
    desk, address = url
    good = signed(desk.people.app, BODY)
    assert await answered_before_the_end(address, good, sent=MEGABYTE + 1) == 413


async def test_a_body_that_does_not_come_is_not_waited_for(
    url: tuple[SlackDesk, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, address = url
    monkeypatch.setattr(endpoint, "_MAX_READ_S", 0.05)
    good = signed(desk.people.app, BODY)
    assert await answered_before_the_end(address, good, sent=10) == 408


async def answered_before_the_end(address: str, headers: dict[str, str], *, sent: int) -> int:
    """The status that comes while the body, in chunks, is still under way."""
    at = urlsplit(address)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    fields = {"Host": at.netloc, "Transfer-Encoding": "chunked"} | headers
    lines = [f"POST {at.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    for size in [MEGABYTE // 4] * (sent // (MEGABYTE // 4)) + [sent % (MEGABYTE // 4)]:
        if size:
            writer.write(f"{size:x}\r\n".encode() + b"x" * size + b"\r\n")
    async with asyncio.timeout(SOON_S):
        status = (await reader.readline()).split()[1]
    writer.close()
    return int(status)
