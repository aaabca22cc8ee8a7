"""What is for us is journaled once, with its job; what is not is not even kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.conversation.messages.channels import case_here
from core.conversation.messages.message import Attachment, IncomingMessage, MessageKind
from core.jobs.kinds import CHAT_HEAR, CHAT_READ_ON, reading_on_job
from core.jobs.model import JobState
from core.workflows.message_intake import READ_AT_ONCE, hear_all
from tests.fakes.chat import LOFT, House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.places import Place

THREAD = replace(LOFT, thread="t1")
FILE = Attachment(id="F1", name="api.log", size=3, source="api")


@pytest.fixture
async def house(tmp_path: Path) -> House:
    """A case is at home in the thread."""
    house = in_memory(tmp_path)
    await house.hear("open checkout is slow", THREAD)
    await house.work()
    return house


def heard(house: House, key: str, place: Place = THREAD, **more: object) -> IncomingMessage:
    message = IncomingMessage(
        place=place,
        key=key,
        by="P1",
        manner=MessageKind.MESSAGE,
        text="why is it slow?",
        said_at=house.clock.now(),
        ref=key,
    )
    return replace(message, **more)  # type: ignore[arg-type]


async def pending(house: House) -> list[str]:
    async with house.services.reading() as unit:
        jobs = await unit.jobs.listing(JobState.PENDING)
        return [
            (await unit.incoming.get(str(job.payload["utterance_id"]))).heard.key
            for job in jobs
            if job.kind == CHAT_HEAR.name
        ]


async def test_each_of_many_says_whether_it_is_news(house: House) -> None:
    messages = [
        heard(house, "1"),
        heard(house, "2", LOFT),
        heard(house, "1"),
        heard(house, "3", LOFT, manner=MessageKind.MENTION),
        heard(house, "4"),
    ]
    assert await hear_all(messages, services=house.services) == [True, False, False, True, True]
    assert await pending(house) == ["1", "3", "4"]


async def test_the_thread_of_a_case_is_ours_and_the_channel_around_it_is_not(house: House) -> None:
    async with house.services.reading() as unit:
        assert await case_here(unit, THREAD) is not None
        assert await case_here(unit, LOFT) is None
        assert await case_here(unit, replace(LOFT, thread="t2")) is None


async def test_where_mentions_only_are_wanted_files_are_evidence_all_the_same(house: House) -> None:
    await house.hear("listen mentions", THREAD)
    await house.work()
    messages = [
        heard(house, "1"),
        heard(house, "2", attachments=(FILE,)),
        heard(house, "3", manner=MessageKind.MENTION),
    ]
    assert await hear_all(messages, services=house.services) == [False, True, True]


async def test_what_was_said_before_we_knew_of_the_place_is_read_on(house: House) -> None:
    """People answer to a card that stands in their channel before we have noted where it stands."""
    await house.hear("open search is down", LOFT, manner=MessageKind.COMMAND, handle="for P1")
    place = replace(LOFT, thread="message 2")
    early = heard(house, "early", place, ref="message 3")
    assert await hear_all([early], services=house.services) == [False]
    house.pigeon.overheard.append(early)
    await house.work()
    (answer,) = house.pigeon.shown("answer")
    assert "@dana asked: why is it slow?" in words_of(answer)
    async with house.services.reading() as unit:
        done = await unit.jobs.listing(JobState.DONE)
    (read,) = [job for job in done if job.kind == CHAT_READ_ON.name]
    assert (read.payload["thread"], read.payload["after"]) == ("message 2", "message 2")


async def test_of_many_new_places_those_are_read_in_which_somebody_spoke(house: House) -> None:
    """A few of them by one job: what breaks off begins again, and nothing is heard twice."""
    places = [replace(LOFT, thread=f"new {nth}") for nth in range(3 * READ_AT_ONCE)]
    spoken = places[::2]
    house.pigeon.overheard += [
        heard(house, f"ref {place.thread}", place, manner=MessageKind.MENTION) for place in spoken
    ]
    before = house.pigeon.calls.count("history")
    async with house.services.unit() as unit:
        for place in places:
            await unit.jobs.add(reading_on_job(place, after="ref", context=unit.context))
    house.pigeon.failing = 1
    await house.work()
    house.clock.advance(60)
    await house.work()
    assert house.pigeon.calls.count("history") - before == len(spoken)
    async with house.services.reading() as unit:
        done = await unit.jobs.listing(JobState.DONE, limit=1000)
        keys = [
            (await unit.incoming.get(str(job.payload["utterance_id"]))).heard.key
            for job in done
            if job.kind == CHAT_HEAR.name
        ]
    assert [key for key in keys if key.startswith("ref new")] == [
        f"ref {place.thread}" for place in spoken
    ]
    assert sum(job.kind == CHAT_READ_ON.name for job in done) >= len(places)
