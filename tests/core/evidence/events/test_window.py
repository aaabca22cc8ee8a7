"""Times as people give them, and the moments that they mean."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import WrongUsage
from core.evidence.events.window import (
    CountedFrom,
    DayStart,
    Edge,
    Window,
    parse_edge,
    resolve_window,
)

NEWEST = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
FIRST = datetime(2026, 11, 19, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1h", timedelta(hours=1)),
        ("90m", timedelta(minutes=90)),
        ("90 min", timedelta(minutes=90)),
        ("1.5 hours", timedelta(minutes=90)),
        ("45s", timedelta(seconds=45)),
        ("2 days", timedelta(days=2)),
        ("14:05", time(14, 5)),
        ("2:05 pm", time(14, 5)),
        ("12:05am", time(0, 5)),
        ("14:05:30 UTC", time(14, 5, 30)),
        ("Yesterday", DayStart(1)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T14:05Z", datetime(2026, 11, 20, 14, 5, tzinfo=UTC)),
        ("2026-11-20 14:05 UTC", datetime(2026, 11, 20, 14, 5, tzinfo=UTC)),
        ("2026-11-20T15:05+01:00", datetime(2026, 11, 20, 14, 5, tzinfo=UTC)),
    ],
)
def test_times_as_people_write_them(typed: str, meant: Edge) -> None:
    assert parse_edge(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("", "soon", "25:00", "14:60", "13:00 pm pm", "2026-13-01", "1y"),
        "0001-01-01T00:00+02:00",  # before all time
    ],
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(WrongUsage):
        parse_edge(typed)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(typed: str) -> None:
    try:
        edge = parse_edge(typed)
    except WrongUsage:
        return
    resolve_window(Window(since=edge), at=None, first=FIRST, newest=NEWEST)


def test_relative_times_count_back_from_the_newest_event() -> None:
    window = Window(since=timedelta(hours=1))
    resolved = resolve_window(window, at=None, first=FIRST, newest=NEWEST)
    assert (resolved.since, resolved.until) == (NEWEST - timedelta(hours=1), None)
    assert (resolved.counted_from, resolved.anchor) == (CountedFrom.NEWEST, NEWEST)


def test_or_from_a_moment_after_which_nothing_counts() -> None:
    at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    window = resolve_window(Window(since=timedelta(hours=1)), at=at, first=FIRST, newest=NEWEST)
    assert window.since == at - timedelta(hours=1)
    assert window.until == at + timedelta.resolution
    assert (window.counted_from, window.anchor) == (CountedFrom.AT, at)


@pytest.mark.parametrize(
    ("clock", "day"),
    [
        (time(14, 5), 20),  # earlier today
        (time(14, 30), 20),
        (time(23, 0), 19),  # only yesterday has it
        (time(21, 0), 20),  # no day has it: said of today
    ],
)
def test_a_time_of_day_is_on_the_day_that_has_it(clock: time, day: int) -> None:
    window = resolve_window(Window(since=clock), at=None, first=FIRST, newest=NEWEST)
    assert window.since == datetime.combine(datetime(2026, 11, day), clock, tzinfo=UTC)  # noqa: DTZ001
    assert window.counted_from is None


def test_a_window_over_midnight() -> None:
    newest = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
    window = resolve_window(
        Window(since=time(23, 50), until=time(0, 10)), at=None, first=FIRST, newest=newest
    )
    assert window.since == datetime(2026, 11, 19, 23, 50, tzinfo=UTC)
    assert window.until == datetime(2026, 11, 20, 0, 10, tzinfo=UTC)


def test_files_without_times_have_no_last_hour() -> None:
    window = resolve_window(Window(since=timedelta(hours=1)), at=None, first=None, newest=None)
    assert (window.since, window.counted_from, window.anchor) == (None, None, None)
    assert not window.known
    assert not window.holds(NEWEST)
    assert resolve_window(Window(), at=None, first=None, newest=None).known


def test_longer_ago_than_time_itself_is_everything() -> None:
    window = resolve_window(
        Window(since=timedelta(days=999_999)), at=None, first=FIRST, newest=NEWEST
    )
    assert window.since is None


def test_days_are_those_of_the_newest_event() -> None:
    yesterday = Window(since=DayStart(1), until=DayStart(0))
    window = resolve_window(yesterday, at=None, first=FIRST, newest=NEWEST)
    assert window.since == datetime(2026, 11, 19, tzinfo=UTC)
    assert window.until == datetime(2026, 11, 20, tzinfo=UTC)
    assert (window.counted_from, window.anchor) == (CountedFrom.NEWEST, NEWEST)
    assert not resolve_window(yesterday, at=None, first=None, newest=None).known
