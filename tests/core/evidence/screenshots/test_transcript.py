from __future__ import annotations

import pytest

from core.evidence.screenshots.transcript import lines_of, mend_times
from tests.core.evidence.screenshots.drawings import words_of

LINES = ["Traceback (most recent call last):", '    File "shop.py", line 3', "WARN   gone"]


def test_lines_keep_their_indentation_and_their_columns() -> None:
    assert lines_of(words_of(LINES)) == LINES


def test_what_is_hardly_text_is_left_out() -> None:
    assert lines_of(words_of(["~|-=_"], confidence=0.2)) == []
    assert lines_of([]) == []


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("2O26-11-22T1O:00:0l.l23Z ERROR Oops", "2026-11-22T10:00:01.123Z ERROR Oops"),
        ("2026-11-22 I0:S0:00,1O0 INFO So", "2026-11-22 10:50:00,100 INFO So"),
        ("[l0:00:0O] ready", "[10:00:00] ready"),
    ],
)
def test_digits_of_times_are_mended(read: str, meant: str) -> None:
    assert mend_times(read) == meant


@pytest.mark.parametrize("line", ["id=1O0l5S", "SOS:IO:SO is no time", "Oslo-11-22x", "O 1 l"])
def test_nothing_else_is_mended(line: str) -> None:
    assert mend_times(line) == line
