"""Detects stretches of a series that resemble no other stretch of it: anomalies and plateaus.

Discords in windows of about a hundredth of the series; and, where it has a rhythm, in windows of
one period, so that a night without its job, or a Tuesday like a Sunday, stands out although each of
its hours is like some other hour. What a steady climb explains is taken off before: else its end
is always news. Of several ways tried (robust z-scores with and without the season, spectral
residual, levels side by side, ranks of all of them) discords were the best on series of others,
and by far the least sensitive to their parameters.

A discord (Keogh, Lin and Fu 2005; the matrix profile of Yeh et al. 2016, without normalising each
window, as a level nobody has seen is news too): every window is compared with every other, and the
few that are far from all but one of the others stand out. What recurs has neighbours.

No value of such a stretch is odd, and a stretch of noise is nearer to it than to other noise: it
has to be looked for by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from core.evidence.series.change_points import find_period

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
    """Points `first` to `last` (indices, inclusive) that deviate from the rest, most at `peak`.

    usual: the value of the most similar stretch in place of the peak's. strength: the distance to
    that stretch divided by the usual such distance, above 1.
    """

    first: int
    last: int
    peak: int
    usual: float
    strength: float


def find_anomalies(values: Floats, *, trend: Floats | None = None) -> list[Anomaly]:
    """Find the stretches that stand out, strongest first, at most MOST.

    values: in order of time. trend: of equal length, the part of each value that is already
    explained.
    """
    rest = values if trend is None else values - trend
    window = _window(len(rest))
    if len(rest) < _LEAST_WINDOWS * window or float(np.ptp(rest)) == 0.0:
        return []
    discords = find_discords(rest, window)
    discords += [
        discord
        for discord in _find_odd_periods(rest, window)
        if not any(discord.is_near(_peak(rest, other)) for other in discords)
    ]
    discords.sort(key=lambda discord: -discord.excess)
    return [_anomaly(rest, discord, trend) for discord in discords[:MAX_ANOMALIES]]


def _window(length: int) -> int:
    return min(_MOST_WINDOW, max(_LEAST_WINDOW, length // _PART))


def _find_odd_periods(values: Floats, usual: int) -> list[DiscordWindow]:
    """Find periods that differ from all others.

    usual: the window in which the series is searched anyway.
    """
    size = -(-len(values) // _MOST_BINS)
    period = find_period(values[: len(values) // size * size].reshape(-1, size).mean(axis=1))
    if period is None or period < _LEAST_BINS or period * size < _LEAST_LONGER * usual:
        return []
    # Bins of a part of the period: only so has every window one in phase with it a period later.
    phases = min(_PHASES, period * size)
    edges = np.arange(0, len(values), period * size / phases).round().astype(np.int64)
    edges = np.unique(np.append(edges, len(values)))
    means = np.add.reduceat(values, edges[:-1]) / np.diff(edges)
    discords = find_discords(means, phases, stride=_stride(len(means), phases))
    return [_map_to_points(discord, edges) for discord in discords]


def _stride(length: int, period: int) -> int:
    """The smallest stride that divides the period and leaves few enough windows."""
    apt = [stride for stride in range(1, period + 1) if not period % stride]
    return next((stride for stride in apt if length <= stride * MOST_COMPARED), period)


def _map_to_points(discord: DiscordWindow, edges: Places) -> DiscordWindow:
    start, other = int(edges[discord.start]), int(edges[discord.other])
    window = int(edges[discord.start + discord.window]) - start
    return replace(discord, start=start, other=other, window=min(window, int(edges[-1]) - other))


def _peak(values: Floats, discord: DiscordWindow) -> int:
    return discord.start + int(np.argmax(_deviations(values, discord)))


def _deviations(values: Floats, discord: DiscordWindow) -> Floats:
    like = values[discord.other : discord.other + discord.window]
    apart: Floats = np.abs(values[discord.start : discord.start + discord.window] - like)
    return apart


def _anomaly(values: Floats, discord: DiscordWindow, trend: Floats | None) -> Anomaly:
    apart = _deviations(values, discord)
    at = int(np.argmax(apart))
    far = np.flatnonzero(apart >= _SHARE * apart[at])
    explained = 0.0 if trend is None else float(trend[discord.start + at])
    return Anomaly(
        first=discord.start + int(far[0]),
        last=discord.start + int(far[-1]),
        peak=discord.start + at,
        usual=float(values[discord.other + at]) + explained,
        strength=discord.strength,
    )


MAX_ANOMALIES = 3  # of one series: a person looks at few
MOST_COMPARED = 1_000  # windows; longer series are looked at in larger strides
_APART = 2.5  # windows between two that are told
# A distance stands out above 1 + this / √window of the usual one: the distances between windows of
# noise lie the closer together the longer the windows are, normal noise well below this.
_STANDS_OUT = 8.0
_CLOSE_LOOKS = 1e6  # windows that are compared more closely, by points of the series
_CLOSE_LOOK_BUDGET = (6, 100)
# What happened twice alike is an incident still, so the second neighbour counts, not the nearest.
_TWIN = 1
_SIMILAR_WINDOWS = 5  # windows whose distances say what is usual for such a one
_FARTHER = 2.0  # times that


@dataclass(frozen=True)
class DiscordWindow:
    """The window from `start` (index), which is far from even its most similar window, at `other`.

    strength: the distance divided by the usual such distance. excess: by how many times it exceeds
    the reporting threshold, from 1 up; comparable between windows of different lengths.
    """

    start: int
    other: int
    window: int
    strength: float
    excess: float

    def is_near(self, place: int) -> bool:
        """Whether a second discord at this place would look the same to a reader."""
        apart = _APART * self.window
        return self.start - apart < place < self.start + self.window + apart


def find_discords(values: Floats, window: int, *, stride: int | None = None) -> list[DiscordWindow]:
    """Find at most MOST discords, the farthest first. window: points.

    stride: points from one window to the next; by default an eighth of a window.
    """
    stride = stride or max(1, window // 8, len(values) // MOST_COMPARED)
    scaled = (values - np.median(values)) / float(np.ptp(values))
    search = _Search(scaled, window, stride)
    return [search.discord(window_index) for window_index in search.peaks()]


class _Search:
    """Windows a stride apart, and the distance of each to its neighbours.

    Windows a stride apart need not be in phase: a job of five points every night would be far from
    itself. So these distances only select candidates, which are then compared with every window.
    """

    def __init__(self, values: Floats, window: int, stride: int) -> None:
        self._window, self._stride = window, stride
        self._starts = np.arange(0, len(values) - window + 1, stride)
        self._profile = _DistanceProfile(values, window)
        windows = sliding_window_view(values, window)[self._starts]
        self._far, other = _neighbours(windows, apart=-(-window // stride))
        self._other = self._starts[other]
        self._usual = float(np.median(self._far)) or float(np.mean(self._far))
        self._strengths = self._far / (self._usual or 1.0)
        self._margin = _STANDS_OUT / window**0.5

    def peaks(self) -> list[int]:
        """The farthest windows, one of each stretch of such windows."""
        left, peaks, looked = self._far.copy(), list[int](), np.zeros(len(self._far), dtype=bool)
        least = self._usual * (1.0 + self._margin)
        budget = int(np.clip(_CLOSE_LOOKS / len(self._profile.squares), *_CLOSE_LOOK_BUDGET))
        while len(peaks) < MAX_ANOMALIES and left[best := int(np.argmax(left))] > least:
            if looked[best]:
                peaks.append(best)
                left[self._around(best, left > least)] = 0.0
                continue
            if not (budget := budget - 1):
                break
            looked[best] = True
            self._strengths[best], self._other[best] = self._measure_closely(
                int(self._starts[best])
            )
            left[best] = min(left[best], self._strengths[best] * self._usual)
        return peaks

    def _measure_closely(self, start: int) -> tuple[float, int]:
        """The distance in units of the usual one, and the most similar window.

        0 where similar windows are nearly as far from theirs: many series scatter more the higher
        they are, so that by the measure of nights each noon is far.
        """
        alike = self._profile.nearest(start, _SIMILAR_WINDOWS)
        far, other = alike[_TWIN]
        theirs = [self._profile.distance(at) for _, at in alike]
        is_usual_there = far < _FARTHER * float(np.median(theirs))
        return 0.0 if is_usual_there else far / self._usual, other

    def _around(self, best: int, stands_out: npt.NDArray[np.bool_]) -> slice:
        """The windows near this one, and the whole stretch of windows that stand out with it."""
        calm = np.flatnonzero(~stands_out)
        apart = int(_APART * self._window / self._stride)
        after = int(np.searchsorted(calm, best))
        first = int(calm[after - 1]) + 1 if after else 0
        end = int(calm[after]) if after < len(calm) else len(stands_out)
        return slice(max(0, min(first, best - apart)), max(end, best + apart + 1))

    def discord(self, at: int) -> DiscordWindow:
        strength = float(self._strengths[at])
        return DiscordWindow(
            start=int(self._starts[at]),
            other=int(self._other[at]),
            window=self._window,
            strength=strength,
            excess=(strength - 1.0) / self._margin,
        )


class _DistanceProfile:
    """Distances of one window to the windows at every point, by a Fourier transform."""

    def __init__(self, values: Floats, window: int) -> None:
        self._values, self._window = values, window
        self._known: dict[int, float] = {}
        sums = np.concatenate(([0.0], np.cumsum(values**2)))
        self.squares = sums[window:] - sums[:-window]
        self._size = 1 << (len(values) + window - 1).bit_length()
        self._spectrum = np.fft.rfft(values, self._size)

    def distance(self, start: int) -> float:
        """The distance to the most similar window but a twin."""
        if start not in self._known:
            self._known[start] = self.nearest(start, _TWIN + 1)[_TWIN][0]
        return self._known[start]

    def nearest(self, start: int, count: int) -> list[tuple[float, int]]:
        """The distances and starts of the most similar windows, none of which overlap."""
        own = self._values[start : start + self._window]
        spectrum = self._spectrum * np.conj(np.fft.rfft(own, self._size))
        products = np.fft.irfft(spectrum, self._size)[: len(self.squares)]
        squares = self.squares + self.squares[start] - 2.0 * products
        at, neighbours = start, []
        for _ in range(count):
            squares[max(0, at - self._window + 1) : at + self._window] = np.inf
            at = int(np.argmin(squares))
            square = float(squares[at])
            neighbours.append((max(0.0, square) ** 0.5 if np.isfinite(square) else 0.0, at))
        return neighbours


def _neighbours(windows: Floats, *, apart: int) -> tuple[Floats, Places]:
    """The distance of each window to its most similar one but a twin, and the index of that one.

    Windows less than `apart` indices from each other overlap and do not count. The distance is 0
    where there are too few.
    """
    squares = np.einsum("ij,ij->i", windows, windows)
    distances = squares[:, None] + squares[None, :] - 2.0 * (windows @ windows.T)
    places = np.arange(len(windows))
    nearest = places
    for _ in range(_TWIN + 1):
        distances[np.abs(nearest[:, None] - places[None, :]) < apart] = np.inf
        nearest = np.argmin(distances, axis=1)
    distances_found = distances[places, nearest]
    return np.sqrt(
        np.maximum(0.0, np.where(np.isfinite(distances_found), distances_found, 0.0))
    ), nearest


_LEAST_RUN = 12  # points
_LONGER = 6.0  # times the second longest run
_LEAST_RUNS = 30  # a series of a few levels stands still all the time


@dataclass(frozen=True)
class Plateau:
    """A run from point `first` to `last` (indices, inclusive) of exactly one `value`."""

    first: int
    last: int
    value: float


def find_plateau(values: Floats) -> Plateau | None:
    """Find the longest run of one value, where no other run is nearly as long."""
    edges = np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1, [len(values)]))
    lengths = np.diff(edges)
    if len(lengths) < _LEAST_RUNS:
        return None
    longest = int(np.argmax(lengths))
    second = int(np.max(np.delete(lengths, longest)))
    if lengths[longest] < max(_LEAST_RUN, _LONGER * second):
        return None
    first, last = int(edges[longest]), int(edges[longest + 1]) - 1
    return Plateau(first, last, float(values[first]))
