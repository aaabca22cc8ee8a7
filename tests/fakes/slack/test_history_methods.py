"""Threads and pages of the fake, read by slack-sdk alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


async def test_threads_and_pages(slack: FakeSlack, web: AsyncWebClient) -> None:
    parent = await slack.say("dana", "incidents", "it is slow")
    for number in range(3):
        await slack.say("kim", "incidents", f"reply {number}", thread=parent.ts)
    await slack.say("kim", "incidents", "something else")
    channel = parent.message.channel
    shown = (await web.conversations_history(channel=channel))["messages"]
    assert [message["text"] for message in shown] == ["something else", "it is slow"]
    assert shown[1]["reply_count"] == 3
    texts, cursor = [], ""
    while True:
        page = await web.conversations_replies(
            channel=channel, ts=parent.ts, limit=2, cursor=cursor
        )
        texts += [message["text"] for message in page["messages"]]
        if not page["has_more"]:
            break
        cursor = page["response_metadata"]["next_cursor"]
    assert texts == ["it is slow", "reply 0", "reply 1", "reply 2"]
    since = await web.conversations_history(channel=channel, oldest=parent.ts)
    assert [message["text"] for message in since["messages"]] == ["something else"]
    since = await web.conversations_history(channel=channel, oldest=parent.ts, inclusive=True)
    assert len(since["messages"]) == 2
