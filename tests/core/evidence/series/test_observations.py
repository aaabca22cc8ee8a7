from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.series.observations import find_onset, observe, prepare_series
from tests.core.evidence.series.sample_series import START, series

if TYPE_CHECKING:
    from core.evidence.series.model import Series

BEGIN = datetime.fromtimestamp(START, tz=UTC)


def step(at: int, name: str, length: int = 120) -> Series:
    return series([1.0] * at + [9.0] * (length - at), name)


def test_the_onset_is_where_most_moved_and_not_a_lone_change_before() -> None:
    seen = observe([step(20, "deploy"), step(80, "a"), step(81, "b"), step(82, "c")])
    assert find_onset(seen) == BEGIN + timedelta(seconds=30 * 80)
    assert [(observation.place, observation.moved) for observation in seen] == [
        (0, 0),
        (1, 3),
        (2, 3),
        (3, 3),
    ]


def test_those_that_move_at_once_share_their_place() -> None:
    seen = observe([step(80, "a"), step(80, "b"), step(85, "c")])
    assert [(observation.place, observation.peers) for observation in seen] == [
        (1, 1),
        (1, 1),
        (3, 0),
    ]


def test_without_a_change_the_strangest_point_is_the_onset() -> None:
    values = np.random.default_rng(1).normal(5, 1, 400)
    values[300] = 90
    (observation,) = observe([series(values)])
    assert observation.shift is None
    assert find_onset([observation]) == BEGIN + timedelta(seconds=30 * 300)
    assert find_onset(observe([series([1.0] * 100)])) is None
    assert observe([]) == []


def test_of_very_many_series_the_restless_ones_are_looked_at() -> None:
    values = [1.0, 2.0] * 40
    spiked = [*values[:50], 99.0, *values[51:]]
    seen = observe([*(series(values, f"s{n}") for n in range(405)), series(spiked, "odd")])
    assert [observation.series.name for observation in seen if observation.anomalies] == ["odd"]


def test_counters_are_looked_at_as_rates() -> None:
    made = prepare_series([series(range(10), "a_total"), series([3, 4] * 5, "b")])
    assert [series.name for series in made] == ["rate(a_total)", "b"]


def test_a_steady_climb_is_a_change_and_no_anomaly() -> None:
    climb = np.concatenate((np.zeros(600), np.linspace(0.0, 80.0, 600)))
    values = np.random.default_rng(8).normal(10.0, 0.5, 1_200) + climb
    (observation,) = observe([series(values)])
    assert observation.shift is not None
    assert observation.anomalies == ()


def test_a_series_that_stands_still_is_seen() -> None:
    values = np.random.default_rng(9).normal(10.0, 0.5, 300)
    values[100:150] = values[100]
    (observation,) = observe([series(values)])
    assert observation.still is not None
    assert (observation.still.first, observation.still.last) == (100, 149)
