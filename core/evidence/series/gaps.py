"""When did a series say nothing?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.evidence.series.model import Series

_LEAST_POINTS = 10
_LEAST_MISSED = 3.5  # times the usual step between points
_RARE = 0.02  # share of steps, at most, that are gaps: else this is how the series is


@dataclass(frozen=True)
class Gap:
    """Nothing came after `since` (point `index`) until `until`; None where nothing came again."""

    index: int
    since: datetime
    until: datetime | None
    missed: int


def find_gap(series: Series, *, last: float) -> Gap | None:
    """The longest stretch without points. last: when the file ends, seconds since 1970."""
    times = series.times
    if len(times) < _LEAST_POINTS:
        return None
    steps = np.append(np.diff(times), last - times[-1])
    usual = float(np.median(steps[:-1]))
    is_gap = steps > _LEAST_MISSED * usual
    if usual <= 0 or not is_gap.any() or np.mean(is_gap) > max(_RARE, 1.5 / len(steps)):
        return None
    at = int(np.argmax(steps))
    is_over = at < len(times) - 1
    return Gap(
        index=at,
        since=_time(times[at]),
        until=_time(times[at + 1]) if is_over else None,
        missed=max(1, round(float(steps[at]) / usual) - is_over),
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), tz=UTC)
