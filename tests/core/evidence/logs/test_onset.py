from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.trends import find_onset


def test_errors_that_come_at_once() -> None:
    quiet = dict.fromkeys(range(100, 160, 10), 1)
    assert find_onset(quiet | dict.fromkeys(range(160, 170), 20), first=100, last=180) == 160


def test_a_burst_that_ends_again() -> None:
    assert find_onset({130: 40, 131: 30}, first=100, last=400) == 130


def test_steady_errors_are_usual() -> None:
    assert (
        find_onset({minute: 2 + minute % 2 for minute in range(100, 200)}, first=100, last=199)
        is None
    )


def test_errors_from_the_start_have_no_onset() -> None:
    assert find_onset({100: 50, 101: 50}, first=100, last=160) is None


def test_few_errors_are_chance() -> None:
    assert find_onset({150: 2}, first=100, last=160) is None


def test_a_short_log_and_one_without_errors() -> None:
    assert find_onset({100: 50}, first=100, last=101) is None
    assert find_onset({}, first=100, last=400) is None


def test_a_log_of_a_thousand_years_is_looked_at_in_longer_steps() -> None:
    far = 100 + 60 * 24 * 365 * 1000
    assert find_onset({far - 10: 100, 100: 1}, first=100, last=far) is not None


@given(
    st.dictionaries(st.integers(0, 300), st.integers(1, 50), max_size=20),
    st.sampled_from([1, 5, 15]),
)
def test_an_onset_is_a_minute_of_the_log_with_errors_from_it_on(
    minutes: dict[int, int], step: int
) -> None:
    onset = find_onset(minutes, first=0, last=300, step=step)
    if onset is not None:
        assert 0 < onset <= 300
        assert any(onset <= minute < onset + step for minute in minutes)
