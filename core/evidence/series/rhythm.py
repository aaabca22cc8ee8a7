"""Does a series repeat itself, and after how many points?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.evidence.series.model import Floats

_LEAST_TIMES = 6  # that a rhythm is seen
_ALIKE = 0.3  # autocorrelation, at least, from one period to the next
_APART = 0.1  # … and at most somewhere before: else the series merely moves slowly
_EXTREME = 0.02  # share of values at either end that are cut: a spike is no rhythm


def find_period(values: Floats) -> int | None:
    """Points until it looks alike again; None where it does not. By autocorrelation."""
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
