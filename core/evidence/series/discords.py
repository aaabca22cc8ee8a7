"""Which windows of a series are far from all its other windows?

A discord (Keogh, Lin and Fu 2005; the matrix profile of Yeh et al. 2016, without normalising each
window, as a level nobody has seen is news too): every window is compared with every other, and the
few that are far from all but one of the others stand out. What recurs has neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from core.evidence.series.model import Floats, Places

MOST = 3  # of one series: a person looks at few
MOST_COMPARED = 1_000  # windows; longer series are looked at in larger strides
_APART = 2.5  # windows between two that are told
# A distance stands out above 1 + this / √window of the usual one: the distances between windows of
# noise lie the closer together the longer the windows are, normal noise well below this.
_STANDS_OUT = 8.0
_LOOKS = 1e6  # windows that are compared more closely, by points of the series
_LOOKS_BETWEEN = (6, 100)
# What happened twice alike is an incident still, so the second neighbour counts, not the nearest.
_TWIN = 1
_LIKE_IT = 5  # windows whose distances say what is usual for such a one
_FARTHER = 2.0  # times that


@dataclass(frozen=True)
class Discord:
    """The window from `start` (index) is far from even the window most similar to it, at `other`.

    strength: the distance by the usual such distance. excess: by how many times it exceeds what is
    told, from 1 up; comparable between windows of different lengths.
    """

    start: int
    other: int
    window: int
    strength: float
    excess: float

    def is_near(self, place: int) -> bool:
        """Would a second one here be the same to a reader?"""
        apart = _APART * self.window
        return self.start - apart < place < self.start + self.window + apart


def find_discords(values: Floats, window: int, *, stride: int | None = None) -> list[Discord]:
    """At most MOST, the farthest first. window: points.

    stride: points from a window to the next; an eighth of a window where it is not given.
    """
    stride = stride or max(1, window // 8, len(values) // MOST_COMPARED)
    scaled = (values - np.median(values)) / float(np.ptp(values))
    found = _Search(scaled, window, stride)
    return [found.discord(one) for one in found.peaks()]


class _Search:
    """Windows a stride apart, and how far each is from its neighbours.

    What is a stride apart need not be in step: a job of five points every night would be far from
    itself. So such distances only say where to look; what counts is that to windows at every point.
    """

    def __init__(self, values: Floats, window: int, stride: int) -> None:
        self._window, self._stride = window, stride
        self._starts = np.arange(0, len(values) - window + 1, stride)
        self._every = _Everywhere(values, window)
        windows = sliding_window_view(values, window)[self._starts]
        self._far, other = _neighbours(windows, apart=-(-window // stride))
        self._other = self._starts[other]
        self._usual = float(np.median(self._far)) or float(np.mean(self._far))
        self._strong = self._far / (self._usual or 1.0)
        self._margin = _STANDS_OUT / window**0.5

    def peaks(self) -> list[int]:
        """The windows that are farthest, one of each stretch of such windows."""
        left, found, looked = self._far.copy(), list[int](), np.zeros(len(self._far), dtype=bool)
        least = self._usual * (1.0 + self._margin)
        budget = int(np.clip(_LOOKS / len(self._every.squares), *_LOOKS_BETWEEN))
        while len(found) < MOST and left[best := int(np.argmax(left))] > least:
            if looked[best]:
                found.append(best)
                left[self._around(best, left > least)] = 0.0
                continue
            if not (budget := budget - 1):
                break
            looked[best] = True
            self._strong[best], self._other[best] = self._looked_at(int(self._starts[best]))
            left[best] = min(left[best], self._strong[best] * self._usual)
        return found

    def _looked_at(self, start: int) -> tuple[float, int]:
        """How far it is by the usual distance, 0 where those like it are nearly as far; and where.

        Many series scatter more the higher they are: by the measure of nights each noon is far.
        """
        alike = self._every.nearest(start, _LIKE_IT)
        far, other = alike[_TWIN]
        theirs = [self._every.distance(at) for _, at in alike]
        is_usual_there = far < _FARTHER * float(np.median(theirs))
        return 0.0 if is_usual_there else far / self._usual, other

    def _around(self, best: int, stands_out: npt.NDArray[np.bool_]) -> slice:
        """The windows near this one, and the whole stretch of those that stand out with it."""
        calm = np.flatnonzero(~stands_out)
        apart = int(_APART * self._window / self._stride)
        after = int(np.searchsorted(calm, best))
        first = int(calm[after - 1]) + 1 if after else 0
        end = int(calm[after]) if after < len(calm) else len(stands_out)
        return slice(max(0, min(first, best - apart)), max(end, best + apart + 1))

    def discord(self, at: int) -> Discord:
        strength = float(self._strong[at])
        return Discord(
            start=int(self._starts[at]),
            other=int(self._other[at]),
            window=self._window,
            strength=strength,
            excess=(strength - 1.0) / self._margin,
        )


class _Everywhere:
    """The windows at every point, to which one is compared by a Fourier transform."""

    def __init__(self, values: Floats, window: int) -> None:
        self._values, self._window = values, window
        self._known: dict[int, float] = {}
        sums = np.concatenate(([0.0], np.cumsum(values**2)))
        self.squares = sums[window:] - sums[:-window]
        self._size = 1 << (len(values) + window - 1).bit_length()
        self._spectrum = np.fft.rfft(values, self._size)

    def distance(self, start: int) -> float:
        """To the most similar one but a twin."""
        if start not in self._known:
            self._known[start] = self.nearest(start, _TWIN + 1)[_TWIN][0]
        return self._known[start]

    def nearest(self, start: int, count: int) -> list[tuple[float, int]]:
        """The distances to the most similar ones, none of which overlap, and where they begin."""
        own = self._values[start : start + self._window]
        spectrum = self._spectrum * np.conj(np.fft.rfft(own, self._size))
        products = np.fft.irfft(spectrum, self._size)[: len(self.squares)]
        squares = self.squares + self.squares[start] - 2.0 * products
        at, found = start, []
        for _ in range(count):
            squares[max(0, at - self._window + 1) : at + self._window] = np.inf
            at = int(np.argmin(squares))
            square = float(squares[at])
            found.append((max(0.0, square) ** 0.5 if np.isfinite(square) else 0.0, at))
        return found


def _neighbours(windows: Floats, *, apart: int) -> tuple[Floats, Places]:
    """Of each window the distance to the most similar one but a twin, and which.

    None of them, `apart` windows from each other, overlap. The distance is 0 where there are fewer.
    """
    squares = np.einsum("ij,ij->i", windows, windows)
    distances = squares[:, None] + squares[None, :] - 2.0 * (windows @ windows.T)
    places = np.arange(len(windows))
    nearest = places
    for _ in range(_TWIN + 1):
        distances[np.abs(nearest[:, None] - places[None, :]) < apart] = np.inf
        nearest = np.argmin(distances, axis=1)
    found = distances[places, nearest]
    return np.sqrt(np.maximum(0.0, np.where(np.isfinite(found), found, 0.0))), nearest
