"""What was said while nobody listened is heard when somebody does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.slack import connection, transcript
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.workflows.message_intake import hear
from tests.bot.slack.desk import SlackDesk, a_card, a_desk, until
from tests.fakes.clock import SetClock
from tests.fakes.slack import FakeSlack, Limits, a_slack
from tests.fakes.slack import Message as Shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.integration


@pytest.fixture
async def people() -> AsyncIterator[FakeSlack]:
    """A Slack that tries no delivery again: only the history tells."""
    async with a_slack(limits=Limits(on=False)) as slack:
        slack.office.retries_after_s = ()
        yield slack


async def a_home(desk: SlackDesk) -> str:
    """A case whose card is in the channel, and that is at home in the thread below."""
    ref = await desk.slack.chat.post(desk.place(), a_card(), marker="out_1")
    await desk.settle(desk.place(thread=ref))
    return ref


async def test_what_was_said_in_a_thread_is_heard_in_its_order(desk: SlackDesk) -> None:
    thread = await a_home(desk)
    for nth in range(7):
        await desk.people.say("dana", "#incidents", f"line {nth}", thread=thread)
    await desk.people.upload("dana", "#incidents", "db.log", b"ERROR", thread=thread)
    assert desk.heard() == []
    async with desk.attending():
        await until(lambda: len(desk.heard()) == 8)
    assert desk.texts() == [*(f"line {nth}" for nth in range(7)), ""]
    assert desk.heard()[-1].heard.attachments[0].name == "db.log"


async def test_only_what_is_new_is_news(desk: SlackDesk) -> None:
    thread = await a_home(desk)
    async with desk.attending():
        await desk.people.say("dana", "#incidents", "before", thread=thread)
        await desk.people.mention("dana", "#incidents", "status")
    await desk.people.say("dana", "#incidents", "meanwhile", thread=thread)
    await desk.people.mention("kim", "#incidents", "help")
    await desk.people.say("kim", "#incidents", "to nobody")
    async with desk.attending():
        await until(lambda: len(desk.heard()) == 4)
        await desk.people.say("dana", "#incidents", "after", thread=thread)
    assert desk.texts() == ["before", "status", "meanwhile", "help", "after"]
    assert [message.heard.manner for message in desk.heard()].count(MessageKind.MENTION) == 2


async def test_a_channel_of_its_own_with_its_threads(desk: SlackDesk) -> None:
    people = desk.people
    await desk.settle(desk.place("#war-room"))
    old = await people.say("dana", "#war-room", "an older thread")
    async with desk.attending():
        await until(lambda: desk.texts() == ["an older thread"])
    await people.say("dana", "#war-room", "in the channel")
    await people.say("kim", "#war-room", "in the thread", thread=old.ts)
    async with desk.attending():
        await until(lambda: len(desk.heard()) == 3)
    assert set(desk.texts()[1:]) == {"in the channel", "in the thread"}
    (below,) = [message.heard for message in desk.heard() if message.heard.place.thread]
    assert (below.text, below.place) == ("in the thread", desk.place("#war-room", thread=old.ts))


async def test_a_direct_message_is_answered_late_rather_than_never(desk: SlackDesk) -> None:
    async with desk.attending():
        await desk.people.direct("dana", "status")
    await desk.people.direct("dana", "help")
    async with desk.attending():
        await until(lambda: desk.texts() == ["status", "help"])


async def test_what_was_said_before_we_came_was_not_said_to_us(desk: SlackDesk) -> None:
    await desk.people.mention("dana", "#incidents", "status")
    async with desk.attending():
        await until(lambda: desk.people.called("users.conversations"))
        await desk.people.say("dana", "#incidents", "hm")
    assert desk.heard() == []


async def test_what_is_older_than_a_day_is_left(desk: SlackDesk) -> None:
    thread = await a_home(desk)
    message = await desk.people.say("dana", "#incidents", "long ago", thread=thread)
    room = desk.people.team.channel("#incidents")
    del room.messages[message.ts]
    ago = desk.services.clock.now() - timedelta(hours=25)
    message.message.ts = f"{ago.timestamp():.6f}"
    room.messages[message.message.ts] = message.message
    await desk.people.say("dana", "#incidents", "just now", thread=thread)
    async with desk.attending():
        await until(lambda: desk.texts() == ["just now"])


async def test_a_home_that_is_gone_keeps_nobody_from_the_others(desk: SlackDesk) -> None:
    await desk.settle(desk.place(thread="1.000001"))
    thread = await a_home(desk)
    await desk.people.say("dana", "#incidents", "still here", thread=thread)
    async with desk.attending():
        await until(lambda: desk.texts() == ["still here"])


async def test_many_pages(desk: SlackDesk) -> None:
    thread = await a_home(desk)
    for nth in range(450):
        await desk.people.say("dana", "#incidents", f"line {nth}", thread=thread)
    async with desk.attending():
        await until(lambda: len(desk.heard()) == 450)
    assert desk.texts() == [f"line {nth}" for nth in range(450)]


async def test_what_one_message_is_wrong_with_keeps_nobody_from_the_others(desk: SlackDesk) -> None:
    thread = await a_home(desk)
    odd = await desk.people.say("dana", "#incidents", "odd", thread=thread)
    odd.message.extra = {"files": ["x"]}
    await desk.people.say("dana", "#incidents", "plain", thread=thread)
    async with desk.attending():
        await until(lambda: desk.texts() == ["plain"])


async def test_more_than_a_few_pages_of_a_channel(desk: SlackDesk) -> None:
    people = desk.people
    await desk.settle(desk.place("#war-room"))
    room, dana = people.team.channel("#war-room"), people.team.person("dana").id
    begun = desk.services.clock.now().timestamp() - 3600
    for nth in range(1300):
        ts = f"{begun + nth:.6f}"
        room.messages[ts] = Shown(ts, room.id, dana, f"line {nth}")
    async with desk.attending():
        await until(lambda: len(desk.heard()) == 1300)
    assert desk.texts() == [f"line {nth}" for nth in range(1300)]


async def test_what_is_left_out_is_said(
    desk: SlackDesk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcript, "MOST", 200)
    await desk.settle(desk.place("#war-room"))
    for nth in range(250):
        await desk.people.say("dana", "#war-room", f"line {nth}")
    async with desk.attending():
        await until(lambda: len(desk.heard()) == 200)
    assert "left out" in caplog.text


async def before(desk: SlackDesk, text: str = "status", *, hours: float = 2) -> None:
    """Somebody was heard some time ago; nobody has listened since."""
    said_at = desk.services.clock.now() - timedelta(hours=hours)
    heard = IncomingMessage(
        place=desk.place(thread="1.1"),
        key="long ago",
        by="U1",
        manner=MessageKind.MENTION,
        text=text,
        said_at=said_at,
        ref=f"{said_at.timestamp():.6f}",
    )
    assert await hear(heard, services=replace(desk.services, clock=SetClock(said_at)))


def aged(desk: SlackDesk, message: Shown, *, minutes: float) -> str:
    """As if it had been said earlier."""
    room = desk.people.team.channels[message.channel]
    del room.messages[message.ts]
    message.ts = f"{(desk.services.clock.now() - timedelta(minutes=minutes)).timestamp():.6f}"
    room.messages[message.ts] = message
    return message.ts


async def test_what_comes_first_over_http_hides_nothing(people: FakeSlack) -> None:
    """Slack posts before we have caught up; what was said before that is still to be read."""
    async with a_desk(people, socket_mode=False) as desk:
        await before(desk)
        missed = await people.mention("dana", "#incidents", "help")
        aged(desk, missed.message, minutes=30)
        people.trouble("users.conversations", times=1, status=503)
        async with desk.slack.attending(desk.services), desk.posted_to():
            await people.mention("kim", "#incidents", "hypotheses")
            assert desk.texts() == ["status", "hypotheses"]
            await until(lambda: "help" in desk.texts())


async def test_what_comes_first_at_the_very_first_start_hides_nothing(people: FakeSlack) -> None:
    async with a_desk(people, socket_mode=False) as desk:
        thread = await a_home(desk)
        thread = aged(desk, people.team.channel("#incidents").messages[thread], minutes=60)
        await desk.settle(desk.place(thread=thread))
        missed = await people.say("dana", "#incidents", "what changed then?", thread=thread)
        aged(desk, missed.message, minutes=30)
        people.trouble("users.conversations", times=1, status=503)
        people.trouble("conversations.replies", times=2, status=503)
        async with desk.slack.attending(desk.services), desk.posted_to():
            await people.say("kim", "#incidents", "and now?", thread=thread)
            assert desk.texts() == ["and now?"]
            await until(lambda: "what changed then?" in desk.texts())


async def test_what_was_missed_in_a_thread_is_heard_before_what_is_said_there_now(
    people: FakeSlack,
) -> None:
    """Reading on is at another thread, and will be for a while."""
    async with a_desk(people, socket_mode=False) as desk:
        earlier, thread = await a_home(desk), await a_home(desk)
        for place in (earlier, thread):
            await people.say("dana", "#incidents", f"missed in {place}", thread=place)
        people.trouble("conversations.replies", times=1, status=503)
        async with desk.slack.attending(desk.services), desk.posted_to():
            await until(lambda: people.called("conversations.replies"))
            await people.say("kim", "#incidents", "and now?", thread=thread)
            assert desk.texts() == [f"missed in {thread}", "and now?"]
            await until(lambda: f"missed in {earlier}" in desk.texts())


async def a_card_of_before(desk: SlackDesk, *, minutes: int) -> str:
    """As `a_home`, at no cost of Slack's limits."""
    room, ago = desk.people.team.channel("#incidents"), timedelta(minutes=minutes)
    ts = f"{(desk.services.clock.now() - ago).timestamp():.6f}"
    room.messages[ts] = Shown(ts, room.id, desk.people.app.bot_user, "a card", by_app=True)
    await desk.settle(desk.place(thread=ts))
    return ts


async def test_threads_in_which_nobody_spoke_are_not_read_one_by_one(desk: SlackDesk) -> None:
    """A page of the channel tells of two hundred cases; Slack allows 50 calls a minute."""
    people = desk.people
    threads = [await a_card_of_before(desk, minutes=60 - nth) for nth in range(60)]
    await desk.slack.chat.post(desk.place(thread=threads[7]), a_card(), marker="our own reply")
    await people.say("dana", "#incidents", "in the oldest", thread=threads[0])
    await people.say("dana", "#incidents", "in the newest", thread=threads[-1])
    gone = people.team.channel("#incidents").messages.pop(threads[30])
    async with desk.attending():
        await until(lambda: desk.texts() == ["in the oldest", "in the newest"])
    read = {call.arguments["ts"] for call in people.called("conversations.replies")}
    assert read == {threads[0], gone.ts, threads[-1]}


async def test_a_bug_of_ours_hides_nothing(
    people: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_BROKE_OFF_S", 0.01)
    async with a_desk(people, socket_mode=False) as desk:
        await before(desk)
        missed = await people.mention("dana", "#incidents", "help")
        aged(desk, missed.message, minutes=30)
        seams = iter(["reading"])

        async def broken(seam: str) -> None:
            if seam == "begin" and next(seams, None):
                message = "a bug"
                raise RuntimeError(message)

        async with desk.slack.attending(desk.services):
            desk.store.seam = broken
            await until(lambda: "help" in desk.texts())
        assert next(seams, None) is None, "it broke once"


async def test_a_mention_in_an_older_thread_of_nobodys(desk: SlackDesk) -> None:
    people = desk.people
    root = await people.say("dana", "#incidents", "the deploy of today")
    root_ts = aged(desk, root.message, minutes=5 * 60)
    await before(desk)
    asked = await people.mention("kim", "#incidents", "help", thread=root_ts)
    aged(desk, asked.message, minutes=30)
    async with desk.attending():
        await until(lambda: desk.texts() == ["status", "help"])
    assert desk.heard()[-1].heard.place == desk.place(thread=root_ts)


async def test_a_mention_in_a_thread_that_is_days_old(desk: SlackDesk) -> None:
    """Slack shows a thread where it began, however new its last reply is."""
    people = desk.people
    root = await people.say("dana", "#incidents", "the deploy of Tuesday")
    root_ts = aged(desk, root.message, minutes=5 * 24 * 60)
    await people.mention("kim", "#incidents", "help", thread=root_ts)
    weeks = await people.say("dana", "#incidents", "the move of last month")
    weeks_ts = aged(desk, weeks.message, minutes=30 * 24 * 60)
    await people.mention("kim", "#incidents", "report", thread=weeks_ts)
    await before(desk)
    async with desk.attending():
        await until(lambda: desk.texts() == ["status", "help"])
    assert desk.heard()[-1].heard.place == desk.place(thread=root_ts)


async def test_what_slack_bridges_by_itself_is_not_looked_for_in_old_threads(
    desk: SlackDesk,
) -> None:
    """A line breaks every few hours, and a week of every channel is much to read."""
    await before(desk, hours=0.01)
    async with desk.attending():
        await until(lambda: desk.people.called("conversations.history"))
    assert not [call for call in desk.people.calls if call.arguments.get("latest")]


async def test_who_was_away_for_more_than_a_day_says_so(
    desk: SlackDesk, caplog: pytest.LogCaptureFixture
) -> None:
    await before(desk, hours=30)
    async with desk.attending():
        await until(lambda: "more than a day" in caplog.text)


async def test_what_was_said_between_two_lines_is_caught_up_with(desk: SlackDesk) -> None:
    thread = await a_home(desk)
    people = desk.people
    async with desk.attending():
        people.trouble("apps.connections.open", times=1, status=503)
        people.drop()
        await until(lambda: not people.sockets.connections)
        message = await people.say("dana", "#incidents", "is anybody there?", thread=thread)
        assert not message.acked
        await until(lambda: desk.texts() == ["is anybody there?"])


async def test_over_http_it_is_caught_up_with_as_well(people: FakeSlack) -> None:
    async with a_desk(people, socket_mode=False) as desk:
        thread = await a_home(desk)
        await people.say("dana", "#incidents", "meanwhile", thread=thread)
        people.trouble("users.conversations", times=1, status=503)
        async with desk.slack.attending(desk.services):
            await until(lambda: desk.texts() == ["meanwhile"])


async def test_catching_up_stays_within_the_limits() -> None:
    async with a_slack(limits=Limits()) as people, a_desk(people) as desk:
        people.office.retries_after_s = ()
        for nth in range(12):
            root = people.team.channel("#incidents")
            message = await people.say("dana", root.id, f"root {nth}")
            await desk.settle(desk.place(thread=message.ts))
            await people.say("kim", root.id, f"line {nth}", thread=message.ts)
        async with desk.attending():
            await until(lambda: len(desk.heard()) == 12)
        assert not [call for call in people.calls if call.status == 429]
