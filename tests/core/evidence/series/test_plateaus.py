from __future__ import annotations

import numpy as np
import pytest

from core.evidence.series.anomalies import Plateau, find_plateau

CHANCE = np.random.default_rng(5)


def moving(length: int = 400) -> np.ndarray:
    return CHANCE.normal(50.0, 3.0, length)


def test_a_sensor_that_is_stuck_stands_still() -> None:
    values = moving()
    values[200:260] = 51.5
    assert find_plateau(values) == Plateau(first=200, last=259, value=51.5)


def test_a_short_halt_is_none() -> None:
    values = moving()
    values[200:208] = 51.5
    assert find_plateau(values) is None


@pytest.mark.parametrize(
    "values",
    [
        np.array([]),
        np.full(400, 2.0),
        np.repeat([1.0, 2.0, 1.0, 3.0], 100),
        np.tile(np.repeat([0.0, 5.0], [40, 3]), 50),
    ],
    ids=["nothing", "one level", "few levels", "idle most of the time"],
)
def test_what_stands_still_anyway_is_not_stuck(values: np.ndarray) -> None:
    assert find_plateau(values) is None
