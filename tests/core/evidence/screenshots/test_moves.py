from __future__ import annotations

import numpy as np

from core.evidence.screenshots.moves import Direction, move_of

COLUMNS = np.arange(200, dtype=np.float64)


def direction(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Direction:
    move = move_of(COLUMNS, values, span=10)
    assert move is not None
    return move.direction


def test_a_peak_that_is_over_just_before_the_end_is_one() -> None:
    values = np.where((COLUMNS > 165) & (COLUMNS < 190), 8.0, 1.0)
    assert direction(values) is Direction.PEAKED


def test_a_rise_that_stays_is_none() -> None:
    assert direction(np.where(COLUMNS > 165, 8.0, 1.0)) is Direction.ROSE
