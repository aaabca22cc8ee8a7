"""When did a kind of line begin to come much more often than before?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAST_LINES = 10  # in the busiest minute
_LEAST_RATIO = 5.0  # of the busiest minute to the usual one
_LEAST_STEPS = 3  # of a log, for anything to be usual in it
_ONSET = 0.3  # share of the peak at which a burst has begun


@dataclass(frozen=True)
class Burst:
    """From which minute (since 1970), how many lines in the busiest one, how many usually."""

    minute: int
    peak: int
    usual: float


def find_burst(minutes: Mapping[int, int], *, first: int, last: int, step: int = 1) -> Burst | None:
    """The burst of a template, where it has one.

    minutes: lines per minute. first, last: the log's own span, so that silence counts; with a
    span of less than three steps nothing is usual and nothing a burst.
    """
    span = (last - first) // step + 1
    if not minutes or span < _LEAST_STEPS:
        return None
    peak_at = max(minutes, key=lambda minute: minutes[minute])
    peak = minutes[peak_at]
    onset = peak_at
    while minutes.get(onset - step, 0) >= _ONSET * peak:
        onset -= step
    before = [count for minute, count in minutes.items() if minute < onset]
    usual = sum(before) / max(1, (onset - first) // step)
    if onset == first or peak < _LEAST_LINES or peak < _LEAST_RATIO * usual:
        return None
    return Burst(onset, peak, round(usual, 2))
