from __future__ import annotations

import asyncio
import itertools

import pytest

from core.errors import Overloaded, StoreUnavailable
from core.workflows.delivery_intake import BatchRoom, Journal, accept
from storage.memory import MemoryStore
from tests.core.alerts.desk import a_body, an_alert, body_of
from tests.fakes.services import memory_services

seeds = itertools.count()  # so that no two calls of `write` make the same ids


class SlowDisk:
    """A commit that lasts until it is let go; counts commits, and fails where told to."""

    def __init__(self) -> None:
        self.commits = 0
        self.open = asyncio.Event()
        self.problem: Exception | None = None

    async def __call__(self, seam: str) -> None:
        if seam == "commit":
            await self.open.wait()
            self.commits += 1
            if self.problem is not None:
                raise self.problem


@pytest.fixture
def disk() -> SlowDisk:
    return SlowDisk()


def a_journal(disk: SlowDisk, *, most_waiting: int = 100, batch: int = 100) -> Journal:
    return Journal(MemoryStore(seam=disk), most_waiting=most_waiting, batch=batch)


def write(journal: Journal, count: int) -> list[asyncio.Task[object]]:
    assert isinstance(journal.store, MemoryStore)
    services = memory_services(store=journal.store, seed=next(seeds))
    body = body_of(a_body(an_alert()))
    return [
        asyncio.create_task(accept(body, journal=journal, services=services)) for _ in range(count)
    ]


async def stored(journal: Journal) -> int:
    assert isinstance(journal.store, MemoryStore)
    return len(journal.store.committed.deliveries)


async def test_what_arrives_during_a_commit_shares_the_next_one(disk: SlowDisk) -> None:
    journal = a_journal(disk)
    first = write(journal, 1)
    await asyncio.sleep(0.01)
    others = write(journal, 63)
    await asyncio.sleep(0.01)
    disk.open.set()
    await asyncio.gather(*first, *others)

    assert (disk.commits, await stored(journal)) == (2, 64)


async def test_nothing_is_acknowledged_before_the_commit(disk: SlowDisk) -> None:
    journal = a_journal(disk)
    (task,) = write(journal, 1)
    await asyncio.sleep(0.02)
    assert not task.done()
    disk.open.set()
    await task
    assert await stored(journal) == 1


async def test_a_failed_commit_is_told_to_all_of_it_and_the_next_one_works(disk: SlowDisk) -> None:
    journal = a_journal(disk)
    disk.open.set()
    disk.problem = StoreUnavailable("disk full")
    answers = await asyncio.gather(*write(journal, 5), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["disk full"] * 5
    assert all(isinstance(answer, StoreUnavailable) for answer in answers)
    assert await stored(journal) == 0

    disk.problem = None
    await asyncio.gather(*write(journal, 5))
    assert await stored(journal) == 5


async def test_more_than_may_wait_is_refused_at_once(disk: SlowDisk) -> None:
    journal = a_journal(disk, most_waiting=3)
    tasks = write(journal, 10)
    await asyncio.sleep(0.01)
    refused = [task for task in tasks if task.done()]
    assert len(refused) >= 6
    assert all(isinstance(task.exception(), Overloaded) for task in refused)

    disk.open.set()
    await asyncio.wait(tasks)
    assert await stored(journal) == len(tasks) - len(refused)
    await asyncio.gather(*write(journal, 1))


async def test_a_request_that_gave_up_harms_no_other(disk: SlowDisk) -> None:
    journal = a_journal(disk)
    gone, stays = write(journal, 2)
    await asyncio.sleep(0.01)
    gone.cancel()
    disk.open.set()
    await stays
    assert await stored(journal) == 2


async def test_a_bug_in_the_store_leaves_nobody_waiting(disk: SlowDisk) -> None:
    journal = a_journal(disk, batch=1)
    disk.problem = ZeroDivisionError("a bug")
    tasks = write(journal, 3)
    await asyncio.sleep(0.01)
    writer = next(task for task in asyncio.all_tasks() if task.get_name() == "journal")
    disk.open.set()
    done, _ = await asyncio.wait(tasks, timeout=20)
    assert {type(task.exception()) for task in done} == {StoreUnavailable}
    with pytest.raises(ZeroDivisionError):
        await writer


async def test_closing_answers_what_waits_and_takes_no_more(disk: SlowDisk) -> None:
    journal = a_journal(disk)
    tasks = write(journal, 3)
    await asyncio.sleep(0.01)
    closing = asyncio.create_task(journal.close())
    disk.open.set()
    await closing
    assert all(task.done() for task in tasks)
    with pytest.raises(Overloaded, match="shutting down"):
        await write(journal, 1)[0]


def test_room_is_given_back_also_where_it_was_too_small() -> None:
    room = BatchRoom(100)
    with room.share() as share:
        share.take(60)
        with room.share() as other:
            other.take(40)
            with pytest.raises(Overloaded):
                other.take(1)
    with room.share() as share:
        share.take(100)
