from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from core.evidence.series.change_points import ChangeKind, find_change, find_shift

CHANCE = np.random.default_rng(5)


def at(index: int) -> datetime:
    return datetime.fromtimestamp(60.0 * index, tz=UTC)


def times(length: int) -> np.ndarray:
    return np.arange(length, dtype=float) * 60


@pytest.mark.parametrize(
    "values",
    [
        [1.0] * 12,
        [1, 1, 1, 1, 90, 1, 1, 1, 1, 1, 1, 1],
        [1, 5, 2, 6, 1, 7, 2, 5, 1, 6, 3, 5],
        [1, 9],
        [],
    ],
)
def test_steady_noisy_spiky_and_short_series_did_not_change(values: list[float]) -> None:
    given_ = np.array(values, dtype=float)
    assert find_shift(times(len(values)), given_) is None
    assert find_change(times(len(values)), given_) is None


def test_a_level_that_stays() -> None:
    shift = find_change(times(60), np.concatenate((np.full(41, 8.0), np.full(19, 40.0))))
    assert shift is not None
    assert (shift.at, shift.before, shift.after, shift.until) == (at(41), 8.0, 40.0, None)
    assert shift.sort is ChangeKind.LEVEL


def test_a_level_that_came_and_went() -> None:
    values = np.concatenate((np.full(100, 2.0), np.full(30, 50.0), np.full(70, 2.0)))
    shift = find_change(times(200), values + CHANCE.normal(0, 0.3, 200))
    assert shift is not None
    assert (shift.at, shift.until) == (at(100), at(130))
    assert (round(shift.before), round(shift.after)) == (2, 50)


def test_a_leak_began_where_it_began_and_not_where_it_is_halfway() -> None:
    values = 200.0 + np.maximum(0, np.arange(200) - 80) * 3.0 + CHANCE.normal(0, 2.0, 200)
    shift = find_change(times(200), values)
    assert shift is not None
    assert shift.sort is ChangeKind.SLOPE
    assert abs(shift.at.timestamp() - at(80).timestamp()) <= 5 * 60
    assert shift.before < 230
    assert shift.after > 500


def test_a_steady_climb_from_the_start() -> None:
    shift = find_change(times(60), np.arange(60.0))
    assert shift is not None
    assert (shift.sort, shift.at) == (ChangeKind.SLOPE, at(0))


def test_a_series_that_begins_to_scatter() -> None:
    values = 100.0 + np.concatenate((CHANCE.normal(0, 1.0, 200), CHANCE.normal(0, 15.0, 200)))
    shift = find_change(times(400), values)
    assert shift is not None
    assert shift.sort is ChangeKind.SCATTER
    assert abs(shift.at.timestamp() - at(200).timestamp()) <= 30 * 60
    assert shift.after > 5 * shift.before


@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_is_no_change(seed: int) -> None:
    assert find_change(times(300), np.random.default_rng(seed).normal(10, 1, 300)) is None


@settings(max_examples=60, deadline=None)
@given(
    npst.arrays(np.float64, st.integers(0, 80), elements=st.floats(-1e12, 1e12, allow_nan=False))
)
@example(np.array([0.0, *[5e-324] * 35]))
def test_any_series_is_looked_at(values: np.ndarray) -> None:
    shift = find_change(times(len(values)), values)
    if shift is not None:
        assert at(0) <= shift.at <= at(len(values) - 1)
        assert shift.strength >= 3.0
