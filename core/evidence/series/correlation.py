"""Which series move together, and which of them moves first?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.series.model import Floats, Series

_MOST_SERIES = 12
_LEAST_POINTS = 12
_GRID = 512  # points at most
_LEAST = 0.9  # correlation
_LEAST_GAIN = 0.02  # by which a lag has to beat none
_PART = 8  # of the common time a lag is at most one


@dataclass(frozen=True)
class Pair:
    """Two series (indices) that correlate; `second` follows `first` by `lag` seconds, from 0 up.

    correlation: Pearson's, -1 to 1, at that lag.
    """

    first: int
    second: int
    correlation: float
    lag: float


def find_pairs(series: Sequence[Series]) -> list[Pair]:
    """Those that go together, closest first, of the first _MOST_SERIES given.

    Of a group that moves as one each series is told once: so many pairs as connect it.
    """
    gridded = _on_grid(series[:_MOST_SERIES])
    if gridded is None:
        return []
    step, rows = gridded
    pairs = [
        pair
        for one, other in combinations(range(len(rows)), 2)
        if (pair := _pair(one, other, rows, step)) is not None
    ]
    return _connecting(sorted(pairs, key=lambda pair: -abs(pair.correlation)))


def _connecting(pairs: Sequence[Pair]) -> list[Pair]:
    """Without those whose series are connected by closer pairs already."""
    groups: dict[int, set[int]] = {}
    kept = []
    for pair in pairs:
        first = groups.setdefault(pair.first, {pair.first})
        second = groups.setdefault(pair.second, {pair.second})
        if first is not second:
            kept.append(pair)
            groups.update(dict.fromkeys(second, first))
            first |= second
    return kept


def _on_grid(series: Sequence[Series]) -> tuple[float, list[Floats]] | None:
    """All at the same times, from the last beginning to the first end."""
    long = [one for one in series if len(one.times) >= _LEAST_POINTS]
    if len(long) < 2 or len(long) < len(series):  # noqa: PLR2004 - a pair
        return None
    start = max(float(one.times[0]) for one in long)
    end = min(float(one.times[-1]) for one in long)
    usual = min(float(np.median(np.diff(one.times))) for one in long)
    count = min(_GRID, int((end - start) / usual) + 1) if end > start else 0
    if count < _LEAST_POINTS:
        return None
    grid = np.linspace(start, end, count)
    return float(grid[1] - grid[0]), [np.interp(grid, one.times, one.values) for one in long]


def _pair(one: int, other: int, rows: list[Floats], step: float) -> Pair | None:
    most = max(1, len(rows[one]) // _PART)
    at_lags = {lag: _correlation(rows[one], rows[other], lag) for lag in range(-most, most + 1)}
    best = max(at_lags, key=lambda lag: (abs(at_lags[lag]), -abs(lag)))
    if abs(at_lags[best]) < abs(at_lags[0]) + _LEAST_GAIN:
        best = 0
    found = at_lags[best]
    if abs(found) < _LEAST:
        return None
    if best < 0:
        return Pair(other, one, found, -best * step)
    return Pair(one, other, found, best * step)


def _correlation(left: Floats, right: Floats, lag: int) -> float:
    """Of `right`, `lag` points later, with `left`."""
    if lag >= 0:
        left, right = left[: len(left) - lag], right[lag:]
    else:
        left, right = left[-lag:], right[: len(right) + lag]
    left, right = left - left.mean(), right - right.mean()
    scale = float(np.sqrt((left @ left) * (right @ right)))
    return float(left @ right) / scale if scale > 0 else 0.0
