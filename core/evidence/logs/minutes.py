"""Counts per minute since 1970: few enough to keep, and where a moment falls among them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MAX_BUCKETS = 600


def minute_of(moment: datetime, step: int = 1) -> int:
    """The minute, or the first one of its step."""
    return int(moment.timestamp()) // 60 // step * step


def bounded(minutes: Mapping[int, int]) -> dict[int, int]:
    """At most MAX_BUCKETS, by taking longer ones where there are more."""
    step, counts = 1, Counter(minutes)
    while len(counts) > MAX_BUCKETS:
        step *= 5
        counts = Counter()
        for minute, count in minutes.items():
            counts[minute // step * step] += count
    return dict(sorted(counts.items()))
