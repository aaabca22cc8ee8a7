from __future__ import annotations

import re
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.timestamps import ZONE, offset_of, offsets_of


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("Z", 0),
        (" UTC", 0),
        ("+01:00", 1),
        (" -0730", -7.5),
        ("+05", 5),
        (" CEST", 2),
        (" (PST)", -8),
        (" GMT+0200", 2),
        (" IST", 5.5),
    ],
)
def test_offsets_and_names(zone: str, hours: float) -> None:
    assert re.fullmatch(ZONE, zone)
    assert offset_of(zone) == timedelta(hours=hours)


@pytest.mark.parametrize("zone", ["", " XYZ", "+99:00", " utterly"])
def test_what_is_no_zone(zone: str) -> None:
    assert offset_of(zone) is None


def test_of_many_lines_those_without_a_zone_are_of_utc() -> None:
    series = offsets_of(pl.Series([" EST", None, "+01:00", "nonsense"]))
    assert series.to_list() == [timedelta(hours=hours) for hours in (-5, 0, 1, 0)]


@given(st.text(max_size=40))
def test_any_text_has_an_offset_or_none(text: str) -> None:
    offset = offset_of(text)
    assert offset is None or abs(offset) <= timedelta(hours=14)
