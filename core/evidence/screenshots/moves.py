"""What a curve did, approximately: it rose, fell, peaked, dipped, or stayed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

_LEAST_POINTS = 12
_END = 0.15  # of the points at either end tell its levels
_LAST = 0.03  # the same of the very last ones, which may be back from a late peak
_LEAST_MOVE = 0.1  # of the axis; less is not read off a picture with certainty
_LEAST_PEAK = 0.2
_LEFT_LEVEL = 0.15  # of a move, from which on it has begun
_WINDOW = 0.03  # of the points, for a running median


class Direction(StrEnum):
    """Where a curve went."""

    ROSE = "rose"
    FELL = "fell"
    PEAKED = "peaked"
    DIPPED = "dipped"
    FLAT = "flat"


@dataclass(frozen=True)
class CurveMove:
    """From one value to another at a column; of a peak or a dip `after` is the extreme."""

    direction: Direction
    before: float
    after: float
    column: float


def move_of(
    columns: npt.NDArray[np.float64], values: npt.NDArray[np.float64], *, span: float
) -> CurveMove | None:
    """What values did by column, NaN where unknown; None where too few are known.

    span: of the axis, from its lowest to its highest value.
    """
    known = ~np.isnan(values)
    if known.sum() < _LEAST_POINTS:
        return None
    columns, smooth = columns[known], _smoothed(values[known])
    end = max(3, int(_END * len(smooth)))
    before, after = float(np.median(smooth[:end])), float(np.median(smooth[-end:]))
    last = float(np.median(smooth[-max(3, int(_LAST * len(smooth))) :]))
    is_back = abs(last - before) < _LEAST_MOVE * span
    excursion = _excursion(columns, smooth, span)
    if is_back and excursion is not None:
        return excursion
    if abs(after - before) >= _LEAST_MOVE * span:
        direction = Direction.ROSE if after > before else Direction.FELL
        return CurveMove(direction, before, after, _begin(columns, smooth, before, after))
    return excursion or CurveMove(
        Direction.FLAT, float(np.median(smooth)), float(np.median(smooth)), float(columns[0])
    )


def _excursion(
    columns: npt.NDArray[np.float64], smooth: npt.NDArray[np.float64], span: float
) -> CurveMove | None:
    usual = float(np.median(smooth))
    farthest = int(np.argmax(np.abs(smooth - usual)))
    extreme = float(smooth[farthest])
    if abs(extreme - usual) < _LEAST_PEAK * span:
        return None
    direction = Direction.PEAKED if extreme > usual else Direction.DIPPED
    return CurveMove(direction, usual, extreme, float(columns[farthest]))


def _begin(
    columns: npt.NDArray[np.float64],
    smooth: npt.NDArray[np.float64],
    before: float,
    after: float,
) -> float:
    """The column behind the last one at the level from before."""
    part = (smooth - before) / (after - before)
    at_level = np.flatnonzero(part < _LEFT_LEVEL)
    last = int(at_level[-1]) + 1 if len(at_level) else 0
    return float(columns[min(last, len(columns) - 1)])


def _smoothed(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A running median: a crossing curve hides this one for some columns."""
    half = max(1, int(_WINDOW * len(values)) // 2)
    padded = np.pad(values, half, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    smooth: npt.NDArray[np.float64] = np.median(windows, axis=1)
    return smooth
