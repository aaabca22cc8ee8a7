from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from core.evidence.series.anomalies import MAX_ANOMALIES, find_anomalies
from tests.core.evidence.series.corpus import LENGTH, corpus

FLOOR = 0.94  # F1 on our own corpus; measured 0.97


def test_known_anomalies_are_found_and_clean_series_are_quiet() -> None:
    detected = false = windows = 0
    for known in corpus(seed=0):
        alarms = [anomaly.peak for anomaly in find_anomalies(known.values)]
        start, end = known.wrong or (0, 0)
        case_channel = [start - 24 <= at < end + 24 for at in alarms] if known.wrong else []
        windows += known.wrong is not None
        detected += any(case_channel)
        false += len(alarms) - sum(case_channel)
    assert windows == 18
    assert 2 * detected / (detected + false + windows) >= FLOOR


def test_what_recurs_does_not_stand_out() -> None:
    jobs = np.tile([1.0] * 90 + [70.0] * 6, 20) + np.random.default_rng(1).normal(0, 0.5, 1920)
    assert find_anomalies(jobs) == []


def test_a_spike_is_told_with_what_is_usual_there() -> None:
    values = np.random.default_rng(2).normal(10.0, 1.0, 1_000)
    values[700] = 90.0
    (anomaly,) = find_anomalies(values)
    assert (anomaly.first, anomaly.last, anomaly.peak) == (700, 700, 700)
    assert 6.0 < anomaly.usual < 14.0
    assert anomaly.strength > 3.0


@pytest.mark.parametrize("length", [0, 1, 5, 30, 59])
def test_of_few_points_nothing_is_said(length: int) -> None:
    assert find_anomalies(np.arange(float(length))) == []


def test_nothing_stands_out_of_what_never_moves() -> None:
    assert find_anomalies(np.full(LENGTH, 7.0)) == []


def test_a_long_series_takes_no_longer_than_a_short_one_by_much() -> None:
    values = np.random.default_rng(3).normal(0.0, 1.0, 300_000)
    values[200_000:200_400] += 30.0
    assert any(199_500 < anomaly.peak < 201_000 for anomaly in find_anomalies(values))


@settings(max_examples=40, deadline=None)
@given(
    npst.arrays(np.float64, st.integers(0, 300), elements=st.floats(-1e12, 1e12, allow_nan=False))
)
def test_any_series_gives_few_places_in_it(values: np.ndarray) -> None:
    anomalies = find_anomalies(values)
    assert len(anomalies) <= MAX_ANOMALIES
    for anomaly in anomalies:
        assert 0 <= anomaly.first <= anomaly.peak <= anomaly.last < len(values)


def test_a_night_without_its_job_is_told() -> None:
    values = np.random.default_rng(6).normal(20.0, 1.0, 14 * 288)
    nights = [start for start in range(100, len(values), 288) if start != 100 + 9 * 288]
    for start in nights:
        values[start : start + 96] += 50.0
    (anomaly,) = find_anomalies(values)
    assert 100 + 9 * 288 - 10 <= anomaly.peak < 100 + 9 * 288 + 106
    assert anomaly.usual > 60.0


def test_what_a_climb_explains_is_taken_off_and_what_is_usual_is_told_on_it() -> None:
    trend = np.concatenate((np.zeros(1_000), np.linspace(0.0, 300.0, 1_000)))
    values = np.random.default_rng(7).normal(20.0, 1.0, 2_000) + trend
    values[1_800:1_805] += 60.0
    (anomaly,) = find_anomalies(values, trend=trend)
    assert 1_800 <= anomaly.first <= anomaly.last < 1_805
    assert anomaly.usual == pytest.approx(20.0 + trend[anomaly.peak], abs=5.0)
