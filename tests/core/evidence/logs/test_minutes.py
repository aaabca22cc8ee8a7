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


def counted(lines: dict[str, int]) -> dict[int, tuple[int, datetime]]:
    """By minute: how many lines, and the time of the first of them."""
    firsts = {datetime.fromisoformat(f"2026-03-02T09:{at}"): count for at, count in lines.items()}
    return {minute_of(first.replace(tzinfo=UTC)): (count, first) for first, count in firsts.items()}


@pytest.mark.parametrize(
    ("lines", "begins"),
    [
        pytest.param({"09:30": 1, "11:02": 280, "12:00": 300}, "11:02", id="one long before"),
        pytest.param({"10:19": 1, "11:40": 280, "12:00": 300}, "11:40", id="in the minute before"),
        pytest.param({"02:00": 1, "05:00": 2, "09:04": 200, "10:00": 9}, "09:04", id="a few"),
        pytest.param({"10:50": 1, "11:02": 280, "12:00": 300}, None, id="one just before"),
        pytest.param({"10:01": 2, "11:40": 280, "12:00": 300}, None, id="perhaps just before"),
        pytest.param({"09:00": 30, "11:00": 280, "12:00": 300}, None, id="many before"),
        pytest.param({"09:00": 1, "11:00": 8, "12:00": 9}, None, id="too few to tell"),
        pytest.param({"09:00": 300, "10:00": 200, "15:00": 1}, None, id="one long after"),
        pytest.param({}, None, id="none"),
    ],
)
def test_what_began_in_earnest_after_a_few_did_so_then(
    lines: dict[str, int], begins: str | None
) -> None:
    began = began_in_earnest(counted(lines))
    assert (began and f"{began:%M:%S}") == begins


def test_of_a_long_log_steps_count_as_minutes_do() -> None:
    assert began_in_earnest(counted({"00:00": 2, "05:00": 280}), step=5) is None
    assert began_in_earnest(counted({"00:00": 2, "15:00": 280}), step=5) is not None
