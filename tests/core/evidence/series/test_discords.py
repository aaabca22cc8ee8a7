from __future__ import annotations

import numpy as np
import pytest

from core.evidence.series.anomalies import MAX_ANOMALIES, find_discords


def noise(length: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 1.0, length)


def test_a_job_out_of_step_with_the_stride_is_still_like_the_other_nights() -> None:
    values = noise(4_032)
    for start in range(100, 4_032 - 24, 287):
        values[start : start + 24] += 80.0
    assert find_discords(values, 40) == []


def test_what_scatters_more_where_it_is_high_is_usual_there() -> None:
    values = noise(4_032)
    for start in range(100, 4_032 - 24, 288):
        values[start : start + 24] += 80.0 + 12.0 * noise(24, start)
    assert find_discords(values, 40) == []


def test_one_long_excursion_is_one_discord() -> None:
    values = noise(4_000)
    values[2_000:2_900] += np.linspace(10.0, 400.0, 900)
    assert len(find_discords(values, 40)) == 1


@pytest.mark.parametrize(("times", "expected"), [(1, 1), (2, 2), (6, 0)])
def test_what_came_twice_alike_stands_out_and_what_comes_often_does_not(
    times: int, expected: int
) -> None:
    values = 0.2 * noise(4_000)
    for number in range(times):
        values[300 + 600 * number : 312 + 600 * number] += 20.0
    assert len(find_discords(values, 40)) == expected


def test_few_are_told_the_farthest_first() -> None:
    values = noise(4_000)
    heights = (30.0, 60.0, 120.0, 240.0, 480.0)
    for at, height in enumerate(heights):
        values[600 * (at + 1) : 600 * (at + 1) + 5] += height
    windows = find_discords(values, 40)
    assert len(windows) == MAX_ANOMALIES
    assert [window.excess for window in windows] == sorted(
        (window.excess for window in windows), reverse=True
    )
    assert all(window.excess > 1.0 for window in windows)


def test_with_too_few_windows_to_compare_nothing_is_found() -> None:
    assert find_discords(noise(30), 12) == []
