"""Rows of a table have values for words; sentences do not."""

from __future__ import annotations

from core.evidence.logs.table_rows import mask_rows


def test_what_differs_in_a_column_is_a_value() -> None:
    rows = [f'* [*] hall * {way} * * * "{verb} *"' for way, verb in (("SC", "GET"), ("*", "PUT"))]
    assert set(mask_rows(rows)) == {'* [*] hall * * * * * "*"'}


def test_short_rows_are_told_by_their_request() -> None:
    rows = ["GET * - DIRECT/* -", "GET * ann NONE/- text/html"]
    assert set(mask_rows(rows)) == {"GET * * * *"}
    rows = ["lit * - * -", "lit * ann * -"]
    assert mask_rows(rows) == rows


def test_rows_of_other_columns_stay_apart() -> None:
    rows = ['* [*] hall * * * * * "*"', "* [*] hall * * * * * {*}", "* [*] hall * * * * *"]
    assert mask_rows(rows) == rows


def test_sentences_and_fields_are_no_rows() -> None:
    for lines in (
        ["* * * * * * lamp broke", "* * * * * * lamp recovered"],
        ["lamp * of * is * and * lit", "lamp * of * is * and * dim"],
        ["* * * * * * * a=on", "* * * * * * * a=off"],
    ):
        assert mask_rows(lines) == lines


def test_what_was_sent_is_no_value_of_a_column() -> None:
    rows = ['* - id:* "*" =>> [JOIN * *]', '* - id:* "*" =>> [PART * *]']
    assert mask_rows(rows) == rows


def test_calls_are_no_cells() -> None:
    lines = [f'"*", *, light_lamps light_lamps({when}) *' for when in ("start", "end")]
    assert mask_rows(lines) == lines
