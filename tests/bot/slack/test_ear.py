"""Who speaks, and what is in the files they drop."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.slack.access import SlackAccess
from bot.slack.connection import open_slack
from bot.slack.ear import standing
from bot.slack.reading import heard_in_message
from bot.slack.workspace import Me
from core.access.model import Profile, Standing
from core.conversation.model import Attachment
from core.errors import ChatRefused, ChatUnavailable, NotFound
from tests.fakes.slack.events import message_event

if TYPE_CHECKING:
    from tests.bot.slack.desk import Desk

ME = Me(user="U0", team="T0", enterprise="E0")


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({}, Standing.MEMBER),
        ({"is_admin": True}, Standing.MEMBER),
        ({"is_restricted": True}, Standing.GUEST),
        ({"is_restricted": True, "is_ultra_restricted": True}, Standing.GUEST),
        ({"is_bot": True}, Standing.BOT),
        ({"id": "USLACKBOT"}, Standing.BOT),
        ({"deleted": True}, Standing.STRANGER),
        ({"is_stranger": True}, Standing.STRANGER),
        ({"team_id": "T9"}, Standing.STRANGER),
        ({"team_id": "T9", "enterprise_user": {"enterprise_id": "E9"}}, Standing.STRANGER),
        ({"team_id": "T9", "enterprise_user": {"enterprise_id": "E0"}}, Standing.MEMBER),
        ({"team_id": "T9", "is_restricted": True}, Standing.STRANGER),
    ],
)
def test_standing(user: dict[str, Any], expected: Standing) -> None:
    assert standing({"id": "U1", "team_id": "T0", **user}, me=ME) is expected


def test_no_enterprise_is_nobodys() -> None:
    user = {"id": "U1", "team_id": "T9", "enterprise_user": {"enterprise_id": ""}}
    assert standing(user, me=Me(user="U0", team="T0")) is Standing.STRANGER


@pytest.mark.integration
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dana", Standing.MEMBER),
        ("kim", Standing.MEMBER),
        ("gus", Standing.GUEST),
        ("solo", Standing.GUEST),
        ("robin", Standing.BOT),
        ("eve", Standing.STRANGER),
        ("gone", Standing.STRANGER),
    ],
)
async def test_profile(desk: Desk, name: str, expected: Standing) -> None:
    person = desk.people.team.person(name)
    assert await desk.slack.ear.profile(person.id) == Profile(name=name, standing=expected)


@pytest.mark.integration
async def test_nobody(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.slack.ear.profile("U0NOBODY")


async def dropped(desk: Desk, content: bytes, *, stub: bool = False) -> Attachment:
    said = await desk.people.say("dana", "#incidents", files=[("db.log", content)], stub=stub)
    heard = heard_in_message(message_event(desk.people, said.message), bot="U0FAULTMVN")
    assert heard is not None
    return heard.attachments[0]


async def content(desk: Desk, attachment: Attachment) -> bytes:
    return b"".join([chunk async for chunk in desk.slack.ear.fetch(attachment)])


@pytest.mark.integration
@pytest.mark.parametrize("stub", [False, True])
async def test_a_file_is_fetched(desk: Desk, stub: bool) -> None:  # noqa: FBT001
    log = b"ERROR no slot\n" * 20_000
    assert await content(desk, await dropped(desk, log, stub=stub)) == log


@pytest.mark.integration
async def test_a_file_that_was_deleted(desk: Desk) -> None:
    attachment = await dropped(desk, b"x")
    desk.people.team.files[attachment.id].deleted = True
    with pytest.raises(NotFound):
        await content(desk, attachment)
    stub = replace(attachment, source=json.dumps({"id": attachment.id, "url": ""}))
    with pytest.raises(NotFound):
        await content(desk, stub)


@pytest.mark.integration
async def test_the_sign_in_page_is_no_evidence(desk: Desk) -> None:
    attachment = await dropped(desk, b"x")
    desk.people.app.scopes.discard("files:read")
    with pytest.raises(ChatRefused) as caught:
        await content(desk, attachment)
    assert "files:read" in caught.value.next_step


@pytest.mark.integration
async def test_the_token_goes_to_slack_alone(desk: Desk) -> None:
    attachment = await dropped(desk, b"x")
    elsewhere = json.dumps({"id": attachment.id, "url": "http://127.0.0.1:9/steal"})
    with pytest.raises(ChatRefused, match="outside Slack"):
        await content(desk, replace(attachment, source=elsewhere))


@pytest.mark.integration
@pytest.mark.parametrize("target", ["/there", "http://127.0.0.1:9/steal", "/moved"])
async def test_redirects_are_followed_within_slack(target: str) -> None:
    async def moved(_: web.Request) -> web.Response:
        raise web.HTTPFound(target)

    async def there(request: web.Request) -> web.Response:
        return web.Response(body=request.headers["Authorization"].encode())

    app = web.Application()
    app.router.add_get("/moved", moved)
    app.router.add_get("/there", there)
    async with TestServer(app) as server:
        access = SlackAccess(bot_token="xoxb-1", api_url=str(server.make_url("/api/")))  # noqa: S106
        source = json.dumps({"id": "F1", "url": str(server.make_url("/moved"))})
        attachment = Attachment(id="F1", name="db.log", size=1, source=source)
        async with open_slack(access) as slack:
            if target == "/there":
                chunks = [chunk async for chunk in slack.ear.fetch(attachment)]
                assert chunks == [b"Bearer xoxb-1"]
            else:
                with pytest.raises((ChatRefused, ChatUnavailable)):
                    _ = [chunk async for chunk in slack.ear.fetch(attachment)]


@pytest.mark.integration
async def test_slack_is_away(desk: Desk) -> None:
    attachment = await dropped(desk, b"x")
    await desk.people.close()
    with pytest.raises(ChatUnavailable):
        await content(desk, attachment)
