from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.discord.catch_up import DiscordCatchUp
from bot.discord.connection import open_discord
from bot.discord.rooms import DiscordRooms, place_in
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.workflows.message_intake import hear

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot.discord.office import DiscordOffice
    from tests.fakes.discord.model import Channel

pytestmark = pytest.mark.integration

MESSAGES = "GET /channels/{channel}/messages"
ALWAYS = 10_000


@pytest.fixture
async def catching_up(office: DiscordOffice) -> AsyncIterator[DiscordCatchUp]:
    """Of a process that has just begun."""
    async with open_discord(office.access()) as platform:
        await platform.rest.log_in()
        yield DiscordCatchUp(platform.rest, DiscordRooms(platform.rest), office.services, at_once)


async def at_once(seconds: float) -> None:
    """Time passes without anybody waiting."""
    assert seconds > 0
    await asyncio.sleep(0)


async def test_what_was_said_while_nobody_listened_is_caught_up(office: DiscordOffice) -> None:
    fake = office.fake
    thread = fake.thread(fake.ana, fake.incidents, "#128")
    await office.at_home(fake.incidents.id, thread.id)
    async with office.attended():
        await fake.say(fake.ana, thread, "first")
        await fake.until(lambda: office.texts == ["first"])
    for nth in range(120):
        await fake.say(fake.ana, thread, f"while away {nth}")
    await fake.mention(fake.ana, fake.incidents, "status")
    await fake.say(fake.ana, fake.incidents, "not for us")
    async with office.attended():
        await fake.say(fake.ana, thread, "last")
        await fake.until(lambda: {"last", "status"} <= {*office.texts})
    meanwhile = [f"while away {nth}" for nth in range(120)]
    in_thread = [message.text for message in office.heard if message.place.thread == thread.id]
    assert in_thread == ["first", *meanwhile, "last"]
    assert "status" in office.texts
    assert "not for us" not in office.texts


async def test_who_calls_us_where_no_case_is_at_home_is_heard_later(office: DiscordOffice) -> None:
    """In any channel that we see, and in threads of it."""
    fake = office.fake
    general, quiet, hidden = map(fake.add_channel, ("general", "quiet", "hidden"))
    thread = fake.thread(fake.ana, general, "lunch")
    await fake.say(fake.ana, quiet, "long before")
    fake.deny(hidden, "VIEW_CHANNEL")
    office.forward(minutes=10)
    async with office.attended():
        await fake.mention(fake.ana, general, "status")
        await fake.until(lambda: office.texts == ["status"])
    for where in (general, thread, hidden):
        await fake.mention(fake.ana, where, f"ask in {where.name}")
        await fake.say(fake.ana, where, "not for us")
    before = len(fake.calls)
    async with office.attended():
        await fake.until(lambda: len(office.heard) == 3)
    assert office.texts[1:] == ["ask in general", "ask in lunch"]
    read = {call.path.split("/")[2] for call in fake.calls[before:] if call.route == MESSAGES}
    assert read >= {general.id, thread.id}
    assert read.isdisjoint({quiet.id, hidden.id})  # nothing new, nothing to see


async def test_what_is_older_than_a_day_has_found_another_way(
    office: DiscordOffice, catching_up: DiscordCatchUp
) -> None:
    fake = office.fake
    general = fake.add_channel("general")
    await fake.mention(fake.ana, general, "status")
    office.forward(hours=25)
    assert await catching_up.read_on() == 0


async def test_what_is_heard_first_hides_nothing_that_was_said_before(
    office: DiscordOffice, catching_up: DiscordCatchUp
) -> None:
    """A command comes in while we read: from when on nobody listened was known before."""
    fake = office.fake
    general = fake.add_channel("general")
    await catching_up.begin()
    await fake.mention(fake.ana, general, "ask since when?")
    office.forward(hours=1)
    await press(office, fake.incidents)
    assert await catching_up.read_on() == 1
    assert office.texts == ["status", "ask since when?"]


async def press(office: DiscordOffice, where: Channel) -> None:
    now = office.services.clock.now()
    heard = IncomingMessage(
        place=place_in(where.id),
        key="interaction/1",
        by="7",
        manner=MessageKind.COMMAND,
        verb="status",
        text="",
        said_at=now,
    )
    assert await hear(heard, services=office.services)


async def test_a_direct_message_is_heard_later(office: DiscordOffice) -> None:
    """Of whoever wrote to us directly before, or spoke with us last, and of the admins."""
    fake = office.fake
    lee, kim = map(fake.add_member, ("lee", "kim"))
    rules = replace(office.services.rules, admins=frozenset({f"discord:{lee.id}", "slack:U1"}))
    office.services = replace(office.services, rules=rules)
    async with office.attended():
        await fake.say(kim, fake.direct(kim), "hello")
        await fake.until(lambda: office.texts == ["hello"])
        office.forward(minutes=5)
        await fake.mention(fake.ana, fake.incidents, "status")
        await fake.until(lambda: office.texts[1:] == ["status"])
    for who in (fake.ana, lee, kim):
        await fake.say(who, fake.direct(who), f"help {who.user.name}")
    async with office.attended():
        await fake.until(lambda: len(office.heard) == 5)
    assert sorted(office.texts[2:]) == ["help ana", "help kim", "help lee"]
    assert office.heard[2].manner is MessageKind.MENTION


async def test_who_called_us_in_a_thread_that_fell_asleep_is_heard_later(
    office: DiscordOffice,
) -> None:
    """Discord archives a quiet thread after an hour or more; we were away for longer."""
    fake = office.fake
    general = fake.add_channel("general")
    thread, forgotten = (fake.thread(fake.ana, general, text) for text in ("lunch", "dinner"))
    await fake.say(fake.ana, forgotten, "long before")
    office.forward(minutes=10)
    async with office.attended():
        await fake.mention(fake.ana, general, "status")
        await fake.until(lambda: office.texts == ["status"])
    before = len(fake.calls)
    await fake.mention(fake.ana, thread, "ask in lunch")
    office.forward(hours=2)
    for channel in (thread, forgotten):
        fake.archive(channel)
    async with office.attended():
        await fake.until(lambda: len(office.heard) == 2)
    assert office.texts[1:] == ["ask in lunch"]
    read = {call.path.split("/")[2] for call in fake.calls[before:] if call.route == MESSAGES}
    assert forgotten.id not in read


async def test_catching_up_waits_for_discord_and_for_the_database(
    office: DiscordOffice, catching_up: DiscordCatchUp
) -> None:
    fake = office.fake
    await office.at_home(fake.incidents.id)
    await fake.say(fake.ana, fake.incidents, "while away")
    fake.fail(MESSAGES, 503)
    fake.fail("GET /channels/{channel}", 503)
    office.fail_next_commit()
    assert await catching_up.read_on() == 1
    assert await catching_up.read_on() == 0
    assert office.texts == ["while away"]


async def test_a_channel_that_cannot_be_read_keeps_nobody_waiting(
    office: DiscordOffice, caplog: pytest.LogCaptureFixture
) -> None:
    """What is said now is heard, everywhere; what was said there before, when it can be read."""
    fake = office.fake
    general = fake.add_channel("general")
    await office.at_home(general.id)
    for where in (general, fake.incidents):
        await fake.mention(fake.ana, where, f"ask in {where.name}")
    fake.fail(MESSAGES, 429, times=ALWAYS, retry_after_s=60, channel=general)
    with caplog.at_level(logging.WARNING, logger="bot.discord"):
        async with office.attended():
            await fake.say(fake.ana, general, "now")
            await fake.until(lambda: "now" in office.texts)
            assert "ask in incidents" in office.texts
            assert "ask in general" not in office.texts
            assert f"what was said in {general.id} is read later" in caplog.text
            fake.rest.faults.clear()
            await fake.until(lambda: "ask in general" in office.texts)
    assert len(office.heard) == 3


async def test_what_is_owed_is_read_from_where_it_was_missed(
    office: DiscordOffice, catching_up: DiscordCatchUp
) -> None:
    """What was heard there meanwhile does not hide it; and it is bounded by number of tries."""
    fake = office.fake
    await office.at_home(fake.incidents.id)
    await fake.say(fake.ana, fake.incidents, "missed")
    fake.fail(MESSAGES, 503, times=ALWAYS, channel=fake.incidents)
    assert await catching_up.read_on() == 0
    assert len(fake.calls_of(MESSAGES)) <= 5
    assert list(catching_up.owed) == [place_in(fake.incidents.id)]
    fake.rest.faults.clear()
    coming_back = asyncio.create_task(catching_up.come_back())
    await fake.until(lambda: office.texts == ["missed"])
    await fake.until(lambda: not catching_up.owed)
    coming_back.cancel()


async def test_what_was_missed_in_a_place_is_heard_before_what_is_said_there_now(
    office: DiscordOffice, catching_up: DiscordCatchUp
) -> None:
    """While it is still owed, as reading on is at other places; what cannot be read is left."""
    fake = office.fake
    place = place_in(fake.incidents.id)
    await office.at_home(fake.incidents.id)
    await fake.say(fake.ana, fake.incidents, "missed")
    fake.fail(MESSAGES, 503, times=ALWAYS)
    await catching_up.read_on()
    await catching_up.read_before(place)
    assert (office.texts, list(catching_up.owed)) == ([], [place])
    fake.rest.faults.clear()
    await catching_up.read_before(place)
    assert (office.texts, list(catching_up.owed)) == (["missed"], [])


async def test_where_we_were_called_is_looked_for_later_where_discord_is_away(
    office: DiscordOffice, catching_up: DiscordCatchUp
) -> None:
    fake = office.fake
    general = fake.add_channel("general")
    await fake.mention(fake.ana, general, "status")
    fake.fail("GET /guilds/{guild}/channels", 503)
    assert await catching_up.read_on() == 0
    coming_back = asyncio.create_task(catching_up.come_back())
    await fake.until(lambda: office.texts == ["status"])
    coming_back.cancel()


async def test_a_channel_that_is_gone_keeps_nobody_waiting(office: DiscordOffice) -> None:
    fake = office.fake
    await office.at_home("404404")
    await fake.mention(fake.ana, fake.incidents, "status")
    async with office.attended():
        await fake.until(lambda: office.texts == ["status"])
