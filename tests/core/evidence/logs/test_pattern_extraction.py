from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.logs.masks import Headers, extract, fill_missing, first_non_null, nulls

THROUGH = r"^[\[<(]?(?:[0-9:]{5})[\]>)]? *"
LEVEL = THROUGH + "([A-Z]+) *"
HEAD = THROUGH + "(?:[A-Z]+) *"


def series(*texts: str | None) -> pl.Series:
    return pl.Series("line", texts, dtype=pl.String)


def headers(lines: pl.Series) -> Headers:
    return Headers.of(lines, lines.str.replace(HEAD, ""), through=THROUGH)


def test_of_headers_that_differ_in_their_time_one_is_read() -> None:
    lines = series(*(f"[10:{n:02d}] {'WARN' if n % 7 else 'INFO'} disk {n}" for n in range(60)))
    learnt = headers(lines)
    assert learnt.firsts is not None
    assert learnt.firsts.to_list() == [lines[0], lines[1]]
    assert learnt.taken(LEVEL).to_list() == extract(lines, LEVEL).to_list()


def test_headers_that_are_all_different_are_all_read() -> None:
    lines = series(*(f"10:{n:02d} {chr(65 + n)} up" for n in range(20)))
    learnt = headers(lines)
    assert learnt.firsts is None
    assert learnt.taken(LEVEL).to_list() == [chr(65 + n) for n in range(20)]


def test_a_pattern_that_begins_otherwise_reads_every_line() -> None:
    lines = series(*(f"10:{n:02d} INFO disk {n}" for n in range(40)))
    assert headers(lines).taken("disk ([0-9]+)").to_list() == [str(n) for n in range(40)]


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["", "10:00", "10:00 ", "INFO", "10:00 INFO", "INFO 10:00 INFO x"]),
            st.from_regex(r"\A[\[<(]?[0-9:]{5}[\]>)]? {0,2}[AB]{0,2} {0,2}[A-Za-z]{0,3}\Z"),
            st.text(max_size=8),
        ),
        max_size=12,
    )
)
def test_what_is_taken_is_the_same_for_any_lines(texts: list[str]) -> None:
    lines = series(*(texts * 5))
    assert headers(lines).taken(LEVEL).to_list() == extract(lines, LEVEL).to_list()


def test_no_pattern_takes_nothing() -> None:
    lines = series("10:00 INFO up", "10:01 INFO up")
    assert headers(lines).taken("").to_list() == nulls(lines).to_list() == [None, None]


def test_only_what_is_missing_is_filled() -> None:
    texts = series("a1", "b2", "c", None)
    assert fill_missing(series("x", None, None, None), texts, "([0-9])").to_list() == [
        "x",
        "2",
        None,
        None,
    ]
    many = series(*(["x"] * 20), None)
    assert fill_missing(many, series(*(["n7"] * 21)), "([0-9])").to_list()[-2:] == ["x", "7"]
    assert first_non_null(series(None, "a"), series("b", "c")).to_list() == ["b", "a"]
