"""What grows for ever says nothing by its height: counters become rates.

A counter that falls was reset by a restart; what it has counted since is its new value, as in
Prometheus' `rate` ("Counters and resets"). A reset is no anomaly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.evidence.series.model import Floats, Series

_SUFFIXES = ("_total", "_count", "_sum", "_bucket")
_COUNTING = ("counter", "histogram", "summary", "gaugehistogram")
_FALLS = 0.05  # share of steps, at most, at which a counter is reset
_LOW = 0.5  # of what it was: where a reset counter stands at most
_LEAST = 3  # points


def is_counter(series: Series) -> bool:
    """By what the file calls it and its name, and by growing all the time."""
    is_named = series.kind in _COUNTING or series.name.endswith(_SUFFIXES)
    if not is_named or series.kind == "gauge" or len(series.values) < _LEAST:
        return False
    return _only_grows(series.values)


def rate(series: Series) -> Series:
    """Per second, at each point but the first, over the time since the one before."""
    grown = increase(series.values)
    return replace(
        series,
        name=f"rate({series.name})",
        times=series.times[1:],
        values=grown / np.diff(series.times),
        places=series.places[1:],
        kind="rate",
        unit="/s",
    )


def increase(values: Floats) -> Floats:
    """What was counted from each point to the next."""
    steps = np.diff(values)
    return np.where(steps < 0, values[1:], steps)


def _only_grows(values: Floats) -> bool:
    steps = np.diff(values)
    fell = np.flatnonzero(steps < 0)
    if len(fell) > max(1.0, _FALLS * len(steps)) or values[0] < 0:
        return False
    return bool(np.all(values[fell + 1] <= _LOW * values[fell])) and bool(np.any(steps > 0))
