"""Detects when and how a series changed: its level, its slope or its scatter; and its period.

Tests are on medians and on the scatter around them, so that one spike is no change. A split is
looked for by cumulative sums (Page 1954); an episode, a level that came and went, as in circular
binary segmentation (Olshen et al. 2004) on at most _BINS bins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.evidence.series.model import Floats, Places

_LEAST_POINTS = 6
_LEAST_SIDE = 3  # points on either side of a change
_LEAST_STEP = 3.0  # of the levels' difference to the scatter around them
_BINS = 128
_MOST_BINS = 1_024  # in which a ramp is looked for
_BLOCKS = 16  # in which slope and scatter are measured
_LEAST_BLOCK = 6  # points
_EXPLAINED = 0.9  # of the variance, by a ramp
_WIDER = 1.0  # in nats: a scatter 2.7 times as wide
_GAUSS = 1.2533  # standard deviation of normal noise by its mean absolute deviation
_TICK = 1e-4  # seconds: finer than any two points, coarser than a time loses in floats
_NO_SCATTER = 1e-6  # of the least scatter that is told apart
_TINY = float(np.finfo(np.float64).tiny)
_SMALLEST = 0.01  # of the level: less is no change to a reader


class ChangeKind(StrEnum):
    """The property of a series that changed."""

    LEVEL = "level"
    SLOPE = "slope"
    SCATTER = "scatter"


@dataclass(frozen=True)
class Shift:
    """A change from `before` to `after` at time `at`, and back at `until`.

    For a level the medians; for a slope the values where it began and ended; for scatter the
    standard deviations. strength: the difference divided by the scatter around both, from 3 up.
    """

    at: datetime
    before: float
    after: float
    strength: float = _LEAST_STEP
    until: datetime | None = None
    sort: ChangeKind = ChangeKind.LEVEL


def find_change(times: Floats, values: Floats) -> Shift | None:
    """The change that explains most: of level (lasting or passing), of slope, else of scatter."""
    if len(values) < _LEAST_POINTS or float(np.ptp(values)) == 0.0:
        return None
    candidates = (
        find_shift(times, values),
        _find_episode(times, values),
        _find_ramp(times, values),
    )
    shifts = [shift for shift in candidates if shift is not None]
    if shifts:
        return min(shifts, key=lambda shift: _unexplained(times, values, shift))
    return _find_scatter(times, values)


def find_shift(times: Floats, values: Floats) -> Shift | None:
    """The split with the largest difference of means that stands out of the noise around it.

    times: seconds since 1970, ascending. The test compares medians, so that one spike is no change.
    """
    if len(values) < _LEAST_POINTS or float(np.ptp(values)) == 0.0:
        return None
    at = _split(values)
    before, after = float(np.median(values[:at])), float(np.median(values[at:]))
    around = np.concatenate((values[:at] - before, values[at:] - after))
    strength = _strength(before, after, around)
    if strength < _LEAST_STEP:
        return None
    return Shift(_time(times[at]), before, after, strength)


def explained_trend(times: Floats, values: Floats, shift: Shift | None) -> Floats | None:
    """The part of each value that a slope explains; None where no slope was found.

    A level explains nothing here: its values are compared with the levels before it unchanged.
    """
    if shift is None or shift.sort is not ChangeKind.SLOPE:
        return None
    ramp, slope = _ramp(times, values, int(np.searchsorted(times, shift.at.timestamp() - _TICK)))
    return slope * ramp


def _split(values: Floats) -> int:
    counts = np.arange(1, len(values))
    sums = np.cumsum(values)
    left = sums[:-1] / counts
    right = (sums[-1] - sums[:-1]) / (len(values) - counts)
    weight = np.sqrt(counts * (len(values) - counts))
    gain = np.abs(right - left) * weight
    gain[: _LEAST_SIDE - 1] = gain[len(gain) - _LEAST_SIDE + 1 :] = 0.0
    return int(np.argmax(gain)) + 1


def _find_episode(times: Floats, values: Floats) -> Shift | None:
    """Find a level that came and went, at least _LEAST_SIDE points long."""
    start, end = _segment(values)
    inside = np.zeros(len(values), dtype=bool)
    inside[start:end] = True
    if min(start, end - start, len(values) - end) < _LEAST_SIDE:
        return None
    before, after = float(np.median(values[~inside])), float(np.median(values[inside]))
    around = np.where(inside, values - after, values - before)
    # The scatter of either side alone: a long quiet rest must not drown that of the episode.
    strength = min(_strength(before, after, around[side]) for side in (inside, ~inside))
    if strength < _LEAST_STEP:
        return None
    return Shift(_time(times[start]), before, after, strength, until=_time(times[end]))


def _segment(values: Floats) -> tuple[int, int]:
    """The stretch whose mean differs most from the rest, by the sum of squares it explains."""
    step = -(-len(values) // _BINS)
    sums = np.concatenate(([0.0], np.cumsum(values - values.mean())))
    edges = np.append(np.arange(0, len(values), step), len(values))
    at = sums[edges]
    lengths = (edges[None, :] - edges[:, None]).astype(np.float64)
    rest = len(values) - lengths
    apt = (lengths >= _LEAST_SIDE) & (rest >= _LEAST_SIDE)
    gain = np.where(apt, (at[None, :] - at[:, None]) ** 2, 0.0)
    gain /= np.where(apt, lengths * rest, 1.0)
    first, last = np.unravel_index(int(np.argmax(gain)), gain.shape)
    start, end = int(edges[first]), int(edges[last])
    return _refined(sums, start, end, step) if start < end else (start, start)


def _refined(sums: Floats, start: int, end: int, step: int) -> tuple[int, int]:
    """Refine the start and then the end from bins to the exact point."""
    last = len(sums) - 1
    starts = np.arange(max(0, start - step), min(end - 1, start + step) + 1)
    start = int(starts[np.argmax(_gains(sums, starts, end))])
    ends = np.arange(max(start + 1, end - step), min(last, end + step) + 1)
    return start, int(ends[np.argmax(_gains(sums, ends, start))])


def _gains(sums: Floats, edges: Places, other: int) -> Floats:
    """The sum of squares explained by each stretch between one of the edges and the other edge."""
    lengths = np.abs(edges - other).astype(np.float64)
    rest = len(sums) - 1 - lengths
    gain: Floats = (sums[edges] - sums[other]) ** 2 / (lengths * np.maximum(rest, 1.0))
    return gain


def _find_ramp(times: Floats, values: Floats) -> Shift | None:
    """Find a slope after a flat part, or one from the start: a leak, a growing queue."""
    if len(values) < 2 * _LEAST_BLOCK:
        return None
    times, values = _binned(times, values)
    last = len(values) - _LEAST_BLOCK
    _, hinge = _best_hinge(times, values, 0, last)
    around = last // _BLOCKS + 1
    left, hinge = _best_hinge(times, values, max(0, hinge - around), min(last, hinge + around))
    if left > (1.0 - _EXPLAINED) * float(np.sum((values - values.mean()) ** 2)):
        return None
    before, after = float(np.median(values[: max(hinge, 3)])), float(np.median(values[-3:]))
    scatter = np.full(1, np.sqrt(left / len(values)) / _GAUSS)
    strength = _strength(before, after, scatter)
    if strength < _LEAST_STEP:
        return None
    return Shift(_time(times[hinge]), before, after, strength, sort=ChangeKind.SLOPE)


def _binned(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Average into at most _MOST_BINS points: the time at which each bin begins, and its mean."""
    length = -(-len(values) // _MOST_BINS)
    if length == 1:
        return times, values
    whole = len(values) // length * length
    return times[:whole:length], values[:whole].reshape(-1, length).mean(axis=1)


def _best_hinge(times: Floats, values: Floats, first: int, last: int) -> tuple[float, int]:
    """The sum of squares that the best of _BLOCKS ramp starts does not explain, and that start."""
    hinges = np.unique(np.linspace(first, last, _BLOCKS).astype(int))
    return min((_left_over(times, values, int(hinge)), int(hinge)) for hinge in hinges)


def _unexplained(times: Floats, values: Floats, shift: Shift) -> float:
    """The sum of squares that remains around a shift."""
    start = int(np.searchsorted(times, shift.at.timestamp() - _TICK))
    if shift.sort is ChangeKind.SLOPE:
        return _left_over(times, values, start)
    end = len(times)
    if shift.until is not None:
        end = int(np.searchsorted(times, shift.until.timestamp() - _TICK))
    inside = (np.arange(len(times)) >= start) & (np.arange(len(times)) < end)
    return float(np.sum((values - np.where(inside, shift.after, shift.before)) ** 2))


def _left_over(times: Floats, values: Floats, hinge: int) -> float:
    """The sum of squares that a level with a ramp from `hinge` on does not explain."""
    ramp, slope = _ramp(times, values, hinge)
    return float(np.sum((values - values.mean() - slope * ramp) ** 2))


def _ramp(times: Floats, values: Floats, hinge: int) -> tuple[Floats, float]:
    """Seconds since `hinge`, none before it, around their mean; and the slope that fits best."""
    ramp = np.maximum(0.0, times - times[hinge])
    ramp = ramp - ramp.mean()
    return ramp, float(ramp @ (values - values.mean())) / (float(ramp @ ramp) or 1.0)


def _find_scatter(times: Floats, values: Floats) -> Shift | None:
    """Find the block from which on points scatter much more, or less."""
    length = max(_LEAST_BLOCK, len(values) // _BLOCKS)
    blocks = len(values) // length
    if blocks < _LEAST_POINTS:
        return None
    whole = values[: blocks * length].reshape(blocks, length)
    scatter = _GAUSS * np.mean(np.abs(whole - np.median(whole, axis=1)[:, None]), axis=1)
    floor = _SMALLEST * (float(np.median(np.abs(values))) or float(np.ptp(values)))
    floor = max(floor, _TINY)  # of denormal numbers a share is zero, which has no logarithm
    logs = np.log(scatter + floor)
    shift = find_shift(times[: blocks * length : length], logs)
    if shift is None or abs(shift.after - shift.before) < _WIDER:
        return None
    before, after = (float(np.exp(level)) - floor for level in (shift.before, shift.after))
    before, after = (level if level > _NO_SCATTER * floor else 0.0 for level in (before, after))
    return Shift(shift.at, before, after, shift.strength, sort=ChangeKind.SCATTER)


def _strength(before: float, after: float, around: Floats) -> float:
    scatter = float(np.mean(np.abs(around))) * _GAUSS
    scatter += _SMALLEST * max(abs(before), abs(after))
    return abs(after - before) / scatter if scatter else 0.0


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), tz=UTC)


_LEAST_TIMES = 6  # that a rhythm is seen
_ALIKE = 0.3  # autocorrelation, at least, from one period to the next
_APART = 0.1  # … and at most somewhere before: else the series merely moves slowly
_EXTREME = 0.02  # share of values at either end that are cut: a spike is no rhythm


def find_period(values: Floats) -> int | None:
    """The period in points, by autocorrelation; None where the series has none."""
    length = len(values)
    low, high = np.quantile(values, [_EXTREME, 1.0 - _EXTREME])
    level = np.clip(values, low, high)
    level = level - level.mean()
    power = np.abs(np.fft.rfft(level, 2 * length)) ** 2
    alike = np.fft.irfft(power)[: length // _LEAST_TIMES + 1]
    if len(alike) < _LEAST_TIMES or alike[0] <= 0:
        return None
    alike = alike / alike[0] * length / (length - np.arange(len(alike)))
    apart = np.flatnonzero(alike < _APART)
    if not len(apart):
        return None
    period = int(apart[0] + np.argmax(alike[apart[0] :]))
    return period if alike[period] > _ALIKE else None
