from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.discord.missed_messages import ActivePlaces, MissedMessages
from bot.discord.rooms import DiscordRooms, place_in
from core.alerts.routing import Policy
from core.places import Destination

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot.discord.office import DiscordOffice
    from tests.fakes.discord.model import Channel

pytestmark = pytest.mark.integration


@pytest.fixture
async def active_places(office: DiscordOffice) -> AsyncIterator[ActivePlaces]:
    async with office.open() as platform:
        yield ActivePlaces(platform.rest, DiscordRooms(platform.rest), office.services)


async def found(
    active_places: ActivePlaces, *, minutes: float = 0, gone_on: bool = False
) -> dict[str, MissedMessages]:
    """By channel or thread; minutes: since when nobody listened."""
    since = active_places.services.clock.now() - timedelta(minutes=minutes)
    places = active_places.elsewhere(since=since, gone_on=gone_on)
    return {missed.place.thread or missed.place.channel: missed async for missed in places}


async def test_only_what_has_news_is_read(
    office: DiscordOffice, active_places: ActivePlaces
) -> None:
    fake = office.fake
    old, new, empty = map(fake.add_channel, ("old", "new", "empty"))
    await fake.say(fake.ana, old, "lunch?")
    office.forward(minutes=30)
    message = await fake.say(fake.ana, new, "lunch?")
    assert {old.id, empty.id} & {*await found(active_places, minutes=10)} == set()
    assert new.id in await found(active_places, minutes=10)
    active_places.seen[place_in(new.id)] = int(message.id)
    assert new.id not in await found(active_places, minutes=10)


async def test_near_the_cases_a_day_is_looked_back(
    office: DiscordOffice, active_places: ActivePlaces
) -> None:
    """There somebody may have come between: what was heard last is not relied on."""
    fake = office.fake
    named, routed = fake.add_channel("payments"), fake.incidents
    policy = Policy(
        otherwise=tuple(
            Destination(platform="discord", channel=channel) for channel in ("#payments", routed.id)
        )
    )
    rules = replace(office.services.rules, routing=policy)
    active_places.services = replace(office.services, rules=rules)
    thread = fake.thread(fake.ana, named, "#128")
    for where in (named, routed, thread):
        await fake.say(fake.ana, where, "lunch?")
    office.forward(minutes=30)
    assert {*await found(active_places, minutes=10)} == {named.id, routed.id, thread.id}
    # When listening goes on, only what was said before counts, and all of that.
    assert await found(active_places, minutes=10, gone_on=True) == {}


async def test_what_is_heard_by_now_hides_nothing(
    office: DiscordOffice, active_places: ActivePlaces
) -> None:
    fake = office.fake
    general = fake.add_channel("general")
    missed = await fake.say(fake.ana, general, "missed")
    heard = await fake.say(fake.ana, general, "heard")
    active_places.seen[place_in(general.id)] = int(heard.id)
    assert general.id not in await found(active_places, minutes=5)
    owed = (await found(active_places, minutes=5, gone_on=True))[general.id]
    assert owed.after < int(missed.id)


async def test_where_nobody_talks_nothing_is_read(
    office: DiscordOffice, active_places: ActivePlaces
) -> None:
    """A forum's newest message is a post; the posts are threads. A home is read anyway."""
    fake = office.fake
    forum = fake.add_forum("cases")
    forum.messages = dict((await _said(office)).messages)
    post = fake.thread(fake.ana, forum, "#128")
    await fake.say(fake.ana, post, "hello")
    assert post.id in await found(active_places, minutes=5)
    assert forum.id not in await found(active_places, minutes=5)
    await office.at_home(forum.id, post.id)
    assert post.id not in await found(active_places, minutes=5)
    (home,) = await active_places.of_cases()
    assert (home.place, home.most) == (place_in(forum.id, post.id), None)


async def _said(office: DiscordOffice) -> Channel:
    where = office.fake.add_channel("elsewhere")
    await office.fake.say(office.fake.ana, where, "hello")
    return where
