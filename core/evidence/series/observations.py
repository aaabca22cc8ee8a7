"""Observes each series of a file: what happened, when it began, and which series move together."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.series.anomalies import Anomaly, Plateau, find_anomalies, find_plateau
from core.evidence.series.change_points import ChangeKind, Shift, explained_trend, find_change
from core.evidence.series.families import is_counter, summarise_histograms, to_rate
from core.evidence.series.model import Floats, Series

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_SEARCHED = 400  # series in which anomalies are looked for: those that scatter most
_TOGETHER = 0.05  # of the file's time: changes this close belong to one incident
_LEAST_TOGETHER = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One series and what was observed in it.

    place: the rank among the series that changed since the onset, 0 where it did not change;
    `peers` changed at the same time, `moved` is the number of series that changed.
    """

    series: Series
    shift: Shift | None
    anomalies: tuple[Anomaly, ...]
    gap: SeriesGap | None
    still: Plateau | None = None
    place: int = 0
    peers: int = 0
    moved: int = 0


def prepare_series(series: Sequence[Series]) -> list[Series]:
    """Derive what people look at: rates of counters, averages and quantiles of histograms."""
    derived, rest = summarise_histograms(series)
    return [*derived, *(to_rate(member) if is_counter(member) else member for member in rest)]


def observe(series: Sequence[Series]) -> list[Observation]:
    """Observe every series, in their order (as `prepare_series` returns them)."""
    timed = [member for member in series if len(member.times)]
    last = max((float(member.times[-1]) for member in timed), default=0.0)
    restless = _restless(timed)
    seen = [
        _observe(member, last=last, is_restless=at in restless) for at, member in enumerate(timed)
    ]
    return _rank_by_time(seen)


def _observe(series: Series, *, last: float, is_restless: bool) -> Observation:
    times, values = series.times, series.values
    shift = find_change(times, values)
    trend = explained_trend(times, values, shift)
    return Observation(
        series=series,
        shift=shift,
        anomalies=tuple(find_anomalies(values, trend=trend)) if is_restless else (),
        gap=find_gap(series, last=last),
        still=find_plateau(values),
    )


def find_onset(seen: Sequence[Observation]) -> datetime | None:
    """The time at which most and the strongest changes began, else of the strongest anomaly.

    A lone change long before is more often an unrelated deploy than the beginning.
    """
    shifts = [
        observation.shift
        for observation in seen
        if observation.shift is not None and _is_sharp(observation.shift)
    ]
    if not shifts:
        return _strongest_anomaly_time(seen)
    times = [
        float(edge)
        for observation in seen
        for edge in (observation.series.times[0], observation.series.times[-1])
    ]
    tolerance = max(_LEAST_TOGETHER, timedelta(seconds=_TOGETHER * (max(times) - min(times))))
    weight = {
        start.at: sum(
            math.log(other.strength) for other in shifts if _follows(other, start, tolerance)
        )
        for start in shifts
    }
    return max(weight, key=lambda at: (weight[at], -at.timestamp()))


def _follows(other: Shift, start: Shift, tolerance: timedelta) -> bool:
    return start.at <= other.at <= start.at + tolerance


def _is_sharp(shift: Shift) -> bool:
    """Whether its time is exact to the point; that of scatter is exact to the block only."""
    return shift.sort is not ChangeKind.SCATTER


def _rank_by_time(seen: Sequence[Observation]) -> list[Observation]:
    """Rank the series by the time they changed, from the onset on."""
    onset = find_onset(seen)
    moved = sorted(
        observation.shift.at
        for observation in seen
        if observation.shift is not None
        and _is_sharp(observation.shift)
        and onset
        and observation.shift.at >= onset
    )
    return [
        observation
        if observation.shift is None
        or not _is_sharp(observation.shift)
        or observation.shift.at not in moved
        else replace(
            observation,
            place=moved.index(observation.shift.at) + 1,
            peers=moved.count(observation.shift.at) - 1,
            moved=len(moved),
        )
        for observation in seen
    ]


def moment(series: Series, index: int) -> datetime:
    """The time of a point."""
    return datetime.fromtimestamp(float(series.times[index]), tz=UTC)


def _strongest_anomaly_time(seen: Sequence[Observation]) -> datetime | None:
    anomalies = [
        (observation.series, strange) for observation in seen for strange in observation.anomalies
    ]
    if not anomalies:
        return None
    series, strange = max(anomalies, key=lambda pair: pair[1].strength)
    return moment(series, strange.first)


def _restless(series: Sequence[Series]) -> set[int]:
    """The series in which a single value is farthest from the usual ones."""
    if len(series) <= _MOST_SEARCHED:
        return set(range(len(series)))
    order = sorted(range(len(series)), key=lambda at: -_extremity(series[at]))
    return set(order[:_MOST_SEARCHED])


def _extremity(series: Series) -> float:
    apart = np.abs(series.values - np.median(series.values))
    usual = float(np.mean(apart))
    return float(np.max(apart)) / usual if usual else 0.0


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
    """Correlating pairs, closest first, of the first _MOST_SERIES given.

    A group that moves as one is reported with just as many pairs as connect it.
    """
    gridded = _resample(series[:_MOST_SERIES])
    if gridded is None:
        return []
    step, rows = gridded
    pairs = [
        pair
        for first, second in combinations(range(len(rows)), 2)
        if (pair := _pair(first, second, rows, step)) is not None
    ]
    return _connect_groups(sorted(pairs, key=lambda pair: -abs(pair.correlation)))


def _connect_groups(pairs: Sequence[Pair]) -> list[Pair]:
    """Keep the pairs whose series are not yet connected by closer pairs."""
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


def _resample(series: Sequence[Series]) -> tuple[float, list[Floats]] | None:
    """Resample all series to the same times, from the last beginning to the first end."""
    long = [member for member in series if len(member.times) >= _LEAST_POINTS]
    if len(long) < 2 or len(long) < len(series):  # noqa: PLR2004 - a pair
        return None
    start = max(float(member.times[0]) for member in long)
    end = min(float(member.times[-1]) for member in long)
    usual = min(float(np.median(np.diff(member.times))) for member in long)
    count = min(_GRID, int((end - start) / usual) + 1) if end > start else 0
    if count < _LEAST_POINTS:
        return None
    grid = np.linspace(start, end, count)
    return float(grid[1] - grid[0]), [
        np.interp(grid, member.times, member.values) for member in long
    ]


def _pair(first: int, second: int, rows: list[Floats], step: float) -> Pair | None:
    most = max(1, len(rows[first]) // _PART)
    at_lags = {lag: _correlation(rows[first], rows[second], lag) for lag in range(-most, most + 1)}
    best = max(at_lags, key=lambda lag: (abs(at_lags[lag]), -abs(lag)))
    if abs(at_lags[best]) < abs(at_lags[0]) + _LEAST_GAIN:
        best = 0
    correlation = at_lags[best]
    if abs(correlation) < _LEAST:
        return None
    if best < 0:
        return Pair(second, first, correlation, -best * step)
    return Pair(first, second, correlation, best * step)


def _correlation(left: Floats, right: Floats, lag: int) -> float:
    """The correlation of `left` with `right`, `lag` points later."""
    if lag >= 0:
        left, right = left[: len(left) - lag], right[lag:]
    else:
        left, right = left[-lag:], right[: len(right) + lag]
    left, right = left - left.mean(), right - right.mean()
    scale = float(np.sqrt((left @ left) * (right @ right)))
    return float(left @ right) / scale if scale > 0 else 0.0


_LEAST_GAP_POINTS = 10
_LEAST_MISSED = 3.5  # times the usual step between points
_RARE = 0.02  # share of steps, at most, that are gaps: else this is how the series is


@dataclass(frozen=True)
class SeriesGap:
    """A gap after `since` (point `index`) until `until`; None where no point came again."""

    index: int
    since: datetime
    until: datetime | None
    missed: int


def find_gap(series: Series, *, last: float) -> SeriesGap | None:
    """The longest stretch without points. last: when the file ends, seconds since 1970."""
    times = series.times
    if len(times) < _LEAST_GAP_POINTS:
        return None
    steps = np.append(np.diff(times), last - times[-1])
    usual = float(np.median(steps[:-1]))
    is_gap = steps > _LEAST_MISSED * usual
    if usual <= 0 or not is_gap.any() or np.mean(is_gap) > max(_RARE, 1.5 / len(steps)):
        return None
    at = int(np.argmax(steps))
    is_over = at < len(times) - 1
    return SeriesGap(
        index=at,
        since=_time(times[at]),
        until=_time(times[at + 1]) if is_over else None,
        missed=max(1, round(float(steps[at]) / usual) - is_over),
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), tz=UTC)
