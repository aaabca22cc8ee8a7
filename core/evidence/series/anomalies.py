"""Which stretches of a series are like no other stretch of it?

A discord (Keogh, Lin and Fu 2005; the matrix profile of Yeh et al. 2016, without normalising each
window, as a level nobody has seen is news too): every window of about a hundredth of the series is
compared with every other, and the few that are far from even their nearest neighbour stand out.
What recurs, a nightly job or a daily rhythm, has neighbours and does not. Of several ways tried
(robust z-scores with and without the season, spectral residual, levels side by side, ranks of all
of them) this was the best on series of others, and by far the least sensitive to its parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from core.evidence.series.model import Floats

MOST = 3  # of one series: a person looks at few
_PART = 100  # a window is this part of the series
_LEAST_WINDOW, _MOST_WINDOW = 6, 512  # points
_LEAST_WINDOWS = 10  # that fit into the series, one after the other
_MOST_COMPARED = 1_000  # windows; longer series are looked at in larger strides and bins
_APART = 2.5  # windows between two that are told
# A distance stands out above 1 + this / √window of the usual one: the distances between windows of
# noise lie the closer together the longer the windows are, normal noise well below this.
_STANDS_OUT = 8.0
_SHARE = 0.25  # of the largest deviation in a window: what counts as part of it


@dataclass(frozen=True)
class Anomaly:
    """Points `first` to `last` (indices, included), most of all `peak`, are like no others.

    usual: the value that the most similar stretch had in place of the peak's. strength: the
    distance to that stretch by the usual such distance, from 2 up.
    """

    first: int
    last: int
    peak: int
    usual: float
    strength: float


def find_anomalies(values: Floats) -> list[Anomaly]:
    """The stretches that stand out, strongest first, at most MOST. values: in order of time."""
    window = _window(len(values))
    if len(values) < _LEAST_WINDOWS * window or float(np.ptp(values)) == 0.0:
        return []
    stride = max(1, window // 8, len(values) // _MOST_COMPARED)
    starts = np.arange(0, len(values) - window + 1, stride)
    scaled = (values - np.median(values)) / float(np.ptp(values))
    windows = sliding_window_view(scaled, window)[starts]
    distances, nearest = _nearest(windows, apart=window // stride)
    usual = float(np.median(distances)) or float(np.mean(distances))
    least = usual * (1.0 + _STANDS_OUT / window**0.5)
    return [
        _anomaly(
            values, int(starts[one]), int(starts[nearest[one]]), window, distances[one] / usual
        )
        for one in _peaks(distances, apart=int(_APART * window / stride), least=least)
    ]


def _window(length: int) -> int:
    return min(_MOST_WINDOW, max(_LEAST_WINDOW, length // _PART))


def _nearest(windows: Floats, *, apart: int) -> tuple[Floats, np.ndarray]:
    """Of each window the distance to the most similar one that does not overlap it, and which."""
    squares = np.einsum("ij,ij->i", windows, windows)
    distances = squares[:, None] + squares[None, :] - 2.0 * (windows @ windows.T)
    places = np.arange(len(windows))
    distances[np.abs(places[:, None] - places[None, :]) <= apart] = np.inf
    nearest = np.argmin(distances, axis=1)
    return np.sqrt(np.maximum(0.0, distances[places, nearest])), nearest


def _peaks(distances: Floats, *, apart: int, least: float) -> list[int]:
    """The places of the largest distances, none within `apart` of a larger one."""
    left, found = distances.copy(), list[int]()
    while len(found) < MOST:
        best = int(np.argmax(left))
        if left[best] <= max(least, 0.0):
            break
        found.append(best)
        left[max(0, best - apart) : best + apart + 1] = 0.0
    return found


def _anomaly(values: Floats, start: int, other: int, window: int, strength: float) -> Anomaly:
    usual = values[other : other + window]
    apart = np.abs(values[start : start + window] - usual)
    peak = int(np.argmax(apart))
    far = np.flatnonzero(apart >= _SHARE * apart[peak])
    return Anomaly(
        first=start + int(far[0]),
        last=start + int(far[-1]),
        peak=start + peak,
        usual=float(usual[peak]),
        strength=float(strength),
    )
