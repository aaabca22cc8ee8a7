from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from core.evidence.series.change_points import find_period

CHANCE = np.random.default_rng(4)


@pytest.mark.parametrize("period", [12, 24, 97, 288])
def test_the_period_is_told_in_points(period: int) -> None:
    phase = 2 * np.pi * np.arange(10 * period) / period
    values = np.sin(phase) + CHANCE.normal(0.0, 0.3, len(phase))
    assert find_period(values) == pytest.approx(period, rel=0.03)


def test_a_rhythm_is_seen_through_one_enormous_spike() -> None:
    values = np.sin(2 * np.pi * np.arange(2_880) / 288)
    values[1_000] = 1e9
    assert find_period(values) == pytest.approx(288, rel=0.02)


def test_noise_and_a_random_walk_have_none() -> None:
    assert find_period(CHANCE.normal(0.0, 1.0, 2_000)) is None
    assert find_period(np.arange(2_000.0)) is None
    assert find_period(np.full(500, 3.0)) is None


@settings(max_examples=40, deadline=None)
@given(npst.arrays(np.float64, st.integers(1, 200), elements=st.floats(-1e12, 1e12)))
def test_of_any_series_it_is_at_most_a_sixth(values: np.ndarray) -> None:
    period = find_period(values)
    assert period is None or 0 < period <= len(values) // 6
