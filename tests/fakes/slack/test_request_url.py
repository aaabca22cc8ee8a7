"""HTTP mode of the fake, against a small server that checks with slack-sdk's own verifier."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from tests.fakes.slack.app import from_manifest
from tests.fakes.slack.request_url import signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


@dataclass
class SignedEndpoint:
    """Takes what is signed. `statuses` are answered first, each once; `slow_s` before each."""

    verifier: SignatureVerifier
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    slow_s: float = 0.0
    answer: str = ""
    taken: list[tuple[dict[str, str], str]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self.verifier.is_valid_request(body, dict(request.headers)):
            return web.Response(status=401)
        text = body.decode()
        if "url_verification" in text:
            return web.json_response({"challenge": json.loads(text)["challenge"]})
        self.taken.append((dict(request.headers), text))
        status = self.statuses.pop(0) if self.statuses else 200
        await asyncio.sleep(self.slow_s)
        return web.Response(status=status, headers=self.headers, text=self.answer)


@asynccontextmanager
async def a_door(slack: FakeSlack) -> AsyncIterator[SignedEndpoint]:
    door = SignedEndpoint(SignatureVerifier(slack.app.signing_secret))
    app = web.Application()
    app.router.add_post("/slack/events", door.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield door
    finally:
        await runner.cleanup()


@pytest.fixture
async def door(slack: FakeSlack) -> AsyncIterator[SignedEndpoint]:
    async with a_door(slack) as door:
        assert await slack.post_to(door.url)
        yield door


async def test_events_are_json_commands_forms_interactions_json_in_a_form(
    slack: FakeSlack, door: SignedEndpoint
) -> None:
    assert (await slack.say("dana", "incidents", "hello")).acked
    door.answer = "looking"
    done = await slack.command("/fm", "status", "dana", "incidents")
    assert done.reply
    assert done.reply.text == "looking"
    message = await slack.say("kim", "lobby", "odd")
    await slack.shortcut("dana", message.message, "add_to_case")
    event, command, shortcut = (text for _, text in door.taken)
    assert json.loads(event)["event"]["text"] == "hello"
    assert parse_qs(command)["text"] == ["status"]
    assert json.loads(parse_qs(shortcut)["payload"][0])["type"] == "message_action"


async def test_a_failed_event_is_sent_again_with_its_number_and_reason(
    slack: FakeSlack, door: SignedEndpoint
) -> None:
    door.statuses = [500, 503]
    message = await slack.say("dana", "incidents", "hello")
    await slack.office.quiet()
    assert message.acked
    numbers = [headers.get("X-Slack-Retry-Num") for headers, _ in door.taken]
    reasons = [headers.get("X-Slack-Retry-Reason") for headers, _ in door.taken]
    assert numbers == [None, "1", "2"]
    assert reasons == [None, "http_error", "http_error"]
    assert len({json.loads(text)["event_id"] for _, text in door.taken}) == 1


async def test_no_retry_when_the_app_says_so(slack: FakeSlack, door: SignedEndpoint) -> None:
    door.statuses, door.headers = [500], {"X-Slack-No-Retry": "1"}
    await slack.say("dana", "incidents", "hello")
    await slack.office.quiet()
    assert len(door.taken) == 1


async def test_an_answer_that_comes_too_late_is_none(
    slack: FakeSlack, door: SignedEndpoint
) -> None:
    door.slow_s = 0.4
    message = await slack.say("dana", "incidents", "hello")
    assert message.deliveries[0].attempts[0].failed == "http_timeout"
    door.slow_s = 0.0
    await slack.office.quiet()
    assert message.acked


async def test_a_door_that_is_not_there_or_does_not_know_us(
    slack: FakeSlack, door: SignedEndpoint
) -> None:
    slack.app.signing_secret = slack.app.signing_secret[::-1]
    message = await slack.say("dana", "incidents", "hello")
    assert message.deliveries[0].attempts[0].status == 401
    assert not await slack.post_to(door.url)


def test_a_stale_signature_is_stale() -> None:
    app = from_manifest()
    verifier = SignatureVerifier(app.signing_secret)
    assert verifier.is_valid_request(b"{}", signed(app, b"{}"))
    assert not verifier.is_valid_request(b"{}", signed(app, b"{}", at=1_700_000_000))
