"""Socket Mode of the fake, with slack-sdk's SocketModeClient alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import NotPossible, words
from tests.fakes.slack.listener import AppListener, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


@pytest.fixture
async def listener(slack: FakeSlack) -> AsyncIterator[AppListener]:
    async with AppListener(slack).listening() as listener:
        yield listener


async def test_a_message_arrives_and_is_acknowledged(
    slack: FakeSlack, listener: AppListener
) -> None:
    message = await slack.say("dana", "incidents", "5 < 6 & see https://example.com/x #lobby")
    assert message.acked
    (delivery,) = message.deliveries
    lobby = slack.team.channel("lobby").id
    assert delivery.event["text"] == (
        f"5 &lt; 6 &amp; see <https://example.com/x> <#{lobby}|lobby>"
    )
    assert (delivery.event["channel_type"], delivery.event["user"]) == (
        "channel",
        slack.team.person("dana").id,
    )
    (latency,) = slack.office.latencies()
    assert 0 < latency < 0.3
    assert listener.heard[0].payload["event_id"].startswith("Ev")


async def test_a_mention_comes_twice_except_directly(
    slack: FakeSlack, listener: AppListener
) -> None:
    message = await slack.mention("dana", "incidents", "status")
    assert sorted(listener.types()) == ["app_mention", "message"]
    assert {delivery.event["ts"] for delivery in message.deliveries} == {message.ts}
    await slack.direct("dana", "@FaultMaven status")
    assert len(listener.heard) == 3
    assert listener.heard[2].payload["event"]["channel_type"] == "im"


async def test_what_is_not_subscribed_or_not_readable_does_not_come(
    slack: FakeSlack, listener: AppListener
) -> None:
    slack.app.events.discard("message.channels")
    assert (await slack.say("dana", "incidents", "hello")).deliveries == []
    slack.app.scopes.discard("groups:history")
    assert (await slack.say("dana", "war-room", "hello")).deliveries == []
    assert (await slack.mention("dana", "lobby", "hello")).deliveries == []
    assert listener.heard == []


async def test_the_bots_own_messages_come_back(slack: FakeSlack, listener: AppListener) -> None:
    posted = await listener.client.web_client.chat_postMessage(channel="#incidents", text="hi")
    await listener.client.web_client.chat_update(
        channel=posted["channel"], ts=posted["ts"], text="ho"
    )
    await slack.office.quiet()
    first, second = (request.payload["event"] for request in listener.heard)
    assert (first["bot_id"], first["user"]) == (slack.app.bot_id, slack.app.bot_user)
    assert second["subtype"] == "message_changed"
    assert (second["previous_message"]["text"], second["message"]["text"]) == ("hi", "ho")


async def test_edits_and_deletions_of_people(slack: FakeSlack, listener: AppListener) -> None:
    message = await slack.say("dana", "incidents", "one")
    await slack.edit(message.message, "two")
    await slack.delete(message.message)
    subtypes = [request.payload["event"].get("subtype") for request in listener.heard]
    assert subtypes == [None, "message_changed", "message_deleted"]
    assert slack.team.channel("incidents").messages == {}


async def test_who_does_not_answer_in_time_hears_the_same_event_again(
    slack: FakeSlack, listener: AppListener
) -> None:
    listener.silent = True
    message = await slack.say("dana", "incidents", "hello")
    assert not message.acked
    listener.silent = False
    await slack.office.quiet()
    (delivery,) = message.deliveries
    assert delivery.acked
    first, second = listener.heard
    assert first.payload["event_id"] == second.payload["event_id"]
    assert (first.retry_attempt, second.retry_attempt) == (0, 1)
    assert second.retry_reason == "timeout"
    assert first.envelope_id != second.envelope_id


async def test_an_event_is_given_up_after_four_tries(slack: FakeSlack) -> None:
    message = await slack.say("dana", "incidents", "nobody listens")
    await slack.office.quiet()
    (delivery,) = message.deliveries
    assert [attempt.failed for attempt in delivery.attempts] == ["connection_failed"] * 4


@pytest.mark.usefixtures("listener")
async def test_a_connection_that_is_dropped_is_made_again(slack: FakeSlack) -> None:
    for made in range(2, 5):
        assert slack.drop() == 1
        assert slack.sockets.connections == []
        await until(lambda: slack.sockets.made == made and bool(slack.sockets.connections))  # noqa: B023
        assert (await slack.say("dana", "incidents", "hello")).acked
    assert len(slack.called("apps.connections.open")) == 4


@pytest.mark.usefixtures("listener")
async def test_slack_asks_for_new_connections(slack: FakeSlack) -> None:
    slack.recycle()
    await until(lambda: slack.sockets.made >= 2)
    await slack.office.quiet()
    await until(lambda: bool(slack.sockets.connections))
    assert (await slack.say("dana", "incidents", "hello")).acked


async def test_an_address_is_good_for_one_connection(slack: FakeSlack) -> None:
    web = AsyncWebClient(base_url=slack.api_url)
    url = (await web.apps_connections_open(app_token=slack.app.app_token))["url"]
    async with ClientSession() as session:
        async with session.ws_connect(url) as socket:
            hello = await socket.receive_json()
            assert (hello["type"], hello["connection_info"]["app_id"]) == ("hello", slack.app.id)
        async with session.get(url) as again:
            assert again.status == 404


async def test_each_envelope_goes_to_one_of_several_connections(
    slack: FakeSlack, listener: AppListener
) -> None:
    async with AppListener(slack).listening() as second:
        for number in range(20):
            await slack.say("dana", "incidents", str(number))
        assert len(listener.heard) + len(second.heard) == 20
        assert listener.heard
        assert second.heard


async def test_more_than_ten_connections_are_refused(slack: FakeSlack) -> None:
    web = AsyncWebClient(base_url=slack.api_url)
    slack.limits.on = False
    async with ClientSession() as session:
        sockets = []
        for _ in range(11):
            url = (await web.apps_connections_open(app_token=slack.app.app_token))["url"]
            sockets.append(await session.ws_connect(url))
        reasons = [(await socket.receive_json()).get("reason") for socket in sockets]
        assert reasons == [None] * 10 + ["too_many_websockets"]


async def test_a_command_and_its_reply(slack: FakeSlack, listener: AppListener) -> None:
    listener.answers["slash_commands"] = {"text": "looking"}
    done = await slack.command("/fm", "status #128", "dana", "lobby")
    payload = listener.heard[0].payload
    assert (payload["text"], payload["command"]) == ("status #128", "/fm")
    assert "thread_ts" not in payload
    assert done.reply
    assert [message.text for message in slack.seen_by("dana", "lobby")] == ["looking"]
    assert slack.seen_by("kim", "lobby") == []
    listener.silent = True
    assert "operation_timeout" in (await slack.command("/fm", "help", "dana", "lobby")).problem
    assert len(done.delivery.attempts) == 1


async def test_what_the_client_does_not_let_anybody_do(slack: FakeSlack) -> None:
    with pytest.raises(NotPossible, match="not supported in threads"):
        await slack.command("/fm", "status", "dana", "incidents", thread="1.1")
    with pytest.raises(NotPossible, match="not a valid command"):
        await slack.command("/nothing", "", "dana", "incidents")
    with pytest.raises(NotPossible, match="archived"):
        await slack.say("dana", "old", "hello")
    with pytest.raises(NotPossible, match="not in"):
        await slack.say("gus", "war-room", "hello")
    with pytest.raises(NotPossible, match="no account"):
        await slack.say("gone", "incidents", "hello")


@pytest.mark.usefixtures("listener")
async def test_a_file_that_is_dropped_can_be_fetched_with_the_token(slack: FakeSlack) -> None:
    parent = await slack.say("kim", "incidents", "logs?")
    message = await slack.upload("dana", "incidents", "web.log", b"boom\n", thread=parent.ts)
    event = message.deliveries[0].event
    assert (event["subtype"], event["thread_ts"]) == ("file_share", parent.ts)
    (file,) = event["files"]
    assert (file["name"], file["size"]) == ("web.log", 5)
    async with ClientSession() as session:
        bearer = {"Authorization": f"Bearer {slack.app.bot_token}"}
        async with session.get(file["url_private_download"], headers=bearer) as response:
            assert await response.read() == b"boom\n"
        async with session.get(file["url_private_download"]) as response:
            assert (response.status, response.content_type) == (200, "text/html")
            assert "Sign in" in await response.text()


async def test_a_file_of_another_workspace_comes_as_a_stub(
    slack: FakeSlack, listener: AppListener
) -> None:
    message = await slack.say("eve", "incidents", files=[("web.log", b"boom")], stub=True)
    (file,) = message.deliveries[0].event["files"]
    assert file["file_access"] == "check_file_info"
    assert "url_private_download" not in file
    full = await listener.client.web_client.files_info(file=file["id"])
    assert full["file"]["name"] == "web.log"


async def test_files_of_the_app(slack: FakeSlack, listener: AppListener) -> None:
    sent = await listener.client.web_client.files_upload_v2(
        channel=slack.team.channel("incidents").id,
        filename="report.md",
        content="# Report",
        initial_comment="done",
    )
    await slack.office.quiet()
    (message,) = slack.team.channel("incidents").messages.values()
    assert (message.text, message.files[0].content) == ("done", b"# Report")
    info = await listener.client.web_client.files_info(file=sent["files"][0]["id"])
    assert info["file"]["shares"]["public"][message.channel] == [{"ts": message.ts}]
    assert words(message) == "done"
