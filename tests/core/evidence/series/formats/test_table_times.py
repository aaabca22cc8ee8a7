from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from core.evidence.series.table_layout import find_times

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def times(*cells: str, called: bool = True) -> list[float] | None:
    read = find_times(
        pl.DataFrame({"a": list(cells)}, schema={"a": pl.String}), [(0, called)], reference=NOW
    )
    return None if read is None else read.seconds.tolist()


@pytest.mark.parametrize(
    "cell",
    ["0", "1970-01-01 00:00", "1970-01-01T00:00:00Z", "01/01/1970 00:00:00", "1970-01-01"],
)
def test_the_beginning_of_time(cell: str) -> None:
    assert times(cell, cell) == [0.0, 0.0]


def test_numbers_that_nobody_calls_times_must_be_of_our_days() -> None:
    assert times("1", "2", called=False) is None
    assert times("1700000000", "1700000060", called=False) == [1.7e9, 1.7e9 + 60]


def test_what_is_no_time() -> None:
    assert times("yesterday", "today") is None
    assert times() is None
