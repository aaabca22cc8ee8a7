"""What every register of people must do, whichever store it rests in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.access import Identity, PersonProfile, Standing
from core.errors import NotFound
from tests.contracts.samples import CONTEXT, an_identity, later

if TYPE_CHECKING:
    from core.workflows.services import Store


KEY = ("platform", "workspace", "external_id")


async def meet(store: Store, identity: Identity) -> Identity:
    async with store.unit(CONTEXT) as unit:
        return await unit.people.meet(identity)


async def known(store: Store, identity: Identity, **elsewhere: str) -> Identity | None:
    asked = {name: elsewhere.get(name, getattr(identity, name)) for name in KEY}
    async with store.reading(CONTEXT) as unit:
        return await unit.people.identity(**asked)


async def test_somebody_met_is_known(store: Store) -> None:
    ada = an_identity(profile=PersonProfile(name="Ada \0 „λ“", standing=Standing.STRANGER))
    assert await known(store, ada) is None
    met = await meet(store, ada)
    assert met.profile.name in {"Ada \0 „λ“", "Ada ␀ „λ“"}
    assert replace(met, profile=ada.profile) == ada
    assert await known(store, ada) == met
    for name in KEY:
        assert await known(store, ada, **{name: "other"}) is None


async def test_somebody_met_again_stays_who_they_are(store: Store) -> None:
    first = await meet(store, an_identity())
    again = an_identity(
        profile=PersonProfile(name="Ada L.", standing=Standing.GUEST),
        met_at=later(50),
        seen_at=later(60),
    )
    renewed = replace(first, profile=again.profile, seen_at=later(60))
    assert await meet(store, again) == renewed
    assert await known(store, first) == renewed


async def test_two_people_are_two_and_one_user_may_be_both(store: Store) -> None:
    slack = await meet(store, an_identity())
    discord = await meet(store, an_identity(platform="discord", user_id=slack.user_id))
    other = await meet(store, an_identity(external_id="U2"))
    assert discord.user_id == slack.user_id != other.user_id


async def test_of_many_that_meet_somebody_at_once_all_agree_who_it_is(store: Store) -> None:
    met = await asyncio.gather(*(meet(store, an_identity()) for _ in range(8)))
    assert len({identity.user_id for identity in met}) == 1
    assert await known(store, met[0]) == met[0]


async def test_an_identity_is_linked_and_let_go(store: Store) -> None:
    ada = await meet(store, an_identity())
    discord = await meet(store, an_identity(platform="discord"))
    linked = replace(ada, user_id="user_account", linked_at=later(9))
    earlier = replace(discord, user_id="user_account", linked_at=later(8))
    async with store.unit(CONTEXT) as unit:
        await unit.people.link(linked)
        await unit.people.link(earlier)
    assert await known(store, ada) == linked
    async with store.unit(CONTEXT) as unit:
        assert await unit.people.linked_to("user_account") == [earlier, linked]
        await unit.people.link(replace(linked, user_id=ada.user_id, linked_at=None))
        assert await unit.people.linked_to("user_account") == [earlier]
        assert await unit.people.linked_to(ada.user_id) == []
    assert await known(store, ada) == ada


async def test_who_was_linked_and_is_met_again_stays_linked(store: Store) -> None:
    ada = await meet(store, an_identity())
    linked = replace(ada, user_id="user_account", linked_at=later(9))
    async with store.unit(CONTEXT) as unit:
        await unit.people.link(linked)
        locked = await unit.people.identity(*(getattr(ada, name) for name in KEY), lock=True)
        assert locked == linked
    renewed = replace(ada, profile=replace(ada.profile, name="Ada L."))
    assert await meet(store, renewed) == replace(linked, profile=renewed.profile)


async def test_nobody_is_linked_who_was_never_met(store: Store) -> None:
    async with store.unit(CONTEXT) as unit:
        with pytest.raises(NotFound):
            await unit.people.link(an_identity(linked_at=later(1)))
