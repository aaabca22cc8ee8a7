"""What is said close together shares a commit, keeps its order, and fails together."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.conversation.messages.message import IncomingMessage, MessageKind
from core.errors import StoreUnavailable
from core.jobs.kinds import CHAT_HEAR
from core.jobs.model import Job, JobState
from core.workflows.message_intake import BATCH, MessageBatches
from tests.fakes.chat import LOFT, House, in_memory

if TYPE_CHECKING:
    from pathlib import Path

MANY = 3 * BATCH


class CountingStore:
    """Counts commits, and fails them when told to."""

    def __init__(self) -> None:
        self.commits = 0
        self.fails = False

    async def __call__(self, seam: str) -> None:
        if seam == "commit":
            await asyncio.sleep(0)
            self.commits += 1
            if self.fails:
                message = "the disk is full"
                raise StoreUnavailable(message)


@pytest.fixture
def world() -> CountingStore:
    return CountingStore()


@pytest.fixture
def house(tmp_path: Path, world: CountingStore) -> House:
    return in_memory(tmp_path, seam=world)


def mention(house: House, nth: int, channel: str = "loft") -> IncomingMessage:
    return IncomingMessage(
        place=replace(LOFT, channel=channel),
        key=f"{channel}/{nth}",
        by="P1",
        manner=MessageKind.MENTION,
        text="status",
        said_at=house.clock.now(),
    )


async def heard(house: House) -> list[str]:
    async with house.services.reading() as unit:
        jobs = await unit.jobs.listing(JobState.PENDING, limit=MANY)
        ids = [str(job.payload["utterance_id"]) for job in jobs]
        return [(await unit.incoming.get(id_)).heard.key for id_ in ids]


async def test_many_at_once_share_commits_and_keep_their_order(
    house: House, world: CountingStore
) -> None:
    gathering = MessageBatches(house.services)
    messages = [mention(house, nth) for nth in range(MANY)]
    assert all(await asyncio.gather(*(gathering.take(message) for message in messages)))
    assert await heard(house) == [message.key for message in messages]
    assert world.commits < 8


async def test_what_no_store_takes_is_replaced_and_fails_nobody(house: House) -> None:
    batches = MessageBatches(house.services)
    odd = replace(mention(house, 1), text="half \ud800 and \0", by="P\0")
    assert all(await asyncio.gather(batches.take(odd), batches.take(mention(house, 2))))
    assert "half \N{REPLACEMENT CHARACTER} and \N{REPLACEMENT CHARACTER}" in await texts(house)


async def texts(house: House) -> list[str]:
    jobs = await waiting(house)
    async with house.services.reading() as unit:
        return [
            (await unit.incoming.get(CHAT_HEAR.read(job).utterance_id)).heard.text for job in jobs
        ]


async def waiting(house: House) -> list[Job]:
    async with house.services.reading() as unit:
        return [
            job for job in await unit.jobs.listing(JobState.PENDING) if job.kind == CHAT_HEAR.name
        ]


async def test_one_alone_waits_for_nobody(house: House, world: CountingStore) -> None:
    assert await MessageBatches(house.services).take(mention(house, 1))
    assert world.commits == 1


async def test_whoever_cannot_be_committed_is_told_and_may_say_it_again(
    house: House, world: CountingStore
) -> None:
    gathering = MessageBatches(house.services)
    world.fails = True
    messages = [mention(house, nth) for nth in range(3)]
    outcomes = await asyncio.gather(
        *(gathering.take(message) for message in messages), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 3
    world.fails = False
    assert [await gathering.take(message) for message in messages] == [True] * 3


async def test_a_channel_does_not_wait_for_another(house: House) -> None:
    gathering = MessageBatches(house.services)
    messages = [mention(house, 1), mention(house, 1, "attic"), mention(house, 1)]
    assert await asyncio.gather(*(gathering.take(message) for message in messages)) == [
        True,
        True,
        False,
    ]
