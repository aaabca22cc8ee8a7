"""Long lists are counted once in a while, short ones every time."""

from __future__ import annotations

from dataclasses import dataclass, field

from storage.database.recent_counts import KEPT_S, LONG, MOST, RecentCounts


@dataclass
class Counted:
    """A list that grows by one each time it is counted."""

    number: int
    counts: RecentCounts
    times: int = field(default=0)

    async def count(self, name: str = "all") -> int:
        return await self.counts.of(name, self._count)

    async def _count(self) -> int:
        self.times += 1
        self.number += 1
        return self.number


def at(seconds: list[float]) -> RecentCounts:
    return RecentCounts(clock=lambda: seconds[0])


async def test_a_short_list_is_counted_every_time() -> None:
    short = Counted(10, at([0.0]))
    assert [await short.count(), await short.count()] == [11, 12]


async def test_a_long_list_is_counted_when_its_count_is_old() -> None:
    seconds = [5.0]
    counted = Counted(LONG, at(seconds))
    assert [await counted.count(), await counted.count()] == [LONG + 1, LONG + 1]
    assert await counted.count("others") == LONG + 2
    seconds[0] += KEPT_S
    assert await counted.count() == LONG + 3


async def test_no_more_are_kept_than_there_is_room_for() -> None:
    counted = Counted(LONG, at([0.0]))
    for number in range(MOST + 1):
        await counted.count(str(number))
    assert await counted.count("1") == LONG + 2
    assert await counted.count("0") == LONG + MOST + 2
