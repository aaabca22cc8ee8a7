"""The line to Slack breaks, is renewed, is refused; what was acknowledged is never lost."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tests.bot.slack.desk import SlackDesk, a_desk, until
from tests.fakes.slack import FakeSlack, Limits, a_slack

pytestmark = pytest.mark.integration


async def a_home(desk: SlackDesk) -> str:
    """A thread in which everything is listened to."""
    root = await desk.people.say("dana", "#incidents", "it is down")
    await desk.settle(desk.place(thread=root.ts))
    return root.ts


async def test_a_line_that_breaks_is_made_again(desk: SlackDesk) -> None:
    async with desk.attending():
        assert desk.people.drop() == 1
        await until(lambda: desk.people.sockets.made == 2 and desk.people.sockets.connections)
        assert (await desk.people.mention("dana", "#incidents", "status")).acked


async def test_a_line_is_renewed_before_it_is_recycled(desk: SlackDesk) -> None:
    async with desk.attending():
        desk.people.recycle()
        await until(lambda: desk.people.sockets.made == 2)
        assert (await desk.people.mention("kim", "#incidents", "help")).acked, "by either line"
        await until(lambda: len(desk.people.sockets.connections) == 1)
        assert (await desk.people.mention("dana", "#incidents", "status")).acked


async def test_an_answer_under_way_leaves_by_the_old_line(desk: SlackDesk) -> None:
    async with desk.attending():
        go_on = asyncio.Event()

        async def slow(seam: str) -> None:
            if seam == "commit":
                await go_on.wait()

        desk.store.seam = slow
        asked = asyncio.create_task(desk.people.mention("dana", "#incidents", "status"))
        await until(lambda: desk.people.office.deliveries)
        await asyncio.sleep(0.05)
        desk.people.recycle()
        await until(lambda: desk.people.sockets.made == 2)
        go_on.set()
        message = await asked
        assert message.acked
        assert all(len(delivery.attempts) == 1 for delivery in message.deliveries), (
            "not delivered again"
        )


async def test_nothing_acknowledged_is_lost_over_many_broken_lines(desk: SlackDesk) -> None:
    async with desk.attending():
        thread, messages = await a_home(desk), []

        async def talk() -> None:
            for nth in range(60):
                messages.append(
                    await desk.people.say("dana", "#incidents", f"line {nth}", thread=thread)
                )
                await asyncio.sleep(0.01)

        talking = asyncio.create_task(talk())
        for _ in range(6):
            await asyncio.sleep(0.1)
            desk.people.drop()
        await talking
        await desk.people.office.quiet()
        acked = {message.message.text for message in messages if message.acked}
        assert acked <= set(desk.texts())
        assert len(desk.texts()) == len(set(desk.texts())), "and nothing is heard twice"
        await until(lambda: len(desk.texts()) == 60)


async def test_a_slack_that_is_away_at_the_start_is_waited_for(
    desk: SlackDesk, caplog: pytest.LogCaptureFixture
) -> None:
    people = desk.people
    for method in ("auth.test", "apps.connections.open", "users.conversations"):
        people.trouble(method, times=1, status=503)
    async with desk.slack.attending(desk.services):
        await until(lambda: people.sockets.connections)
        assert (await people.mention("dana", "#incidents", "status")).acked
    assert "xapp" not in caplog.text
    assert "xoxb" not in caplog.text


async def test_a_wrong_app_token_is_said_and_tried_again_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with a_slack(limits=Limits(on=False)) as people, a_desk(people) as desk:
        good, people.app.app_token = people.app.app_token, "xapp-another"
        with caplog.at_level(logging.WARNING):
            async with desk.slack.attending(desk.services):
                await until(lambda: len(people.called("apps.connections.open")) > 1)
                people.app.app_token = good
                await until(lambda: people.sockets.connections)
        assert "invalid_auth" in caplog.text
        assert good not in caplog.text


async def test_a_limit_is_waited_for(people: FakeSlack) -> None:
    people.trouble("apps.connections.open", error="ratelimited")
    async with a_desk(people) as desk, desk.attending():
        first, second = people.called("apps.connections.open")[:2]
        assert second.at - first.at >= 1


async def test_leaving_leaves_nothing_behind(desk: SlackDesk) -> None:
    before = asyncio.all_tasks()
    async with desk.attending():
        await desk.people.mention("dana", "#incidents", "status")
    await until(lambda: not desk.people.sockets.connections)
    ours = {task.get_coro().__qualname__ for task in asyncio.all_tasks() - before}  # type: ignore[union-attr]
    assert not {name for name in ours if "Slack" in name or "SocketMode" in name}
