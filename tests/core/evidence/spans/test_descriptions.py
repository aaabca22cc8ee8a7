from __future__ import annotations

import pytest

from core.evidence.spans.descriptions import SpanWords, format_duration, times
from core.redaction.engine import Redactor


@pytest.mark.parametrize(
    ("micros", "wording"),
    [
        (0, "0 µs"),
        (999, "999 µs"),
        (45_000, "45 ms"),
        (2_340_000, "2.34 s"),
        (119_000_000, "119 s"),
        (200_000_000, "3 min 20 s"),
    ],
)
def test_durations_are_told_to_the_figure_that_matters(micros: int, wording: str) -> None:
    assert format_duration(micros).text == wording


def test_once_is_not_one_times() -> None:
    assert [times(count).text for count in (1, 2)] == ["once", "2 times"]


def test_what_has_no_name_is_called_so_and_what_is_said_is_redacted() -> None:
    words = SpanWords("traces.json", Redactor(b"key"))
    assert words.at("", "GET /").text == "(unnamed) GET /"
    assert words.quoted("").text == ""
    quoted = words.quoted("refused for dana@example.com\nagain").text
    assert quoted.startswith(': "refused for «email-')
    assert "\n" not in quoted
