"""A card goes out in the lane of the place where it will stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.conversation.cards.card import Card, Mark, Row
from core.conversation.messages.message import Binding, MessageKind, OutboundState
from core.conversation.messages.outbox import draw_case_card, queue_card
from core.errors import ChatUnavailable
from core.jobs.model import Audience, Job, JobState
from core.places import CaseRoom, Destination, Place
from core.text.redacted import redacted
from core.workflows.card_delivery import FILES_WAIT, send
from storage.memory import MemoryJobs, MemoryStore
from tests.fakes.chat import LOFT, House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

THREAD = replace(LOFT, thread="t1")
ATTIC = Destination(platform="pigeon", workspace="main", channel="attic", room=CaseRoom.CHANNEL)
ROOM = Place(platform="pigeon", workspace="main", channel="case-1")


async def on_its_way_to(house: House, made: Place) -> Job:
    """The sending of a case's card that was queued before its place was made."""
    await house.hear("open checkout is slow", THREAD)
    await house.work()
    services = house.services
    async with services.unit() as unit:
        (case,) = await unit.cases.listing()
        view = await unit.cases.view(case.id)
        home = Binding(tenant_id="default", case_id=case.id, place=ATTIC.place, opens=ATTIC)
        await unit.conversation.bind(home)
        card = await draw_case_card(unit, view)
        await queue_card(unit, case, ATTIC.place, card, opens=ATTIC)
        await unit.conversation.rebind(home, made)
    assert isinstance(services.store, MemoryStore)
    job = await MemoryJobs(services.store).claim(
        [Audience.BOT], owner="test", at=house.clock.now(), lease=timedelta(seconds=60)
    )
    assert job is not None
    return job


async def test_a_channel_that_was_made_meanwhile_has_a_lane_of_its_own(tmp_path: Path) -> None:
    house = in_memory(tmp_path)
    job = await on_its_way_to(house, ROOM)
    posted = house.pigeon.calls.count("post")
    await send(job, services=house.services)
    assert house.pigeon.calls.count("post") == posted
    async with house.services.reading() as unit:
        outbound = await unit.conversation.outbound(str(job.payload["outbound_id"]))
        (waiting,) = await unit.jobs.listing(JobState.PENDING)
    assert outbound.state is OutboundState.STALE
    case_id = outbound.case_id or ""
    assert job.lane == ATTIC.place.lane_of_case(case_id)
    assert waiting.lane == ROOM.lane_of_case(case_id)
    await house.work()
    assert house.pigeon.calls.count("post") == posted + 1


async def test_a_thread_that_was_made_meanwhile_shares_the_lane(tmp_path: Path) -> None:
    house = in_memory(tmp_path)
    job = await on_its_way_to(house, replace(ATTIC.place, thread="t7"))
    posted = house.pigeon.calls.count("post")
    await send(job, services=house.services)
    assert house.pigeon.calls.count("post") == posted + 1


async def invited(house: House, room: CaseRoom) -> tuple[str, ...]:
    """Who is asked into what is made for a case that P1 opens in the loft."""
    rules = replace(house.services.rules, room=room, invited=("pigeon:P2", "slack:U1", "pigeon:P1"))
    object.__setattr__(house.services, "rules", rules)
    await house.hear("open checkout is slow", LOFT, manner=MessageKind.COMMAND, by="P1")
    await house.work()
    ((_, opening),) = house.pigeon.opened
    return opening.invited


async def test_into_its_channel_are_asked_who_opened_a_case_and_who_always_is(
    tmp_path: Path,
) -> None:
    assert await invited(in_memory(tmp_path), CaseRoom.CHANNEL) == ("P1", "P2")


async def test_into_a_thread_whom_it_is_for_alone(tmp_path: Path) -> None:
    assert await invited(in_memory(tmp_path), CaseRoom.THREAD) == ("P1",)


async def test_a_card_goes_out_without_the_file_that_a_platform_does_not_take(
    tmp_path: Path,
) -> None:
    house = in_memory(tmp_path)
    house.pigeon.takes_files = False
    report = Row(text=redacted("# Report\nof many lines"))
    card = Card(
        key="answer:1",
        version=1,
        mark=Mark.ANSWER,
        rows=(Row(text=redacted("The report of #7")),),
        fold=(report,),
        case_number=7,
    )
    services = house.services
    async with services.unit() as unit:
        await queue_card(unit, None, THREAD, card)
    assert isinstance(services.store, MemoryStore)
    job = await MemoryJobs(services.store).claim(
        [Audience.BOT], owner="test", at=house.clock.now(), lease=FILES_WAIT
    )
    assert job is not None
    with pytest.raises(ChatUnavailable):
        await send(job, services=services)
    house.clock.advance(FILES_WAIT.total_seconds())
    await send(job, services=services)
    (shown,) = house.pigeon.shown("answer")
    assert not any(row.is_document for row in shown.fold)
    words = words_of(shown)
    assert "did not answer an upload" in words
    assert "`faultmaven report 7`" in words
