"""A card reaches each place once, newest version only, whatever fails on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.conversation.cards.card import Row
from core.conversation.messages.message import Message, OutboundState
from core.conversation.messages.outbox import queue_card
from core.errors import ChatUnavailable
from core.jobs.kinds import CHAT_SEND
from core.jobs.model import Audience, Job, JobState
from core.places import Destination, Place
from core.workflows.card_delivery import send
from storage.memory import MemoryJobs, MemoryStore
from tests.examples import CASE, KNOWN, REDACTOR, card
from tests.fakes.chat import HOME, House, in_memory
from tests.fakes.context import CONTEXT

if TYPE_CHECKING:
    from pathlib import Path

    from core.cases.model import Case
    from core.conversation.cards.card import Card

LEASE = timedelta(seconds=60)
THREAD_IN_C1 = Destination(platform="slack", workspace="T1", channel="C1")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


async def queue(house: House, version: int, place: Place = HOME, *, says: str = "") -> None:
    """Each version says something of its own, unless `says` is given."""
    drawn = card(KNOWN)
    text = REDACTOR.clean(says or f"this is version {version}")
    newer = replace(drawn, version=version, rows=(*drawn.rows, Row(text=text)))
    async with house.services.unit() as unit:
        await queue_card(unit, CASE, place, newer)


async def claim(house: House) -> Job:
    store = house.services.store
    assert isinstance(store, MemoryStore)
    job = await MemoryJobs(store).claim(
        [Audience.BOT], owner="test", at=house.clock.now(), lease=LEASE
    )
    assert job is not None
    return job


def of_dana() -> Case:
    """The same case, but opened by a person and by no alert."""
    return replace(CASE, group_key="")


async def key_of(house: House, job: Job) -> str:
    async with house.services.reading() as unit:
        return (await unit.conversation.outbound(str(job.payload["outbound_id"]))).card.key


async def state_of(house: House, job: Job) -> OutboundState:
    async with house.services.reading() as unit:
        return (await unit.conversation.outbound(str(job.payload["outbound_id"]))).state


async def test_a_card_is_posted_once_and_then_edited(house: House) -> None:
    for version in (1, 2, 3):
        await queue(house, version)
        await house.work()
    assert house.chat.calls == ["post", "edit", "edit"]
    assert [shown.version for shown in house.chat.shown("case")] == [3]


async def test_a_version_that_says_the_same_is_not_sent(house: House) -> None:
    for version in (1, 2, 3):
        await queue(house, version, says="all is as it was")
        await house.work()
    assert house.chat.calls == ["post"]
    async with house.services.reading() as unit:
        shown = await unit.conversation.shown(HOME, f"case:{CASE.id}")
    assert shown is not None
    assert (shown.card.version, shown.ref) == (3, "message 1")


async def test_what_may_have_been_cut_off_is_sent_though_it_says_the_same(house: House) -> None:
    await queue(house, 1)
    await house.work()
    await queue(house, 2)
    job = await claim(house)
    house.chat.failing = 1
    with pytest.raises(ChatUnavailable):
        await send(job, services=house.services)
    await send(job, services=house.services)
    assert house.chat.calls == ["post", "edit", "edit"]


async def test_only_the_newest_waiting_version_is_sent(house: House) -> None:
    for version in (1, 2, 3):
        await queue(house, version)
    await house.work()
    assert house.chat.calls == ["post"]
    assert [shown.version for shown in house.chat.shown("case")] == [3]


async def test_a_card_that_changes_before_it_is_sent_keeps_its_place_and_its_job(
    house: House,
) -> None:
    await queue(house, 1)
    async with house.services.reading() as unit:
        (first,) = await unit.jobs.listing(JobState.PENDING)
    await queue(house, 1, replace(HOME, thread="beside"))
    await queue(house, 2)
    await queue(house, 3)
    async with house.services.reading() as unit:
        jobs = await unit.jobs.listing(JobState.PENDING)
    assert [job.id for job in jobs][:1] == [first.id]
    assert len(jobs) == 2
    assert (await claim(house)).id == first.id


async def test_what_was_cut_off_is_not_forgotten_for_a_newer_card(house: House) -> None:
    """Its message may stand there: only its own job knows to look for it."""
    await queue(house, 1)
    job = await claim(house)
    house.chat.failing = 1
    with pytest.raises(ChatUnavailable):
        await send(job, services=house.services)
    for version in (2, 3):
        await queue(house, version)
    async with house.services.reading() as unit:
        waiting = await unit.jobs.listing(JobState.PENDING)
    assert len(waiting) == 1
    await send(job, services=house.services)
    assert house.chat.calls == ["post", "find", "post"]


async def test_the_same_version_again_is_not_even_queued(house: House) -> None:
    await queue(house, 1)
    await house.work()
    await queue(house, 1)
    async with house.services.reading() as unit:
        assert not await unit.jobs.listing(JobState.PENDING)


async def test_an_older_version_that_comes_late_changes_nothing(house: House) -> None:
    await queue(house, 1)
    late = await claim(house)
    store = house.services.store
    newer = replace(card(KNOWN), version=2)
    async with store.unit(CONTEXT) as unit:  # another sender was quicker
        await queue_card(unit, CASE, HOME, newer)
    house.clock.advance(1)
    async with store.unit(CONTEXT) as unit:
        (queued,) = await unit.jobs.listing(JobState.PENDING)
        await unit.conversation.mark_outbound(
            str(queued.payload["outbound_id"]), OutboundState.SENT
        )
        await unit.conversation.show(message_of(newer))
    await send(late, services=house.services)
    assert house.chat.calls == []
    assert await state_of(house, late) is OutboundState.STALE


def message_of(shown: Card) -> Message:
    return Message(
        id="msg_1",
        tenant_id="default",
        place=HOME,
        card=shown,
        ref="message 1",
        seq=0,
        shown_at=KNOWN.case.opened_at,
    )


async def test_a_failed_call_leaves_the_row_for_the_next_try(house: House) -> None:
    await queue(house, 1)
    job = await claim(house)
    house.chat.failing = 1
    with pytest.raises(ChatUnavailable):
        await send(job, services=house.services)
    assert await state_of(house, job) is OutboundState.SENDING
    await send(job, services=house.services)
    assert house.chat.calls == ["post", "find", "post"]
    assert await state_of(house, job) is OutboundState.SENT


async def test_after_a_lost_answer_it_looks_before_it_posts_again(house: House) -> None:
    await queue(house, 1)
    job = await claim(house)
    house.chat.dying = 1
    with pytest.raises(ChatUnavailable):
        await send(job, services=house.services)
    await send(job, services=house.services)
    assert house.chat.calls == ["post", "find"]
    assert len(house.chat.messages) == 1
    async with house.services.reading() as unit:
        shown = await unit.conversation.shown(HOME, f"case:{CASE.id}")
    assert shown is not None
    assert shown.ref == "message 1"


async def test_a_message_that_someone_deleted_is_posted_anew(house: House) -> None:
    await queue(house, 1)
    await house.work()
    house.chat.messages.clear()
    await queue(house, 2)
    await house.work()
    assert house.chat.calls == ["post", "edit", "post"]
    assert [shown.version for shown in house.chat.shown("case")] == [2]


async def test_the_row_the_message_and_the_job_end_together(house: House) -> None:
    await queue(house, 1)
    job = await claim(house)
    await send(job, services=house.services)
    async with house.services.reading() as unit:
        done = await unit.jobs.get(job.id)
        changed = await unit.conversation.messages(HOME)
    assert done.state is JobState.DONE
    assert [(message.card.version, message.seq) for message in changed] == [(1, 1)]


async def test_an_answer_does_not_wait_for_the_cards_of_a_storm(house: House) -> None:
    busy = Place(platform="slack", workspace="T1", channel="C1")
    await queue(house, 1, busy)
    await queue(house, 2, replace(busy, thread="t2"))
    asked = replace(card(KNOWN), key="note:status")
    async with house.services.unit() as unit:
        await queue_card(unit, CASE, busy, asked)
    answer, of_storm = await claim(house), await claim(house)
    assert await key_of(house, answer) == "note:status"
    assert of_storm.lane != answer.lane


async def test_the_card_of_a_case_that_a_person_opened_does_not_wait_for_those_of_alerts(
    house: House,
) -> None:
    busy, opened = Place(platform="slack", workspace="T1", channel="C1"), of_dana()
    for version, thread in enumerate(("t1", "t2", "t3"), start=1):
        await queue(house, version, replace(busy, thread=thread))
    async with house.services.unit() as unit:
        await queue_card(unit, opened, busy, replace(card(KNOWN), key="case:of dana"))
    assert await key_of(house, await claim(house)) == "case:of dana"


async def test_all_that_is_shown_of_a_case_that_a_person_opened_goes_in_one_lane(
    house: House,
) -> None:
    """Before its place is made and after: two versions of a card never go out at once."""
    channel, opened = Place(platform="slack", workspace="T1", channel="C1"), of_dana()
    async with house.services.unit() as unit:
        await queue_card(unit, opened, channel, card(KNOWN), opens=THREAD_IN_C1)
        thread = replace(channel, thread="t1")
        await queue_card(unit, opened, thread, replace(card(KNOWN), version=9))
        await queue_card(unit, opened, thread, replace(card(KNOWN), key="file:1"))
        waiting = await unit.jobs.listing(JobState.PENDING)
    assert len(waiting) == 3
    assert {job.lane for job in waiting} == {f"{channel.lane}:{opened.id}"}


async def test_at_the_terminal_all_is_shown_in_the_order_in_which_it_happened(house: House) -> None:
    await queue(house, 1)
    async with house.services.unit() as unit:
        await queue_card(unit, CASE, HOME, replace(card(KNOWN), key="note:status"))
    assert await key_of(house, await claim(house)) != "note:status"


async def test_a_platform_nobody_speaks_to_is_said(house: House) -> None:
    await queue(house, 1, replace(HOME, platform="raven"))
    with pytest.raises(ChatUnavailable, match="raven"):
        await send(await claim(house), services=house.services)


async def test_a_case_without_a_home_gets_the_default_one(house: House) -> None:
    (opened,) = await house.say("open checkout is slow", place=replace(HOME, thread="t1"))
    async with house.services.unit() as unit:
        listed = await unit.cases.listing()
        view = await unit.cases.view(listed[0].id)
        places = [
            binding.place.thread for binding in await unit.conversation.bindings(view.case.id)
        ]
    assert places == ["", "t1"]
    assert opened.case_number == 1


async def test_every_send_is_for_the_process_that_holds_the_tokens(house: House) -> None:
    await queue(house, 1)
    job = await claim(house)
    assert (job.kind, job.audience, job.lane) == (CHAT_SEND.name, Audience.BOT, HOME.lane)
