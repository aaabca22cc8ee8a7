"""What a model asks for by times of the day, and what the lines of a log show then."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from core.investigation.consultation.time_spans import clock_ahead, span_near
from tests.core.investigation.sample_situations import T0, LogLines, a_log

pytestmark = pytest.mark.unit

DAY = datetime(2026, 11, 24, 23, 44, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_lines_on_a_local_clock_show_another_time() -> None:
    clocks = span_near(DAY, "23:44:20", "23:45:00").clocks(HOUR)
    assert clocks.holds(time(0, 44, 31))
    assert not clocks.holds(time(23, 44, 31))


@pytest.mark.parametrize(("since", "until"), [("23:50:00", ""), ("", "00:10:00")])
def test_a_span_without_an_end_holds_a_midnight(since: str, until: str) -> None:
    clocks = span_near(DAY, since, until).clocks(timedelta())
    assert clocks.holds(time(23, 59, 59))
    assert clocks.holds(time(0, 0, 1))
    assert not clocks.holds(time(12, 30) if since else time(12, 0))


def test_without_a_span_every_line_is_within() -> None:
    assert not span_near(DAY, "", "").clocks(HOUR)


@pytest.mark.parametrize("ahead", [timedelta(), HOUR, timedelta(hours=5, minutes=30), -3 * HOUR])
def test_how_far_a_clock_is_ahead_shows_in_a_line(ahead: timedelta) -> None:
    at = T0 + timedelta(seconds=600)
    _, findings = a_log("shop", LogLines(text=f"{at + ahead:%Y-%m-%d %H:%M:%S} ERROR it broke"))
    assert clock_ahead(findings) == ahead
