from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.bot.discord.office import Office

from typing import TYPE_CHECKING

from bot.discord.ear import profile_of
from core.access.model import Profile, Standing
from core.errors import NotFound

if TYPE_CHECKING:
    from tests.bot.discord.conftest import Server

USER = {"id": "7", "username": "dana", "global_name": "Dana\u202e"}


def test_names_are_those_that_people_see() -> None:
    assert profile_of(USER, {"nick": "Dana on call"}).name == "Dana on call"
    assert profile_of(USER, {"nick": None}).name == "Dana�"
    assert profile_of({"id": "7", "username": "dana"}, None).name == "dana"


def test_standing_follows_what_discord_says() -> None:
    assert profile_of(USER, {"flags": 0}).standing is Standing.MEMBER
    assert profile_of(USER, {"flags": 1 << 4 | 1}).standing is Standing.GUEST
    assert profile_of(USER, None).standing is Standing.STRANGER
    assert profile_of(USER | {"bot": True}, {"flags": 0}).standing is Standing.BOT


@pytest.mark.integration
async def test_who_left_the_server_is_a_stranger(server: Server) -> None:
    ear = server.discord.ear
    assert await ear.profile(str(server.dana.id)) == Profile(name="dana", standing=Standing.MEMBER)
    server.env.guild.remove_member(server.dana)
    server.env.inject_error("GET", "/users/*", status=404, code=10013)
    with pytest.raises(NotFound):
        await ear.profile(str(server.dana.id))


@pytest.mark.integration
async def test_the_ear_knows_people_and_fetches_what_they_drop(office: Office) -> None:
    fake = office.fake
    await office.at_home(fake.incidents.id)
    fake.world.urls_last_s = 0.0
    async with office.attended() as platform:
        content = b"ERROR too many\n" * 10_000
        await fake.say(fake.ana, fake.incidents, "", files={"db.log": content})
        await fake.until(lambda: office.heard)
        (file,) = office.heard[0].attachments
        fake.world.urls_last_s = 60.0
        fetched = b"".join([chunk async for chunk in platform.ear.fetch(file)])
        profile = await platform.ear.profile(fake.ana.id)
    assert (fetched, file.name) == (content, "db.log")
    assert profile.name == "ana"
