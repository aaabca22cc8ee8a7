from __future__ import annotations

import pytest

from bot.discord.rooms import place_in
from core.errors import ChatUnavailable
from tests.bot.discord.office import CARD, DiscordOffice

pytestmark = pytest.mark.integration


async def test_a_post_whose_answer_was_lost_is_found_again(office: DiscordOffice) -> None:
    fake = office.fake
    place = place_in(fake.incidents.id)
    route = "POST /channels/{channel}/messages"
    async with office.open() as platform:
        fake.fail(route, 503, done=True)
        with pytest.raises(ChatUnavailable):
            await platform.chat.post(place, CARD, marker="out_1")
        ref = await platform.chat.find(place, marker="out_1")
        assert ref == f"{fake.incidents.id}/{fake.messages(fake.incidents)[0].id}"
        assert await platform.chat.post(place, CARD, marker="out_1") == ref
    assert len(fake.messages(fake.incidents)) == 1
