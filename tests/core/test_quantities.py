from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.conversation.cards import quotes
from core.text import quantities
from core.text.redacted import RedactedText
from tests.examples import API_LOG, BROKEN, DB_LOG, READING

NOW = datetime(2026, 3, 4, 2, 53, tzinfo=UTC)


@pytest.mark.parametrize(
    ("past", "text"),
    [
        (timedelta(seconds=40), "02:52 UTC (40 s ago)"),
        (timedelta(minutes=12), "02:41 UTC (12 min ago)"),
        (timedelta(hours=2), "00:53 UTC (2 h ago)"),
        (timedelta(hours=3, minutes=20), "03 Mar 23:33 UTC (3 h 20 min ago)"),
        (timedelta(days=2, hours=4, minutes=9), "01 Mar 22:44 UTC (2 d 4 h ago)"),
        (timedelta(minutes=-12), "03:05 UTC (in 12 min)"),
    ],
)
def test_times_are_absolute_and_relative(past: timedelta, text: str) -> None:
    assert quantities.when(NOW - past, NOW).text == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.72, "72 %"), (0.999, "99 %"), (1.0, "99 %"), (0.001, "1 %"), (0, "1 %")]
)
def test_nothing_is_said_to_be_certain(share: float, text: str) -> None:
    assert quantities.percent(share).text == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (212_400_000, "212 MB"), (10**12, "1.0 TB")],
)
def test_sizes(number: int, text: str) -> None:
    assert quantities.size(number).text == text


def test_counts_have_their_noun() -> None:
    assert quantities.counted(1, "alert", "alerts").text == "1 alert"
    assert quantities.counted(1204, "alert", "alerts").text == "1,204 alerts"


def test_evidence_is_counted_by_kind_and_what_could_not_be_read_too() -> None:
    text = quotes.evidence([API_LOG, READING, BROKEN, DB_LOG], alerts=3).text
    assert text == "2 logs, 1 being read, 1 not read, 3 alerts"
    assert quotes.evidence([], alerts=0) == RedactedText.EMPTY


def test_a_text_is_cut_by_columns_not_characters() -> None:
    wide = RedactedText.format("连接池已耗尽连接池已耗尽连接池已耗尽")
    fitted = quantities.fit(wide, 20)
    assert quantities.width(fitted) <= 20
    assert fitted.text.endswith("…")
    assert quantities.fit(RedactedText.format("short"), 20).text == "short"


def test_lists_count_what_they_leave_out() -> None:
    names = [RedactedText.format("a"), RedactedText.format("b"), RedactedText.format("c")]
    assert quantities.listed(names, most=2).text == "a, b and 1 more"
