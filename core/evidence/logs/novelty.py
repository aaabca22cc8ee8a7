"""Which kinds of lines began late, stopped early, or hardly ever came?

How late is late is counted in lines of the log, not in hours: what comes once in a thousand lines
and is first seen after a hundred is nothing new.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CHANCE = 1e-3  # that lines which come at any time all come so late, or so early
_SERIOUS_CHANCE = 0.5  # an error that is new is worth telling with little proof
_LEAST_BEFORE = 50  # lines of a log, before anything is new in it
_STEADY = 0.5  # share of the minutes of its life in which a kind comes steadily
_LEAST_STEADY = 10  # of its lines
_LEAST_SILENCE = 3  # times its longest pause
_LEAST_LINES = 500  # of a log, for anything to be rare in it
_RARE = 2  # lines


@dataclass(frozen=True)
class Course:
    """How all lines of a log are spread: minutes (since 1970), and lines up to each."""

    minutes: tuple[int, ...]
    lines: tuple[int, ...]

    @classmethod
    def of(cls, all_minutes: Iterable[Mapping[int, int]]) -> Course:
        """Of the lines of every kind."""
        counts: dict[int, int] = {}
        for minutes in all_minutes:
            for minute, count in minutes.items():
                counts[minute] = counts.get(minute, 0) + count
        ordered = sorted(counts)
        return cls(tuple(ordered), tuple(accumulate(counts[minute] for minute in ordered)))

    @property
    def total(self) -> int:
        return self.lines[-1] if self.lines else 0

    def before(self, minute: int) -> int:
        """Lines of earlier minutes."""
        at = bisect_left(self.minutes, minute)
        return self.lines[at - 1] if at else 0

    def after(self, minute: int) -> int:
        """Lines of later minutes."""
        return self.total - self.before(minute + 1)


def began_late(minutes: Mapping[int, int], course: Course, *, serious: bool = False) -> bool:
    """Did a kind of line begin after the log had gone on, by more than chance?"""
    if not minutes:
        return False
    before = course.before(min(minutes))
    count = sum(minutes.values())
    chance = (1 - before / course.total) ** count
    return before >= _LEAST_BEFORE and chance <= (_SERIOUS_CHANCE if serious else _CHANCE)


def stopped(minutes: Mapping[int, int], course: Course) -> bool:
    """Did a kind of line come steadily, and then no more while the log went on?"""
    count = sum(minutes.values())
    if count < _LEAST_STEADY:
        return False
    seen = sorted(minutes)
    within = [minute for minute in course.minutes if seen[0] <= minute <= seen[-1]]
    if len(seen) < max(_LEAST_SILENCE, _STEADY * len(within)):
        return False
    chance = (1 - course.after(seen[-1]) / course.total) ** count
    longest = max(b - a for a, b in pairwise(seen))
    return chance <= _CHANCE and course.minutes[-1] - seen[-1] >= _LEAST_SILENCE * longest


def is_rare(count: int, *, records: int) -> bool:
    """Are these very few lines of a long log?"""
    return count <= _RARE and records >= _LEAST_LINES
