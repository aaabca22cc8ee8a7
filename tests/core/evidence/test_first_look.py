"""A first look finds lines that look like errors, and shows nothing that is secret."""

from __future__ import annotations

import gzip

import pytest

from core.evidence.first_look import LONGEST, SHOWN, look_at
from core.redaction.engine import Redactor

REDACTOR = Redactor(b"a key of tests")
KEY = "-----BEGIN " + "PRIVATE KEY-----\n" + "QUJDRA==\n" * 20 + "-----END PRIVATE KEY-----\n"


def test_it_counts_and_numbers_what_looks_like_errors() -> None:
    lines = ["INFO fine", "ERROR pool timeout", "INFO fine", "it failed", "panic: no", "FATAL end"]
    look = look_at("\n".join(lines).encode(), REDACTOR, is_whole=True)
    assert look
    assert (look.lines, look.troubled, len(look.shown)) == (6, 4, SHOWN)
    assert [(number, text.text) for number, text in look.shown][:2] == [
        (2, "ERROR pool timeout"),
        (4, "it failed"),
    ]


def test_half_a_line_is_not_looked_at() -> None:
    look = look_at(b"INFO fine\nERROR half a", REDACTOR, is_whole=False)
    assert look
    assert (look.lines, look.troubled) == (1, 0)


def test_secrets_are_out_of_it_those_of_several_lines_too() -> None:
    look = look_at(f"{KEY}ERROR password=hunter2-of-dana\n".encode(), REDACTOR, is_whole=True)
    assert look
    ((number, line),) = look.shown
    assert number == 0
    assert "hunter2" not in line.text


def test_a_long_line_is_cut() -> None:
    look = look_at(b"ERROR " + b"x" * 5_000, REDACTOR, is_whole=True)
    assert look
    assert len(look.shown[0][1].text) == LONGEST


@pytest.mark.parametrize("content", [gzip.compress(b"ERROR\n"), b"\0\0\0\0ERROR\n"], ids=len)
def test_what_is_no_plain_text_is_left_to_its_reading(content: bytes) -> None:
    assert look_at(content, REDACTOR, is_whole=True) is None


def test_nothing_is_nothing() -> None:
    look = look_at(b"", REDACTOR, is_whole=True)
    assert look
    assert (look.lines, look.troubled, look.shown) == (0, 0, ())
