from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.discord.connection import open_discord

if TYPE_CHECKING:
    from tests.bot.discord.office import Office


from bot.discord.catching_up import CatchingUp
from bot.discord.rooms import Rooms

pytestmark = pytest.mark.integration


async def test_what_was_said_while_nobody_listened_is_caught_up(office: Office) -> None:
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
        await fake.until(lambda: "last" in office.texts)
    meanwhile = [f"while away {nth}" for nth in range(120)]
    in_thread = [one.text for one in office.heard if one.place.thread == thread.id]
    assert in_thread == ["first", *meanwhile, "last"]
    assert "status" in office.texts
    assert "not for us" not in office.texts


async def at_once(seconds: float) -> None:
    """Time passes without anybody waiting."""
    assert seconds > 0


async def test_catching_up_waits_for_discord_and_for_the_database(office: Office) -> None:
    fake = office.fake
    await office.at_home(fake.incidents.id)
    await fake.say(fake.ana, fake.incidents, "while away")
    fake.fail("GET /channels/{channel}/messages", 503)
    fake.fail("GET /channels/{channel}", 503)
    async with open_discord(office.access()) as platform:
        catching_up = CatchingUp(platform.rest, Rooms(platform.rest), office.services, at_once)
        await platform.rest.log_in()
        assert await catching_up.read_on() == 1
        assert await catching_up.read_on() == 0
    assert office.texts == ["while away"]


async def test_a_channel_that_is_gone_keeps_nobody_waiting(office: Office) -> None:
    fake = office.fake
    await office.at_home("404404")
    await fake.mention(fake.ana, fake.incidents, "status")
    async with office.attended():
        await fake.until(lambda: office.texts == ["status"])
