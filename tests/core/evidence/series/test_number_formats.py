from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.evidence.series.findings import format_amount, format_rank, format_time


@pytest.mark.parametrize(
    ("value", "wording"),
    [
        (8.0, "8"),
        (0.123456, "0.1235"),
        (12345.678, "12,350"),
        (1_500_000.0, "1.5 M"),
        (-2.5e9, "-2.5 G"),
        (4e12, "4 T"),
        (3.14159e17, "3.14e+17"),
        (0.0, "0"),
        (1e-7, "1e-07"),
    ],
)
def test_amounts(value: float, wording: str) -> None:
    assert format_amount(value).text == wording


def test_rates_places_and_times() -> None:
    assert format_amount(2.5, "/s").text == "2.5/s"
    assert format_rank(1, 5, peers=0).text == "first of 5 series to move"
    assert format_rank(1, 5, peers=2).text == "with 2 others first of 5 series to move"
    assert format_rank(4, 5, peers=0).text == "number 4 of 5 series to move"
    at = datetime(2026, 11, 17, 2, 41, 7, tzinfo=UTC)
    assert (format_time(at, dated=False).text, format_time(at, dated=True).text) == (
        "02:41:07 UTC",
        "2026-11-17 02:41 UTC",
    )
