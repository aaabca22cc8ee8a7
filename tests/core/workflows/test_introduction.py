"""Somebody is asked about at the first contact, and stays who they were while nobody can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.access import PersonProfile, Standing
from core.errors import ChatUnavailable
from core.workflows.introduction import introduce
from tests.fakes.chat import LOFT, House, in_memory

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 25 * 3600


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


async def test_a_user_is_made_at_the_first_contact_and_kept(house: House) -> None:
    first = await introduce("P1", LOFT, services=house.services)
    again = await introduce("P1", LOFT, services=house.services)
    assert first == again
    assert (first.profile.name, first.user_id[:5]) == ("dana", "user_")
    assert house.pigeon.calls == ["profile"]


async def test_who_became_a_guest_is_one_after_a_day(house: House) -> None:
    before = await introduce("P1", LOFT, services=house.services)
    house.pigeon.people["P1"] = PersonProfile(name="dana", standing=Standing.GUEST)
    house.clock.advance(DAY_S)
    after = await introduce("P1", LOFT, services=house.services)
    assert (after.user_id, after.profile.standing) == (before.user_id, Standing.GUEST)


async def test_who_is_known_stays_so_while_the_platform_is_away(house: House) -> None:
    known = await introduce("P1", LOFT, services=house.services)
    house.clock.advance(DAY_S)
    house.pigeon.failing = 2
    assert await introduce("P1", LOFT, services=house.services) == known
    with pytest.raises(ChatUnavailable):
        await introduce("P2", LOFT, services=house.services)


async def test_whom_the_platform_does_not_know_is_a_stranger(house: House) -> None:
    stranger = await introduce("X1", LOFT, services=house.services)
    assert stranger.profile == PersonProfile(name="X1", standing=Standing.STRANGER)
