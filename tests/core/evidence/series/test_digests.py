from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.series.digests import COLUMNS, MAX_MOVES_PER_SERIES, Digest, make_digests
from tests.core.evidence.series.sample_series import START, series


def only(values: list[float], name: str = "latency", **other: object) -> Digest:
    (digest,) = make_digests([series(values, name, **other)])  # type: ignore[arg-type]
    return digest


def scatter(count: int, level: float = 100.0) -> list[float]:
    """The same in every test, in whichever order they run."""
    noise = np.random.default_rng([count, int(level)]).standard_normal(count)
    return list(level * (1 + 0.02 * noise))


def test_a_step_is_where_it_is() -> None:
    digest = only(scatter(30) + scatter(10, 300.0))
    strongest = max(digest.moves, key=lambda move: move.strength)
    assert strongest.at == START + 30 * 30
    assert strongest.strength > 10
    assert strongest.before == pytest.approx(100, rel=0.1)
    assert strongest.after == pytest.approx(300, rel=0.1)


def test_a_fall_is_below_nothing() -> None:
    (first, *_) = only(scatter(30) + scatter(10, 20.0)).moves
    assert first.strength < 0


def test_scatter_alone_is_no_strong_move() -> None:
    assert all(abs(move.strength) < 3 for move in only(scatter(120)).moves)


def test_a_restless_series_has_strong_ordinary_jumps() -> None:
    restless = only(list(np.random.default_rng(3).exponential(100.0, 120) ** 2))
    assert restless.usual > only(scatter(120)).usual


def test_what_idles_beside_its_peers_does_not_count() -> None:
    busy = [series(scatter(40, 1000.0), "cpu", service=f"s{n}") for n in range(5)]
    idle = series(scatter(30, 1.0) + scatter(10, 3.0), "cpu", service="idle")
    assert make_digests([*busy, idle])[-1].moves == ()
    assert make_digests([idle])[-1].moves != ()


def test_a_share_of_what_is_good_falls_by_little_whatever_its_peers_are() -> None:
    whole = [series([100.0] * 40, "availability", service=f"s{n}") for n in range(5)]
    failing = series([100.0] * 30 + [98.5] * 10, "availability", service="cart")
    fall = min(make_digests([*whole, failing])[-1].moves, key=lambda move: move.strength)
    assert (fall.before, fall.after) == (100.0, 98.5)
    assert (
        make_digests([*whole, series([100.0] * 30 + [99.8] * 10, "availability")])[-1].moves == ()
    )


def test_values_that_miss_are_no_moves() -> None:
    gaps = [100.0 if n % 3 else float("nan") for n in range(60)]
    assert only(gaps).moves == ()


def test_a_long_file_is_averaged() -> None:
    digest = only(scatter(20 * COLUMNS) + scatter(2 * COLUMNS, 300.0))
    strongest = max(digest.moves, key=lambda move: move.strength)
    assert abs(strongest.at - (START + 30 * 20 * COLUMNS)) < 30 * 60


def test_of_too_few_points_nothing_is_told() -> None:
    assert make_digests([series([1.0, 2.0, 9.0])]) == []


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=40), max_size=4
    )
)
def test_any_series_do(tables: list[list[float]]) -> None:
    for digest in make_digests([series(values) for values in tables]):
        assert len(digest.moves) <= MAX_MOVES_PER_SERIES
        assert all(np.isfinite(move.strength) for move in digest.moves)
        assert [move.at for move in digest.moves] == sorted(move.at for move in digest.moves)


@settings(max_examples=25)
@given(st.floats(1e-3, 1e6), st.integers(-(10**6), 10**6))
def test_units_and_the_time_of_day_change_nothing(unit: float, later: int) -> None:
    values = np.array([5.0, 6.0, 5.5, 6.1, 5.2] * 5 + [20.0, 21.0, 22.0, 20.0])
    times = START + 60.0 * np.arange(len(values))
    moves = make_digests([series(values, times=times)])[0].moves
    other = make_digests([series(values * unit, times=times + later)])[0].moves
    assert [move.strength for move in moves] == pytest.approx([move.strength for move in other])
    assert [move.at + later for move in moves] == [move.at for move in other]


def test_what_moves_while_a_series_begins_is_no_move() -> None:
    """A process that starts is slow at first; nobody knows what is usual yet."""
    values = [0.1] * 4 + [9.0] * 60
    (early,) = make_digests([series(values, "shop|latency", step=5.0)])
    (later,) = make_digests([series([0.1] * 12 + [9.0] * 60, "shop|latency", step=5.0)])
    assert not early.moves
    assert later.moves
