"""How often slack-sdk may call the fake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import Limits, a_slack
from tests.fakes.slack.limits import Rate
from tests.fakes.slack.refusals import refused

if TYPE_CHECKING:
    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


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
