"""Messages that slack-sdk alone posts to the fake, edits and deletes; and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, SectionBlock

from tests.fakes.slack import buttons, pings
from tests.fakes.slack.refusals import error_of

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


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
    message = await slack.say("dana", "incidents", "hello")
    place: dict[str, Any] = {"channel": message.message.channel, "ts": message.ts}
    assert await error_of(web.chat_update(**place, text="no")) == "cant_update_message"
    assert await error_of(web.chat_delete(**place)) == "cant_delete_message"
    place["ts"] = "1.1"
    assert await error_of(web.chat_update(**place, text="no")) == "message_not_found"


async def test_an_edit_keeps_the_metadata_and_blocks_that_it_does_not_name(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    metadata = {"event_type": "card", "event_payload": {"marker": "out_1"}}
    divider = [{"type": "divider"}]
    posted = await web.chat_postMessage(
        channel="#incidents", text="one", blocks=divider, metadata=metadata
    )
    await web.chat_update(channel=posted["channel"], ts=posted["ts"], text="two")
    message = slack.team.channel("incidents").messages[posted["ts"]]
    assert (message.text, message.metadata) == ("two", metadata)
    assert [block["type"] for block in message.blocks] == ["divider"]
    await web.chat_update(channel=posted["channel"], ts=posted["ts"], text="three", blocks=[])
    assert (message.text, message.blocks) == ("three", [])


async def test_metadata_has_a_form_and_a_size(web: AsyncWebClient) -> None:
    post: dict[str, Any] = {"channel": "#incidents", "text": "x"}
    call = web.chat_postMessage(**post, metadata={"event_type": "card"})
    assert await error_of(call) == "invalid_metadata_format"
    huge = {"event_type": "card", "event_payload": {"text": "x" * 17_000}}
    assert await error_of(web.chat_postMessage(**post, metadata=huge)) == "metadata_too_large"


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
    assert [message.text for message in slack.seen_by("dana", "incidents")] == ["psst"]
    assert slack.seen_by("kim", "incidents") == []
    room.members.discard(dana)
    call = web.chat_postEphemeral(channel=room.id, user=dana, text="psst")
    assert await error_of(call) == "user_not_in_channel"


async def test_an_ephemeral_message_shows_only_in_a_thread_that_has_replies(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    parent, dana = await slack.say("dana", "incidents", "slow"), slack.team.person("dana").id
    send_ephemeral: dict[str, Any] = {
        "channel": parent.message.channel,
        "user": dana,
        "thread_ts": parent.ts,
    }
    await web.chat_postEphemeral(**send_ephemeral, text="unseen")
    await slack.say("kim", "incidents", "a reply", thread=parent.ts)
    await web.chat_postEphemeral(**send_ephemeral, text="seen")
    texts = [message.text for message in slack.seen_by("dana", "incidents")]
    assert texts == ["slow", "a reply", "seen"]
