"""Which stretches of a series are like no other stretch of it?

Discords in windows of about a hundredth of the series; and, where it has a rhythm, in windows of
one period, so that a night without its job, or a Tuesday like a Sunday, stands out although each of
its hours is like some other hour. What a steady climb explains is taken off before: else its end
is always news. Of several ways tried (robust z-scores with and without the season, spectral
residual, levels side by side, ranks of all of them) discords were the best on series of others,
and by far the least sensitive to their parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.series.discords import MOST, MOST_COMPARED, Discord, find_discords
from core.evidence.series.rhythm import find_period

if TYPE_CHECKING:
    from core.evidence.series.model import Floats, Places

_PART = 100  # a window is this part of the series
_LEAST_WINDOW, _MOST_WINDOW = 6, 512  # points
_LEAST_WINDOWS = 10  # that fit into the series, one after the other
_MOST_BINS = 4_096  # in which a rhythm is looked for
_LEAST_BINS = 8  # of a period
_PHASES = 48  # of a period, by which it is compared
_LEAST_LONGER = 1.5  # times the usual window, that a period tells more
_SHARE = 0.25  # of the largest deviation in a window: what counts as part of it


@dataclass(frozen=True)
class Anomaly:
    """Points `first` to `last` (indices, included), most of all `peak`, are like no others.

    usual: the value that the most similar stretch had in place of the peak's. strength: the
    distance to that stretch by the usual such distance, above 1.
    """

    first: int
    last: int
    peak: int
    usual: float
    strength: float


def find_anomalies(values: Floats, *, trend: Floats | None = None) -> list[Anomaly]:
    """The stretches that stand out, strongest first, at most MOST.

    values: in order of time. trend: as many, what of each value is explained already.
    """
    rest = values if trend is None else values - trend
    window = _window(len(rest))
    if len(rest) < _LEAST_WINDOWS * window or float(np.ptp(rest)) == 0.0:
        return []
    found = find_discords(rest, window)
    found += [
        one
        for one in _out_of_rhythm(rest, window)
        if not any(one.is_near(_peak(rest, other)) for other in found)
    ]
    found.sort(key=lambda one: -one.excess)
    return [_anomaly(rest, one, trend) for one in found[:MOST]]


def _window(length: int) -> int:
    return min(_MOST_WINDOW, max(_LEAST_WINDOW, length // _PART))


def _out_of_rhythm(values: Floats, usual: int) -> list[Discord]:
    """The periods like no others. usual: the window in which the series is looked at anyway."""
    size = -(-len(values) // _MOST_BINS)
    period = find_period(values[: len(values) // size * size].reshape(-1, size).mean(axis=1))
    if period is None or period < _LEAST_BINS or period * size < _LEAST_LONGER * usual:
        return []
    # Bins of a part of the period: only so has every window one in phase with it a period later.
    phases = min(_PHASES, period * size)
    edges = np.arange(0, len(values), period * size / phases).round().astype(np.int64)
    edges = np.unique(np.append(edges, len(values)))
    means = np.add.reduceat(values, edges[:-1]) / np.diff(edges)
    found = find_discords(means, phases, stride=_stride(len(means), phases))
    return [_unbinned(one, edges) for one in found]


def _stride(length: int, period: int) -> int:
    """The least that divides a period and leaves few enough windows."""
    apt = [one for one in range(1, period + 1) if not period % one]
    return next((one for one in apt if length <= one * MOST_COMPARED), period)


def _unbinned(one: Discord, edges: Places) -> Discord:
    start, other = int(edges[one.start]), int(edges[one.other])
    window = int(edges[one.start + one.window]) - start
    return replace(one, start=start, other=other, window=min(window, int(edges[-1]) - other))


def _peak(values: Floats, one: Discord) -> int:
    return one.start + int(np.argmax(_deviations(values, one)))


def _deviations(values: Floats, one: Discord) -> Floats:
    like = values[one.other : one.other + one.window]
    apart: Floats = np.abs(values[one.start : one.start + one.window] - like)
    return apart


def _anomaly(values: Floats, one: Discord, trend: Floats | None) -> Anomaly:
    apart = _deviations(values, one)
    at = int(np.argmax(apart))
    far = np.flatnonzero(apart >= _SHARE * apart[at])
    explained = 0.0 if trend is None else float(trend[one.start + at])
    return Anomaly(
        first=one.start + int(far[0]),
        last=one.start + int(far[-1]),
        peak=one.start + at,
        usual=float(values[one.other + at]) + explained,
        strength=one.strength,
    )
