from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.template_counts import (
    MAX_BUCKETS,
    began_in_earnest,
    bound_buckets,
    minute_of,
)


def test_a_moment_is_in_a_step() -> None:
    assert minute_of(datetime(1970, 1, 1, 0, 17, 59, tzinfo=UTC)) == 17
    assert minute_of(datetime(1970, 1, 1, 0, 17, 59, tzinfo=UTC), 15) == 15


@given(st.dictionaries(st.integers(0, 10**7), st.integers(1, 9), max_size=2_000))
def test_nothing_is_lost(minutes: dict[int, int]) -> None:
    bounded = bound_buckets(minutes)
    assert len(bounded) <= MAX_BUCKETS
    assert sum(bounded.values()) == sum(minutes.values())


@pytest.mark.parametrize(
    ("minutes", "begins"),
    [
        pytest.param({9: 1, 11: 280, 12: 300}, 11, id="one long before"),
        pytest.param({2: 1, 5: 2, 9: 200, 10: 90}, 9, id="a few, again and again"),
        pytest.param({10: 1, 11: 280, 12: 300}, None, id="one just before"),
        pytest.param({9: 30, 11: 280, 12: 300}, None, id="many before"),
        pytest.param({9: 1, 11: 8, 12: 9}, None, id="too few to tell"),
        pytest.param({9: 300, 10: 200, 15: 1}, None, id="one long after"),
        pytest.param({}, None, id="none"),
    ],
)
def test_what_began_in_earnest_after_a_few_did_so_then(
    minutes: dict[int, int], begins: int | None
) -> None:
    assert began_in_earnest(minutes) == begins


def test_of_a_long_log_steps_count_as_minutes_do() -> None:
    assert began_in_earnest({0: 1, 5: 280}, step=5) is None
    assert began_in_earnest({0: 1, 15: 280}, step=5) == 15
