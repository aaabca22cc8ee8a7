"""Counts of long lists, kept for a moment: to count them takes longer than to read a page.

A short list is counted every time, so that whoever opens a case sees one more.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field

LONG = 5_000  # rows
KEPT_S = 10.0
MOST = 1_000  # counts


@dataclass
class RecentCounts:
    """By what is counted; of a process. clock: seconds that only grow."""

    clock: Callable[[], float] = time.monotonic
    _counts: OrderedDict[Hashable, tuple[int, float]] = field(default_factory=OrderedDict)

    async def of(self, counted: Hashable, count: Callable[[], Awaitable[int]]) -> int:
        """The count of a moment ago, where it is of a long list, else what `count` says."""
        known, counted_at = self._counts.get(counted, (0, 0.0))
        if known >= LONG and self.clock() - counted_at < KEPT_S:
            return known
        number = await count()
        if number >= LONG:
            self._counts[counted] = (number, self.clock())
            self._counts.move_to_end(counted)
        if len(self._counts) > MOST:
            self._counts.popitem(last=False)
        return number
