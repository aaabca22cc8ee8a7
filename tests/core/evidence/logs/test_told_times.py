"""What people write down is of the day above it, at the clock in its line."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from core.evidence.logs.told_times import told_moment

WRITTEN = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (
            "# Diary of 2026-03-04\n\n- 10:15 pool set to 4",
            datetime(2026, 3, 4, 10, 15, tzinfo=UTC),
        ),
        ("- 10:15:30 pool set to 4", datetime(2026, 3, 5, 10, 15, 30, tzinfo=UTC)),
        ("10h15 réduit le pool", datetime(2026, 3, 5, 10, 15, tzinfo=UTC)),
        ("2026-03-04 10:15 pool set to 4", datetime(2026, 3, 4, 10, 15, tzinfo=UTC)),
        (
            "Date: Wed, 4 Mar 2026 11:15:00 +0100\n\nWe set the pool to 4.",
            datetime(2026, 3, 4, 10, 15, tzinfo=UTC),
        ),
        ("Wed Mar  4 10:15:00 UTC 2026\n$ reboot", datetime(2026, 3, 4, 10, 15, tzinfo=UTC)),
        (
            "Starting Liquibase at 10:15:30 using Java 17\nRunning Changeset: a.sql::1::dana",
            datetime(2026, 3, 5, 10, 15, 30, tzinfo=UTC),
        ),
        ("Starting at 29:15:30\nRunning Changeset: a.sql::1::dana", None),
        ("We set the pool to 4.", None),
        ("It took 10:15 min to set the pool", None),
        ("ratio 3:45:12:9 of the pool", None),
    ],
)
def test_when_what_the_last_line_tells_was(text: str, moment: datetime | None) -> None:
    lines = pl.Series(text.split("\n"))
    assert told_moment(lines, len(lines) - 1, reference=WRITTEN) == moment
