from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.logs.timestamps import read_moments

if TYPE_CHECKING:
    from collections.abc import Sequence

LAYOUTS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%y/%m/%d %H:%M:%S%.f",
    "%d/%b/%Y:%H:%M:%S%.f",
    "%Y %b %e %H:%M:%S%.f",
    "%a %b %e %H:%M:%S%.f %Y",
    "%d/%m/%Y %I:%M:%S%.f %p",
)
MOMENT = datetime(2026, 11, 3, 9, 5, 7)  # noqa: DTZ001 - what is read is naive


def read(texts: Sequence[str | None], layout: str) -> list[datetime | None]:
    return read_moments(pl.Series(texts, dtype=pl.String), layout).to_list()


def written(moment: datetime, layout: str, fraction: str = "") -> str:
    return moment.strftime(layout.replace("%.f", fraction).replace("%e", "%d"))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("fraction", "micros"),
    [("", 0), (".5", 500_000), (".042", 42_000), (".000001", 1), (".123456789", 123_456)],
)
def test_seconds_and_their_fraction(layout: str, fraction: str, micros: int) -> None:
    texts = [written(MOMENT, layout, fraction)]
    assert read(texts, layout) == [MOMENT.replace(microsecond=micros)]


def test_a_comma_is_a_point() -> None:
    assert read(["2026-11-03 09:05:07,25"], LAYOUTS[0]) == [MOMENT.replace(microsecond=250_000)]


def test_a_day_of_one_digit_is_read_too_but_not_what_is_no_time() -> None:
    texts = ["3/Nov/2026:09:05:07.5", "13/Nov/2026:09:05:07", "31/Feb/2026:09:05:07", None, ""]
    half, later = MOMENT.replace(microsecond=500_000), MOMENT.replace(day=13)
    assert read(texts, "%d/%b/%Y:%H:%M:%S%.f") == [half, later, None, None, None]


@settings(deadline=None)
@given(
    st.lists(
        st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2068, 1, 1)),  # noqa: DTZ001
        max_size=4,
    ),
    st.sampled_from(LAYOUTS),
)
def test_what_was_written_is_read(moments: list[datetime], layout: str) -> None:
    texts = [written(moment, layout, f".{moment.microsecond:06d}") for moment in moments]
    assert read([*texts, "nonsense"], layout) == [*moments, None]
