from __future__ import annotations

import numpy as np

from core.evidence.series.observations import find_pairs
from tests.core.evidence.series.sample_series import series

CHANCE = np.random.default_rng(9)


def walk(length: int = 200) -> np.ndarray:
    return np.cumsum(CHANCE.normal(0, 1, length))


def test_one_follows_the_other_by_a_lag() -> None:
    base = walk(220)
    first, later = base[20:], base[16:216] * 3 + 5
    pairs = find_pairs([series(first, "cause"), series(later, "effect")])
    (pair,) = pairs
    assert (pair.first, pair.second, pair.lag) == (0, 1, 120.0)
    assert pair.correlation > 0.99
    (turned,) = find_pairs([series(later, "effect"), series(first, "cause")])
    assert (turned.first, turned.second, turned.lag) == (1, 0, 120.0)


def test_against_each_other_at_once() -> None:
    base = walk()
    (pair,) = find_pairs([series(base), series(-base)])
    assert (pair.lag, round(pair.correlation, 3)) == (0.0, -1.0)


def test_noise_of_two_does_not_correlate_and_few_points_say_nothing() -> None:
    noise = [series(CHANCE.normal(0, 1, 200)) for _ in range(4)]
    assert find_pairs(noise) == []
    assert find_pairs([series([1, 2, 3]), series([1, 2, 3])]) == []
    assert find_pairs([series([1.0] * 50), series([2.0] * 50)]) == []


def test_other_times_are_brought_together() -> None:
    base = walk(400)
    halved = series(base[::2], step=60.0)
    (pair,) = find_pairs([series(base), halved])
    assert pair.correlation > 0.95


def test_a_group_that_moves_as_one_is_told_by_as_many_pairs_as_connect_it() -> None:
    base = walk()
    pairs = find_pairs([series(base + CHANCE.normal(0, 0.01, 200)) for _ in range(5)])
    assert len(pairs) == 4
    assert {at for pair in pairs for at in (pair.first, pair.second)} == set(range(5))
