from __future__ import annotations

import asyncio

import pytest

from core.errors import StoreUnavailable
from storage.database import turns
from storage.database.turns import PATIENCE_S, Turns


class Writers:
    """Writers who note when they had their turn."""

    def __init__(self, longest_s: float = 5) -> None:
        self.turns = Turns(longest_s)
        self.order: list[str] = []
        self.at_work = 0

    def start(self, name: str, *, urgent: bool = False, lasts_s: float = 0.0) -> asyncio.Task[None]:
        return asyncio.create_task(self._write(name, urgent=urgent, lasts_s=lasts_s))

    async def _write(self, name: str, *, urgent: bool, lasts_s: float) -> None:
        async with self.turns.turn(urgent=urgent):
            self.at_work += 1
            assert self.at_work == 1, "two at a time"
            self.order.append(name)
            try:
                await asyncio.sleep(lasts_s)
            finally:
                self.at_work -= 1


@pytest.fixture
def writers() -> Writers:
    return Writers()


async def test_others_go_in_order(writers: Writers) -> None:
    await asyncio.gather(*(writers.start(str(number), lasts_s=0.001) for number in range(9)))
    assert writers.order == [str(number) for number in range(9)]


async def test_an_urgent_one_waits_for_the_holder_only(writers: Writers) -> None:
    async with writers.turns.turn():
        tasks = [writers.start(name) for name in "ab"]
        await asyncio.sleep(0)
        tasks.append(writers.start("urgent", urgent=True))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert writers.order == ["urgent", "a", "b"]


async def test_in_a_storm_the_next_urgent_one_comes_before_the_others(
    writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "GAP_S", 0.5)  # far longer than a busy machine needs here
    monkeypatch.setattr(turns, "PATIENCE_S", 60)
    await writers.start("early")
    first = writers.start("urgent 1", urgent=True)
    await asyncio.sleep(0)
    other = writers.start("other")
    await first
    await writers.start("urgent 2", urgent=True)
    await other
    assert writers.order == ["early", "urgent 1", "urgent 2", "other"]


async def test_a_storm_does_not_stop_the_others(writers: Writers) -> None:
    storm = True

    async def keep_writing() -> None:
        while storm:
            await writers.start("urgent", urgent=True, lasts_s=0.001)

    storming = asyncio.create_task(keep_writing())
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(3):
        await writers.start(f"other {number}")
    took = loop.time() - began
    storm = False
    await storming
    assert writers.order.count("urgent") > 10
    assert took < 3 * (PATIENCE_S + 1)


async def test_without_a_storm_the_others_only_wait_for_the_gap(writers: Writers) -> None:
    await writers.start("early")
    await writers.start("urgent", urgent=True)
    await asyncio.wait_for(writers.start("other"), 30)


async def test_who_leaves_the_queue_or_their_turn_holds_up_nobody(writers: Writers) -> None:
    holder = writers.start("holder", lasts_s=0.02)
    await asyncio.sleep(0)
    leaves, stays = writers.start("leaves"), writers.start("stays")
    await asyncio.sleep(0)
    leaves.cancel()
    holder.cancel()
    await asyncio.wait({holder})
    await asyncio.wait_for(stays, 30)
    assert writers.order == ["holder", "stays"]


async def test_a_turn_that_came_to_one_who_leaves_is_passed_on(writers: Writers) -> None:
    holder = writers.start("holder")
    await asyncio.sleep(0)
    leaves, stays = writers.start("leaves"), writers.start("stays")
    await asyncio.sleep(0)
    await holder  # the turn is now given to "leaves", which has not run yet
    leaves.cancel()
    await asyncio.wait_for(stays, 30)
    assert "stays" in writers.order


async def test_waiting_has_an_end() -> None:
    writers = Writers(longest_s=0.01)
    holder = writers.start("holder", lasts_s=0.05)
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable, match="others have been writing"):
        await writers.start("waits")
    await holder
    await writers.start("later")
