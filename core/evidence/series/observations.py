"""What happened in each series of a file, and when did it begin?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.series.anomalies import Anomaly, find_anomalies
from core.evidence.series.change_points import Shift, Sort, explained, find_change
from core.evidence.series.counters import is_counter, rate
from core.evidence.series.gaps import Gap, find_gap
from core.evidence.series.histograms import summarised
from core.evidence.series.model import Series
from core.evidence.series.stillness import Still, find_still

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOOKED_AT = 400  # series in which anomalies are looked for: those that scatter most
_TOGETHER = 0.05  # of the file's time: changes this close belong to one incident
_LEAST_TOGETHER = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One series and what was seen in it.

    place: among the series that changed since the onset, one more than how many did so before it,
    0 where it did not; `peers` changed at the same time, `moved` are all of them.
    """

    series: Series
    shift: Shift | None
    anomalies: tuple[Anomaly, ...]
    gap: Gap | None
    still: Still | None = None
    place: int = 0
    peers: int = 0
    moved: int = 0


def prepared(series: Sequence[Series]) -> list[Series]:
    """As people look at them: rates of counters, averages and quantiles of histograms."""
    made, rest = summarised(series)
    return [*made, *(rate(one) if is_counter(one) else one for one in rest)]


def observe(series: Sequence[Series]) -> list[Observation]:
    """All that was seen, in the order of the series (as `prepared`)."""
    timed = [one for one in series if len(one.times)]
    last = max((float(one.times[-1]) for one in timed), default=0.0)
    restless = _restless(timed)
    seen = [_observed(one, last=last, is_restless=at in restless) for at, one in enumerate(timed)]
    return _placed(seen)


def _observed(series: Series, *, last: float, is_restless: bool) -> Observation:
    times, values = series.times, series.values
    shift = find_change(times, values)
    trend = explained(times, values, shift)
    return Observation(
        series=series,
        shift=shift,
        anomalies=tuple(find_anomalies(values, trend=trend)) if is_restless else (),
        gap=find_gap(series, last=last),
        still=find_still(values),
    )


def find_onset(seen: Sequence[Observation]) -> datetime | None:
    """When most and the strongest changes began; else the strongest anomaly. None if none did.

    A lone change long before is a deploy of someone else more often than the beginning.
    """
    shifts = [one.shift for one in seen if one.shift is not None and _is_sharp(one.shift)]
    if not shifts:
        return _strangest(seen)
    times = [float(edge) for one in seen for edge in (one.series.times[0], one.series.times[-1])]
    near = max(_LEAST_TOGETHER, timedelta(seconds=_TOGETHER * (max(times) - min(times))))
    weight = {
        one.at: sum(math.log(other.strength) for other in shifts if _follows(other, one, near))
        for one in shifts
    }
    return max(weight, key=lambda at: (weight[at], -at.timestamp()))


def _follows(other: Shift, one: Shift, near: timedelta) -> bool:
    return one.at <= other.at <= one.at + near


def _is_sharp(shift: Shift) -> bool:
    """Is its time known to the point? That of scatter is known to the block only."""
    return shift.sort is not Sort.SCATTER


def _placed(seen: Sequence[Observation]) -> list[Observation]:
    """With the order in which series changed, from the onset on."""
    onset = find_onset(seen)
    moved = sorted(
        one.shift.at
        for one in seen
        if one.shift is not None and _is_sharp(one.shift) and onset and one.shift.at >= onset
    )
    return [
        one
        if one.shift is None or not _is_sharp(one.shift) or one.shift.at not in moved
        else replace(
            one,
            place=moved.index(one.shift.at) + 1,
            peers=moved.count(one.shift.at) - 1,
            moved=len(moved),
        )
        for one in seen
    ]


def moment(series: Series, index: int) -> datetime:
    """The time of a point."""
    return datetime.fromtimestamp(float(series.times[index]), tz=UTC)


def _strangest(seen: Sequence[Observation]) -> datetime | None:
    found = [(one.series, strange) for one in seen for strange in one.anomalies]
    if not found:
        return None
    series, strange = max(found, key=lambda pair: pair[1].strength)
    return moment(series, strange.first)


def _restless(series: Sequence[Series]) -> set[int]:
    """The series in which a single value is farthest from the usual ones."""
    if len(series) <= _LOOKED_AT:
        return set(range(len(series)))
    order = sorted(range(len(series)), key=lambda at: -_extremity(series[at]))
    return set(order[:_LOOKED_AT])


def _extremity(series: Series) -> float:
    apart = np.abs(series.values - np.median(series.values))
    usual = float(np.mean(apart))
    return float(np.max(apart)) / usual if usual else 0.0
