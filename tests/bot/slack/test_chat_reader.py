"""Who speaks, and what is in the files they drop."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.slack.access import SlackAccess
from bot.slack.chat_reader import standing
from bot.slack.connection import open_slack
from bot.slack.payloads import heard_in_message, place_in
from bot.slack.workspace import BotIdentity
from core.access import PersonProfile, Standing
from core.conversation.messages.message import Attachment, IncomingMessage
from core.errors import ChatRefused, ChatUnavailable, NotFound
from tests.bot.slack.desk import SlackDesk, a_card
from tests.fakes.slack.events import message_event

if TYPE_CHECKING:
    from core.places import Place

ME = BotIdentity(user="U0", team="T0", enterprise="E0")


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
    assert standing(user, me=BotIdentity(user="U0", team="T0")) is Standing.STRANGER


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
async def test_profile(desk: SlackDesk, name: str, expected: Standing) -> None:
    person = desk.people.team.person(name)
    assert await desk.slack.chat_reader.profile(person.id) == PersonProfile(
        name=name, standing=expected
    )


@pytest.mark.integration
@pytest.mark.parametrize(
    ("channel", "is_open"), [("incidents", True), ("lobby", True), ("war-room", False)]
)
async def test_a_private_channel_is_not_open(
    desk: SlackDesk, channel: str, *, is_open: bool
) -> None:
    team = desk.people.team
    place = place_in(next(each.id for each in team.channels.values() if each.name == channel))
    reader, direct = desk.slack.chat_reader, place_in("D0DIRECT")
    assert await reader.closed_to(replace(place, thread="1.1")) == (None if is_open else place)
    assert await reader.closed_to(direct) == direct


@pytest.mark.integration
async def test_who_reads_a_channel_is_asked_anew(desk: SlackDesk) -> None:
    team, reader = desk.people.team, desk.slack.chat_reader
    room = next(each for each in team.channels.values() if each.name == "war-room")
    dana = team.person("dana").id
    room.members.add(dana)
    assert await reader.reads(place_in(room.id), dana)
    room.members.discard(dana)
    assert not await reader.reads(place_in(room.id), dana)
    assert await reader.reads(place_in("D0DIRECT"), dana)


@pytest.mark.integration
async def test_nobody(desk: SlackDesk) -> None:
    with pytest.raises(NotFound):
        await desk.slack.chat_reader.profile("U0NOBODY")


async def dropped(desk: SlackDesk, content: bytes, *, stub: bool = False) -> Attachment:
    message = await desk.people.say("dana", "#incidents", files=[("db.log", content)], stub=stub)
    heard = heard_in_message(message_event(desk.people, message.message), bot="U0FAULTMVN")
    assert heard is not None
    return heard.attachments[0]


async def content(desk: SlackDesk, attachment: Attachment) -> bytes:
    return b"".join([chunk async for chunk in desk.slack.chat_reader.fetch(attachment)])


@pytest.mark.integration
@pytest.mark.parametrize("stub", [False, True])
async def test_a_file_is_fetched(desk: SlackDesk, stub: bool) -> None:  # noqa: FBT001
    log = b"ERROR no slot\n" * 20_000
    assert await content(desk, await dropped(desk, log, stub=stub)) == log


@pytest.mark.integration
async def test_a_file_that_was_deleted(desk: SlackDesk) -> None:
    attachment = await dropped(desk, b"x")
    desk.people.team.files[attachment.id].deleted = True
    with pytest.raises(NotFound):
        await content(desk, attachment)
    stub = replace(attachment, source=json.dumps({"id": attachment.id, "url": ""}))
    with pytest.raises(NotFound, match=r"db\.log is gone from Slack") as caught:
        await content(desk, stub)
    assert caught.value.next_step == "Drop the file again."


@pytest.mark.integration
async def test_a_file_of_a_shared_channel_has_its_name(desk: SlackDesk) -> None:
    message = await desk.people.say("dana", "#incidents", files=[("db.log", b"12345")], stub=True)
    heard = heard_in_message(message_event(desk.people, message.message), bot="U0FAULTMVN")
    assert heard is not None
    assert heard.attachments[0].name == message.message.files[0].id
    (named,) = (await desk.slack.chat_reader.named(heard)).attachments
    assert (named.name, named.size) == ("db.log", 5)
    assert await content(desk, named) == b"12345"


@pytest.mark.integration
@pytest.mark.parametrize("trouble", [{"delay_s": 5.0}, {"status": 502}, {"error": "file_deleted"}])
async def test_nobody_waits_for_a_name(desk: SlackDesk, trouble: dict[str, Any]) -> None:
    message = await desk.people.say("dana", "#incidents", files=[("db.log", b"x")], stub=True)
    heard = heard_in_message(message_event(desk.people, message.message), bot="U0FAULTMVN")
    assert heard is not None
    desk.people.trouble("files.info", **trouble)
    async with asyncio.timeout(2):
        assert await desk.slack.chat_reader.named(heard) == heard


@pytest.mark.integration
@pytest.mark.parametrize("name", ["db.log", "report.html", "REPORT.HTM"])
async def test_the_sign_in_page_is_no_evidence(desk: SlackDesk, name: str) -> None:
    attachment = replace(await dropped(desk, b"x"), name=name)
    desk.people.app.scopes.discard("files:read")
    with pytest.raises(ChatRefused) as caught:
        await content(desk, attachment)
    assert "files:read" in caught.value.next_step


@pytest.mark.integration
async def test_the_token_goes_to_slack_alone(desk: SlackDesk) -> None:
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
                chunks = [chunk async for chunk in slack.chat_reader.fetch(attachment)]
                assert chunks == [b"Bearer xoxb-1"]
            else:
                with pytest.raises((ChatRefused, ChatUnavailable)):
                    _ = [chunk async for chunk in slack.chat_reader.fetch(attachment)]


@pytest.mark.integration
async def test_a_page_that_was_dropped_is_taken() -> None:
    page = b"<html>the status page at 02:41</html>"

    async def shown(_: web.Request) -> web.Response:
        return web.Response(body=page, content_type="text/html")

    app = web.Application()
    app.router.add_get("/page", shown)
    async with TestServer(app) as server:
        access = SlackAccess(bot_token="xoxb-1", api_url=str(server.make_url("/api/")))  # noqa: S106
        source = json.dumps({"id": "F1", "url": str(server.make_url("/page"))})
        attachment = Attachment(id="F1", name="status.html", size=len(page), source=source)
        async with open_slack(access) as slack:
            assert b"".join([chunk async for chunk in slack.chat_reader.fetch(attachment)]) == page
            with pytest.raises(ChatRefused):
                _ = [chunk async for chunk in slack.chat_reader.fetch(replace(attachment, size=9))]


@pytest.mark.integration
async def test_slack_is_away(desk: SlackDesk) -> None:
    attachment = await dropped(desk, b"x")
    await desk.people.close()
    with pytest.raises(ChatUnavailable):
        await content(desk, attachment)


# What was said before we knew of a place


async def told(desk: SlackDesk, place: Place, *, after: str) -> list[IncomingMessage]:
    return [message async for message in desk.slack.chat_reader.history(place, after=after)]


@pytest.mark.integration
async def test_what_was_said_in_a_thread(desk: SlackDesk) -> None:
    people = desk.people
    ref = await desk.slack.chat.post(desk.place(), a_card(), marker="out_1")
    place = desk.place(thread=ref)
    for nth in range(450):
        await people.say("dana", "#incidents", f"line {nth}", thread=ref)
    await desk.slack.chat.post(place, a_card("an answer"), marker="out_2")
    last = await people.upload("kim", "#incidents", "db.log", b"ERROR", thread=ref)
    messages = await told(desk, place, after=ref)
    assert [message.text for message in messages] == [*(f"line {nth}" for nth in range(450)), ""]
    assert {message.place for message in messages} == {place}
    (event,) = [
        delivery for delivery in last.deliveries if delivery.payload["event"]["type"] == "message"
    ]
    live = heard_in_message(event.payload["event"], bot=people.app.bot_user)
    assert live is not None
    assert messages[-1] == replace(live, place=live.place.within(messages[-1].place.workspace))
    assert await told(desk, place, after=last.ts) == []


@pytest.mark.integration
async def test_what_was_said_in_a_channel_and_its_threads(desk: SlackDesk) -> None:
    people = desk.people
    before = await people.say("dana", "#war-room", "before")
    ref = await desk.slack.chat.post(desk.place("#war-room"), a_card(), marker="out_1")
    for nth in range(210):
        await people.say("dana", "#war-room", f"line {nth}")
    root = await people.mention("kim", "#war-room", "status")
    await people.say("kim", "#war-room", "below", thread=root.ts)
    by_name = replace(desk.place("#war-room"), channel="#war-room")
    messages = await told(desk, by_name, after=ref)
    assert [message.text for message in messages] == [
        *(f"line {nth}" for nth in range(210)),
        "status",
        "below",
    ]
    assert before.message.text not in [message.text for message in messages]
    assert messages[-1].place == desk.place("#war-room", thread=root.ts)


@pytest.mark.integration
async def test_a_place_that_cannot_be_read(desk: SlackDesk) -> None:
    with pytest.raises(NotFound):
        await told(desk, desk.place(thread="1.000001"), after="1.000001")
    with pytest.raises(ChatRefused):
        await told(desk, desk.place("#lobby"), after="1.000001")
    desk.people.trouble("conversations.history", status=503)
    with pytest.raises(ChatUnavailable):
        await told(desk, desk.place(), after="1.000001")


@pytest.mark.integration
async def test_a_history_that_is_limited_says_when_it_is_not(desk: SlackDesk) -> None:
    desk.slack.web.budgets.rest("conversations.history", seconds=30)
    with pytest.raises(ChatUnavailable) as caught:
        await told(desk, desk.place(), after="1.000001")
    assert caught.value.retry_after_s == pytest.approx(30, abs=5)
