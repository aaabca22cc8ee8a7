from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.template_counts import MAX_BUCKETS, bound_buckets, minute_of


def test_a_moment_is_in_a_step() -> None:
    assert minute_of(datetime(1970, 1, 1, 0, 17, 59, tzinfo=UTC)) == 17
    assert minute_of(datetime(1970, 1, 1, 0, 17, 59, tzinfo=UTC), 15) == 15


@given(st.dictionaries(st.integers(0, 10**7), st.integers(1, 9), max_size=2_000))
def test_nothing_is_lost(minutes: dict[int, int]) -> None:
    bounded = bound_buckets(minutes)
    assert len(bounded) <= MAX_BUCKETS
    assert sum(bounded.values()) == sum(minutes.values())
