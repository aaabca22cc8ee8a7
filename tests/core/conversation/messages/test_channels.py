"""At home where its labels are routed to or a person opened it, and always in the terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.alerts.routing import Policy
from core.conversation.messages.channels import bind_channel_at, case_channel, channels_of_case
from core.places import CaseRoom, Destination, Place
from tests.fakes.chat import HOME, LOFT, House, in_memory

if TYPE_CHECKING:
    from pathlib import Path

    from core.cases.model import Case

NEST = Destination(platform="pigeon", workspace="main", channel="nest")


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    rules = replace(house.services.rules, routing=Policy(otherwise=(NEST,)), room=CaseRoom.CHANNEL)
    object.__setattr__(house.services, "rules", rules)
    return house


async def a_case(house: House) -> Case:
    await house.say("open checkout is slow")
    async with house.services.reading() as unit:
        return (await unit.cases.listing())[0]


async def settled(house: House, place: Place) -> list[tuple[Place, Destination | None]]:
    case = replace(await a_case(house), id="case_other")
    async with house.services.unit() as unit:
        await bind_channel_at(unit, case, place)
        return [
            (binding.place, binding.opens) for binding in await unit.conversation.bindings(case.id)
        ]


async def test_a_case_that_nobody_routed_is_routed_now(house: House) -> None:
    case = replace(await a_case(house), id="case_other")
    async with house.services.unit() as unit:
        homes = await channels_of_case(unit, case)
    assert [(binding.place, binding.opens) for binding in homes] == [
        (HOME, None),
        (NEST.place, NEST),
    ]


async def test_in_a_channel_a_case_gets_what_the_settings_say(house: House) -> None:
    destination = Destination(
        platform="pigeon", workspace="main", channel="loft", room=CaseRoom.CHANNEL
    )
    assert await settled(house, LOFT) == [(HOME, None), (LOFT, destination)]


@pytest.mark.parametrize("place", [replace(LOFT, thread="t1"), replace(LOFT, channel="@P1")])
async def test_a_thread_and_a_direct_conversation_are_taken_as_they_are(
    house: House, place: Place
) -> None:
    assert await settled(house, place) == [(HOME, None), (place, None)]


async def test_near_a_channel_is_where_the_case_is_at_home_in_it(house: House) -> None:
    thread = replace(LOFT, thread="t1")
    await house.hear("open checkout is slow", thread)
    await house.work()
    async with house.services.reading() as unit:
        case = (await unit.cases.listing())[0]
        elsewhere = replace(LOFT, channel="attic")
        assert await case_channel(unit, case.id, LOFT) == thread
        assert await case_channel(unit, case.id, elsewhere) == elsewhere
