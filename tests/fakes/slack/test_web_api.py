"""The fake's Web API, called by slack-sdk alone: what Slack takes and what it refuses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ServerDisconnectedError
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, SectionBlock
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import Limits, a_slack, buttons, pings
from tests.fakes.slack.limits import Rate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with a_slack() as slack:
        yield slack


@pytest.fixture
def web(slack: FakeSlack) -> AsyncWebClient:
    return AsyncWebClient(slack.app.bot_token, base_url=slack.api_url)


async def refused(call: Any) -> Any:
    """The answer of a call that is refused."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def error_of(call: Any) -> str:
    return str((await refused(call))["error"])


async def test_who_the_token_is_and_what_it_may(slack: FakeSlack, web: AsyncWebClient) -> None:
    answer = await web.auth_test()
    assert (answer["user_id"], answer["bot_id"]) == (slack.app.bot_user, slack.app.bot_id)
    assert set(answer.headers["x-oauth-scopes"].split(",")) == slack.app.scopes


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("xapp", "not_allowed_token_type")],
)
async def test_a_bad_token_is_refused(slack: FakeSlack, token: str, error: str) -> None:
    token = slack.app.app_token if token == "xapp" else token  # noqa: S105 (a kind of token)
    web = AsyncWebClient(token, base_url=slack.api_url)
    assert await error_of(web.users_info(user="U404")) == error


async def test_an_app_level_token_is_known(slack: FakeSlack) -> None:
    web = AsyncWebClient(slack.app.app_token, base_url=slack.api_url)
    answer = await web.auth_test()
    assert answer["app_id"] == slack.app.id
    assert answer.headers["x-oauth-scopes"] == "connections:write"


async def test_a_token_can_be_revoked(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.app.refusal = "token_revoked"
    assert await error_of(web.auth_test()) == "token_revoked"


async def test_a_missing_scope_is_named(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.app.scopes.discard("chat:write")
    answer = await refused(web.chat_postMessage(channel="#incidents", text="hello"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert "channels:history" in answer["provided"].split(",")
    slack.app.scopes.discard("groups:history")
    private = slack.team.channel("war-room").id
    assert (await refused(web.conversations_history(channel=private)))["needed"] == "groups:history"


async def test_an_unknown_method_and_a_missing_argument(web: AsyncWebClient) -> None:
    assert await error_of(web.api_call("chat.shout")) == "unknown_method"
    answer = await refused(web.api_call("chat.update", json={"channel": "C1"}))
    assert answer["error"] == "invalid_arguments"
    assert "missing required field: ts" in answer["response_metadata"]["messages"][0]


async def test_a_message_with_blocks_and_metadata_is_found_again(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    blocks = [
        SectionBlock(text="*Case* <!channel>"),
        ActionsBlock(elements=[ButtonElement(text="Confirm", action_id="fm:confirm", value="1")]),
    ]
    metadata = {"event_type": "faultmaven_card", "event_payload": {"marker": "out_1"}}
    posted = await web.chat_postMessage(
        channel="#incidents", text="Case 1", blocks=blocks, metadata=metadata
    )
    channel, ts = posted["channel"], posted["ts"]
    message = slack.team.channel("incidents").messages[ts]
    assert buttons(message) == {"Confirm": "fm:confirm"}
    assert pings(message) == ["!channel"]
    (shown,) = (await web.conversations_history(channel=channel))["messages"]
    assert "metadata" not in shown
    (shown,) = (await web.conversations_history(channel=channel, include_all_metadata=True))[
        "messages"
    ]
    assert (shown["metadata"], shown["bot_id"]) == (metadata, slack.app.bot_id)


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("#old", "is_archived"),
        ("#lobby", "not_in_channel"),
        ("#nowhere", "channel_not_found"),
        ("C404", "channel_not_found"),
    ],
)
async def test_where_one_cannot_post(web: AsyncWebClient, channel: str, error: str) -> None:
    assert await error_of(web.chat_postMessage(channel=channel, text="hello")) == error


async def test_a_private_channel_is_unknown_to_those_outside(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    channel = slack.team.channel("war-room")
    channel.members.discard(slack.app.bot_user)
    assert await error_of(web.conversations_info(channel=channel.id)) == "channel_not_found"


async def test_posting_to_a_person_is_posting_to_their_direct_conversation(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    dana = slack.team.person("dana").id
    posted = await web.chat_postMessage(channel=dana, text="hello")
    opened = await web.conversations_open(users=dana)
    assert posted["channel"] == opened["channel"]["id"]
    assert posted["channel"].startswith("D")


async def test_a_text_may_be_long_but_an_edited_one_may_not(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    posted = await web.chat_postMessage(channel="#incidents", text="x" * 40_001)
    assert posted["warning"] == "message_truncated"
    assert len(slack.team.channel("incidents").messages[posted["ts"]].text) == 40_000
    place: dict[str, Any] = {"channel": posted["channel"], "ts": posted["ts"]}
    assert await error_of(web.chat_update(**place, text="x" * 4_001)) == "msg_too_long"
    call = web.api_call("chat.postMessage", json={"channel": "#incidents"})
    assert await error_of(call) == "no_text"


async def test_only_its_own_messages_can_be_edited_and_deleted(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    said = await slack.say("dana", "incidents", "hello")
    place: dict[str, Any] = {"channel": said.message.channel, "ts": said.ts}
    assert await error_of(web.chat_update(**place, text="no")) == "cant_update_message"
    assert await error_of(web.chat_delete(**place)) == "cant_delete_message"
    place["ts"] = "1.1"
    assert await error_of(web.chat_update(**place, text="no")) == "message_not_found"


async def test_an_edit_replaces_the_blocks_and_keeps_the_metadata(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    metadata = {"event_type": "card", "event_payload": {"marker": "out_1"}}
    divider = [{"type": "divider"}]
    posted = await web.chat_postMessage(
        channel="#incidents", text="one", blocks=divider, metadata=metadata
    )
    await web.chat_update(channel=posted["channel"], ts=posted["ts"], text="two")
    message = slack.team.channel("incidents").messages[posted["ts"]]
    assert (message.text, message.blocks, message.metadata) == ("two", [], metadata)


async def test_metadata_has_a_form_and_a_size(web: AsyncWebClient) -> None:
    post: dict[str, Any] = {"channel": "#incidents", "text": "x"}
    call = web.chat_postMessage(**post, metadata={"event_type": "card"})
    assert await error_of(call) == "invalid_metadata_format"
    huge = {"event_type": "card", "event_payload": {"text": "x" * 17_000}}
    assert await error_of(web.chat_postMessage(**post, metadata=huge)) == "metadata_too_large"


async def test_threads_and_pages(slack: FakeSlack, web: AsyncWebClient) -> None:
    parent = await slack.say("dana", "incidents", "it is slow")
    for number in range(3):
        await slack.say("kim", "incidents", f"reply {number}", thread=parent.ts)
    await slack.say("kim", "incidents", "something else")
    channel = parent.message.channel
    shown = (await web.conversations_history(channel=channel))["messages"]
    assert [one["text"] for one in shown] == ["something else", "it is slow"]
    assert shown[1]["reply_count"] == 3
    texts, cursor = [], ""
    while True:
        page = await web.conversations_replies(
            channel=channel, ts=parent.ts, limit=2, cursor=cursor
        )
        texts += [one["text"] for one in page["messages"]]
        if not page["has_more"]:
            break
        cursor = page["response_metadata"]["next_cursor"]
    assert texts == ["it is slow", "reply 0", "reply 1", "reply 2"]
    since = await web.conversations_history(channel=channel, oldest=parent.ts)
    assert [one["text"] for one in since["messages"]] == ["something else"]
    since = await web.conversations_history(channel=channel, oldest=parent.ts, inclusive=True)
    assert len(since["messages"]) == 2


async def test_a_reply_is_no_parent(slack: FakeSlack, web: AsyncWebClient) -> None:
    parent = await slack.say("dana", "incidents", "it is slow")
    reply = await slack.say("kim", "incidents", "very", thread=parent.ts)
    post: dict[str, Any] = {"channel": "#incidents", "text": "x"}
    call = web.chat_postMessage(**post, thread_ts=reply.ts)
    assert await error_of(call) == "cannot_reply_to_message"
    call = web.chat_postMessage(**post, thread_ts="1700000000.000001")
    assert await error_of(call) == "thread_not_found"


async def test_an_ephemeral_message_is_for_one_and_in_no_history(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    room, dana = slack.team.channel("incidents"), slack.team.person("dana").id
    sent = await web.chat_postEphemeral(channel=room.id, user=dana, text="psst")
    place: dict[str, Any] = {"channel": room.id, "ts": sent["message_ts"]}
    assert await error_of(web.chat_update(**place, text="no")) == "message_not_found"
    assert (await web.conversations_history(channel=room.id))["messages"] == []
    assert [one.text for one in slack.seen_by("dana", "incidents")] == ["psst"]
    assert slack.seen_by("kim", "incidents") == []
    room.members.discard(dana)
    call = web.chat_postEphemeral(channel=room.id, user=dana, text="psst")
    assert await error_of(call) == "user_not_in_channel"


async def test_an_ephemeral_message_shows_only_in_a_thread_that_has_replies(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    parent, dana = await slack.say("dana", "incidents", "slow"), slack.team.person("dana").id
    whisper: dict[str, Any] = {
        "channel": parent.message.channel,
        "user": dana,
        "thread_ts": parent.ts,
    }
    await web.chat_postEphemeral(**whisper, text="unseen")
    await slack.say("kim", "incidents", "a reply", thread=parent.ts)
    await web.chat_postEphemeral(**whisper, text="seen")
    texts = [one.text for one in slack.seen_by("dana", "incidents")]
    assert texts == ["slow", "a reply", "seen"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_arguments"),
        ("Case-1", "invalid_name_specials"),
        ("case 1", "invalid_name_specials"),
        ("--", "invalid_name_punctuation"),
        ("x" * 81, "invalid_name_maxlength"),
        ("old", "name_taken"),
    ],
)
async def test_names_of_channels(web: AsyncWebClient, name: str, error: str) -> None:
    assert await error_of(web.conversations_create(name=name)) == error


async def test_a_channel_with_its_topic_and_people(slack: FakeSlack, web: AsyncWebClient) -> None:
    made = (await web.conversations_create(name="case-128"))["channel"]
    assert made["is_member"]
    await web.conversations_setTopic(channel=made["id"], topic="checkout is slow")
    call = web.conversations_setTopic(channel=made["id"], topic="x" * 251)
    assert await error_of(call) == "too_long"
    await web.conversations_invite(channel=made["id"], users=slack.team.person("dana").id)
    channel = slack.team.channel("case-128")
    assert channel.topic == "checkout is slow"
    assert [one.subtype for one in channel.messages.values()] == ["channel_topic", "channel_join"]


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("gus", "user_is_restricted"),
        ("solo", "ura_max_channels"),
        ("eve", "no_external_invite_permission"),
        ("gone", "user_not_found"),
        ("FaultMaven", "cant_invite_self"),
    ],
)
async def test_who_cannot_be_invited(
    slack: FakeSlack, web: AsyncWebClient, who: str, error: str
) -> None:
    made = (await web.conversations_create(name="case-128"))["channel"]
    users = [slack.team.person(name).id for name in ("dana", who)]
    call = web.conversations_invite(channel=made["id"], users=users)
    assert await error_of(call) == error
    await web.conversations_invite(channel=made["id"], users=users, force=True)
    assert users[0] in slack.team.channel("case-128").members


async def test_joining(slack: FakeSlack, web: AsyncWebClient) -> None:
    lobby = slack.team.channel("lobby")
    await web.conversations_join(channel=lobby.id)
    assert slack.app.bot_user in lobby.members
    assert (await web.conversations_join(channel=lobby.id))["warning"] == "already_in_channel"
    archived = slack.team.channel("old").id
    assert await error_of(web.conversations_join(channel=archived)) == "is_archived"


async def test_lists_of_channels_are_paged_and_need_the_scope_of_their_kind(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    names, cursor = [], ""
    kinds = "public_channel,private_channel"
    while True:
        page = await web.conversations_list(
            types=kinds, limit=2, cursor=cursor, exclude_archived=True
        )
        names += [one["name"] for one in page["channels"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert names == ["incidents", "war-room", "lobby"]
    mine = await web.users_conversations(exclude_archived=True)
    assert [one["name"] for one in mine["channels"]] == ["incidents"]
    slack.app.scopes.discard("groups:read")
    assert (await refused(web.conversations_list(types=kinds)))["needed"] == "groups:read"


async def test_people(slack: FakeSlack, web: AsyncWebClient) -> None:
    async def profile(name: str) -> Any:
        return (await web.users_info(user=slack.team.person(name).id))["user"]

    assert (await profile("dana"))["is_restricted"] is False
    assert (await profile("kim"))["is_admin"] is True
    assert (await profile("gus"))["is_restricted"] is True
    assert (await profile("solo"))["is_ultra_restricted"] is True
    assert (await profile("robin"))["is_bot"] is True
    assert (await profile("gone"))["deleted"] is True
    eve = await profile("eve")
    assert (eve["is_stranger"], eve["team_id"] == slack.team.id) == (True, False)
    assert "email" not in (await profile("dana"))["profile"]
    slack.app.scopes.add("users:read.email")
    assert (await profile("dana"))["profile"]["email"] == "dana@example.com"
    assert await error_of(web.users_info(user="U404")) == "user_not_found"


async def test_a_channel_takes_a_burst_and_then_one_message_a_second(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    for _ in range(5):
        await web.chat_postMessage(channel="#incidents", text="x")
    answer = await refused(web.chat_postMessage(channel="#incidents", text="x"))
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert answer.headers["Retry-After"] == "1"
    await web.chat_postMessage(channel="#war-room", text="another channel is free")
    assert [call.status for call in slack.called("chat.postMessage")] == [200] * 5 + [429, 200]


async def test_a_method_has_its_rate_in_the_workspace() -> None:
    now = 0.0
    async with a_slack(limits=Limits(clock=lambda: now)) as slack:
        web = AsyncWebClient(slack.app.bot_token, base_url=slack.api_url)
        channel = slack.team.channel("incidents").id
        post = await web.chat_postMessage(channel=channel, text="0")
        for number in range(50):
            await web.chat_update(channel=channel, ts=post["ts"], text=str(number))
        answer = await refused(web.chat_update(channel=channel, ts=post["ts"], text="x"))
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
        now = 1.3
        await web.chat_update(channel=channel, ts=post["ts"], text="x")


async def test_limits_can_be_off_or_quick() -> None:
    async with a_slack(limits=Limits(on=False)) as slack:
        web = AsyncWebClient(slack.app.bot_token, base_url=slack.api_url)
        for _ in range(20):
            await web.chat_postMessage(channel="#incidents", text="x")
    quick = Limits(speed=60, clock=lambda: 0.0)
    assert [quick.take(x=Rate(60, 2)) for _ in range(3)] == [0, 0, 1]


async def test_troubles(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.trouble("auth.test", status=503)
    assert (await refused(web.auth_test())).status_code == 503
    slack.trouble("auth.test", error="internal_error")
    assert await error_of(web.auth_test()) == "internal_error"
    await web.auth_test()


async def test_an_answer_that_is_lost_has_had_its_effect(
    slack: FakeSlack,
) -> None:
    web = AsyncWebClient(slack.app.bot_token, base_url=slack.api_url, retry_handlers=[])
    slack.trouble("chat.postMessage", lost=True)
    with pytest.raises(ServerDisconnectedError):
        await web.chat_postMessage(channel="#incidents", text="x")
    assert len(slack.team.channel("incidents").messages) == 1


async def test_the_sdk_by_itself_posts_again_when_the_answer_is_lost(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    """Its default retry handler, which who wants no message twice must do without."""
    slack.trouble("chat.postMessage", lost=True)
    await web.chat_postMessage(channel="#incidents", text="x")
    assert len(slack.team.channel("incidents").messages) == 2


async def test_ts_grows_and_calls_are_noted(slack: FakeSlack, web: AsyncWebClient) -> None:
    began = time.monotonic()
    for _ in range(3):
        await web.chat_postMessage(channel="#incidents", text="x")
    times = list(slack.team.channel("incidents").messages)
    assert times == sorted(set(times))
    calls = slack.called("chat.postMessage")
    assert [call.arguments["text"] for call in calls] == ["x"] * 3
    assert all(began <= call.at <= time.monotonic() for call in calls)
