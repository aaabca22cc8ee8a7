"""Strokes of one colour, column by column, and the curve that they make.

What else is painted in the colour, as a word or a threshold, is passed by: a curve does not leap
there and back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = npt.NDArray[np.float64]  # the row of a curve in each column; NaN where it is not seen

_OF_STRONGEST = 0.7  # in its column: areas that lie over each other never come as near
_OF_USUAL = 0.5  # of what a column of the curve has: an axis may be tinged like it
_GAP = 2  # rows within one stroke
_MOST_STROKES = 8  # of a column, the strongest
_AREA = 0.12  # heights of the plot that most strokes of a filled area have
_WHOLE = 0.85  # what is so high is no curve, but a line of the plot
_STRONG = 0.03  # heights of the plot that a leap to the strongest stroke is worth, per column


class Stroke(NamedTuple):
    """Painted rows of a column from top to bottom. weight: how much of the colour is in them."""

    top: int
    bottom: int
    middle: float
    weight: float

    def gap_to(self, other: Stroke) -> int:
        """Rows between the two; 0 where they share one."""
        return max(0, self.top - other.bottom, other.top - self.bottom)


def strokes_of(strength: npt.NDArray[np.float32], top: int) -> list[list[Stroke]]:
    """Those of each column, the strongest first. strength: rows by columns, from row `top` on."""
    strongest = strength.max(axis=0)
    kept = np.where(strength >= _OF_STRONGEST * strongest, strength, 0)
    return [_of_column(column, top) for column in kept.T]


def _of_column(column: npt.NDArray[np.float32], top: int) -> list[Stroke]:
    painted = np.flatnonzero(column)
    if not len(painted):
        return []
    parts = np.split(painted, np.flatnonzero(np.diff(painted) > _GAP) + 1)
    strokes = [_stroke(column, part, top) for part in parts]
    return sorted(strokes, key=lambda stroke: -stroke.weight)[:_MOST_STROKES]


def _stroke(column: npt.NDArray[np.float32], rows: npt.NDArray[np.intp], top: int) -> Stroke:
    painted = column[rows].cumsum()
    middle = rows[int((painted >= painted[-1] / 2).argmax())]
    first, last = int(rows[0]), int(rows[-1])
    return Stroke(first + top, last + top, float(middle + top), float(painted[-1]))


def path_of(columns: Sequence[Sequence[Stroke]], *, height: int) -> Row:
    """The rows of the smoothest strong curve that strokes make; NaN where there are none.

    Of a filled area that is its upper edge. columns: as of `strokes_of`; height: of the plot.
    """
    rows: Row = np.full(len(columns), np.nan)
    main = [strokes[0] for strokes in columns if strokes]  # the strongest
    if not main:
        return rows
    is_area = float(np.median([stroke.bottom - stroke.top for stroke in main])) > _AREA * height
    usual = float(np.median([stroke.weight for stroke in main]))
    kept = columns if is_area else [_curve_like(each, usual, height=height) for each in columns]
    numbers = [number for number, strokes in enumerate(kept) if strokes]
    chosen = _smoothest([kept[number] for number in numbers], height=height, usual=usual)
    for number, stroke in zip(numbers, chosen, strict=True):
        rows[number] = stroke.top if is_area else stroke.middle
    return rows


def _curve_like(strokes: Sequence[Stroke], usual: float, *, height: int) -> Sequence[Stroke]:
    """Those that may be of a curve, unless all that the column has is too faint."""
    low = [stroke for stroke in strokes if stroke.bottom - stroke.top < _WHOLE * height]
    is_seen = any(stroke.weight >= _OF_USUAL * usual for stroke in low)
    return low if is_seen else ()


def _smoothest(columns: Sequence[Sequence[Stroke]], *, height: int, usual: float) -> list[Stroke]:
    """One stroke of each column, so that they leap least (Viterbi's algorithm)."""
    costs: list[float] = []
    ways: list[list[int]] = []
    for before, strokes in zip([(), *columns], columns, strict=False):
        came, costs = _went_on(before, costs, strokes, height=height, usual=usual)
        ways.append(came)
    place = int(np.argmin(costs)) if costs else 0
    chosen = []
    for strokes, came in zip(reversed(columns), reversed(ways), strict=True):
        chosen.append(strokes[place])
        place = came[place]
    return chosen[::-1]


def _went_on(
    before: Sequence[Stroke],
    costs: Sequence[float],
    strokes: Sequence[Stroke],
    *,
    height: int,
    usual: float,
) -> tuple[list[int], list[float]]:
    """For each stroke, from which one before it a curve came at the least cost, and that cost."""
    came, sums = [], []
    for stroke in strokes:
        leaps = [
            cost + stroke.gap_to(other) / height for other, cost in zip(before, costs, strict=True)
        ]
        best = int(np.argmin(leaps)) if leaps else 0
        worth = _STRONG * min(1.0, stroke.weight / usual)
        came.append(best)
        sums.append((leaps[best] if leaps else 0.0) - worth)
    return came, sums
