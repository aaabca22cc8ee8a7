from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.series.table_layout import TableLayout, find_layout, is_number, is_time_heading


@pytest.mark.parametrize(
    ("head", "sheet"),
    [
        (b"time,a\n1,2\n", TableLayout(",", ("time", "a"), headed=True, skipped=0)),
        (
            b"1;2,5\n2;3,5\n",
            TableLayout(
                ";", ("column 1", "column 2"), headed=False, skipped=0, is_comma_decimal=True
            ),
        ),
        (b"# of june\n\nt\ta\n1\t2\n", TableLayout("\t", ("t", "a"), headed=True, skipped=2)),
        (b'"a, b","c ""d"""\n1,2\n', TableLayout(",", ("a, b", 'c "d"'), headed=True, skipped=0)),
        (b"one line, of words\n", None),
        (b"a word\nand another\n", None),
    ],
)
def test_how_a_table_is_written(head: bytes, sheet: TableLayout | None) -> None:
    assert find_layout(head) == sheet


@pytest.mark.parametrize("heading", ["time", "Timestamp", "@timestamp", "date_time", "ts", "_time"])
def test_headings_of_times(heading: str) -> None:
    assert is_time_heading(heading)


@pytest.mark.parametrize("heading", ["timeouts", "latency", "attempts", "", "p99"])
def test_headings_of_other_things(heading: str) -> None:
    assert not is_time_heading(heading)


def test_numbers() -> None:
    assert all(map(is_number, ["1", "-1.5", "1e-3", " 7 ", ".5"]))
    assert not any(map(is_number, ["", " ", "x", "1 %", "1.2.3"]))


@given(st.binary(max_size=300))
def test_any_head_is_looked_at(head: bytes) -> None:
    sheet = find_layout(head)
    assert sheet is None or len(sheet.columns) >= 2


def test_a_line_of_quotes_takes_no_time() -> None:
    find_layout(b'"' * 60_000 + b"\n" + b'",' * 30_000 + b"\n")
