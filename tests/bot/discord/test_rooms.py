from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.discord.rooms import DiscordRooms, place_in, place_of
from core.errors import ChatRefused

if TYPE_CHECKING:
    from tests.bot.discord.office import DiscordOffice


def test_a_place_is_a_channel_a_thread_or_a_person() -> None:
    assert place_of({"id": 11, "type": 0}, person="42") == place_in("11")
    assert place_of({"id": 11, "type": 15}, person="42") == place_in("11")
    thread = {"id": 12, "type": 11, "parent_id": 11}
    assert place_of(thread, person="42") == place_in("11", "12")
    assert place_of({"id": 13, "type": 1}, person="42") == place_in("@42")


@pytest.mark.integration
async def test_a_channel_is_found_by_its_name_and_asked_for_once(office: DiscordOffice) -> None:
    fake = office.fake
    async with office.open() as platform:
        rooms = DiscordRooms(platform.rest)
        for name in ("#incidents", "incidents", fake.incidents.id):
            assert await rooms.channel_id(name) == fake.incidents.id
        calls = len(fake.calls_of("GET /guilds/{guild}/channels"))
        assert await rooms.channel_id("#incidents") == fake.incidents.id
        assert await rooms.id_of(place_in("#incidents", "12")) == "12"
    assert len(fake.calls_of("GET /guilds/{guild}/channels")) == calls


@pytest.mark.integration
async def test_a_name_of_two_channels_is_nobodys(office: DiscordOffice) -> None:
    office.fake.add_channel("incidents")
    async with office.open() as platform:
        with pytest.raises(ChatRefused, match="2 channels named #incidents") as refused:
            await DiscordRooms(platform.rest).channel_id("#incidents")
    assert "id" in refused.value.next_step


@pytest.mark.integration
async def test_a_channel_that_is_gone_gives_its_name_to_another(office: DiscordOffice) -> None:
    fake = office.fake
    async with office.open() as platform:
        rooms = DiscordRooms(platform.rest)
        await rooms.describe("#incidents")
        del fake.world.channels[fake.incidents.id]
        new = fake.add_channel("incidents")
        with pytest.raises(ChatRefused):
            await rooms.describe("#incidents")
        assert (await rooms.describe("#incidents"))["id"] == new.id


@pytest.mark.integration
async def test_a_person_is_written_to_in_one_conversation(office: DiscordOffice) -> None:
    fake = office.fake
    async with office.open() as platform:
        rooms = DiscordRooms(platform.rest)
        place = place_in(f"@{fake.ana.id}")
        assert await rooms.id_of(place) == await rooms.id_of(place) == fake.direct(fake.ana).id
    assert len(fake.calls_of("POST /users/@me/channels")) == 1
