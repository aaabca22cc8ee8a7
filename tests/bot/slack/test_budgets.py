"""What leaves us stays within Slack's limits, in time that runs by itself."""

from __future__ import annotations

import asyncio

import pytest

from bot.slack.budgets import PATIENCE_S, Budgets
from core.errors import ChatUnavailable
from tests.bot.slack.virtual_time import in_no_time


async def calls(
    budgets: Budgets, method: str, *, channel: str = "", seconds: float = 60.0
) -> list[float]:
    """When calls got through that were asked for as fast as that goes."""
    loop, passed = asyncio.get_running_loop(), []
    while loop.time() < seconds:
        try:
            await budgets.take(method, channel=channel)
        except ChatUnavailable as error:
            await asyncio.sleep(error.retry_after_s or 0.0)
        else:
            passed.append(loop.time())
    return [at for at in passed if at < seconds]


LIMITS = [
    ("chat.update", 50),
    ("conversations.history", 50),
    ("conversations.create", 20),
    ("views.open", 100),
]


@pytest.mark.parametrize(("method", "per_minute"), LIMITS)
def test_no_minute_has_more_calls_than_its_tier(method: str, per_minute: int) -> None:
    passed = in_no_time(lambda: calls(Budgets(), method, seconds=300))
    fullest = max(sum(at <= other < at + 60 for other in passed) for at in passed)
    assert per_minute * 0.7 < fullest <= per_minute
    assert len(passed) >= per_minute * 5 * 0.7


def test_one_post_a_second_in_a_channel_and_a_short_burst() -> None:
    passed = in_no_time(lambda: calls(Budgets(), "chat.postMessage", channel="C1"))
    assert sum(at < 1 for at in passed) == 3
    assert 55 <= len(passed) <= 63


def test_channels_have_budgets_of_their_own_below_that_of_the_workspace() -> None:
    async def story() -> int:
        budgets = Budgets()
        channels = (calls(budgets, "chat.postMessage", channel=f"C{nth}") for nth in range(20))
        return sum(map(len, await asyncio.gather(*channels)))

    assert 200 < in_no_time(story) <= 300


def test_who_waits_is_served_in_the_order_of_asking() -> None:
    async def story() -> list[int]:
        budgets, served = Budgets(), []

        async def ask(nth: int) -> None:
            await budgets.take("chat.postMessage", channel="C1")
            served.append(nth)

        await asyncio.gather(*(ask(nth) for nth in range(5)))
        return served

    assert in_no_time(story) == [0, 1, 2, 3, 4]


def test_what_nobody_waits_for_leaves_calls_to_whoever_does() -> None:
    """A bot that reads on for an hour, and an answer that is looked for meanwhile."""

    async def story() -> list[float]:
        budgets, loop, waits = Budgets(), asyncio.get_running_loop(), []

        async def read_on() -> None:
            while loop.time() < 600:
                try:
                    await budgets.take("conversations.replies", aside=True)
                except ChatUnavailable as error:
                    await asyncio.sleep(error.retry_after_s or 0.0)

        reading = asyncio.create_task(read_on())
        for _ in range(20):
            await asyncio.sleep(25)
            asked = loop.time()
            await budgets.take("conversations.replies")
            waits.append(loop.time() - asked)
        await reading
        return waits

    assert in_no_time(story) == [0.0] * 20


def test_a_long_wait_is_the_callers() -> None:
    async def story() -> float:
        budgets = Budgets()
        budgets.rest("chat.update", seconds=30)
        with pytest.raises(ChatUnavailable) as caught:
            await budgets.take("chat.update")
        await budgets.take("chat.postMessage", channel="C1")
        await asyncio.sleep(30 - PATIENCE_S)
        await budgets.take("chat.update")
        assert caught.value.retry_after_s is not None
        return caught.value.retry_after_s + asyncio.get_running_loop().time()

    assert in_no_time(story) == pytest.approx(60)


def test_a_post_that_was_limited_rests_in_its_channel_alone() -> None:
    async def story() -> None:
        budgets = Budgets()
        budgets.rest("chat.postMessage", seconds=30, channel="C1")
        with pytest.raises(ChatUnavailable):
            await budgets.take("chat.postMessage", channel="C1")
        await budgets.take("chat.postMessage", channel="C2")

    in_no_time(story)
