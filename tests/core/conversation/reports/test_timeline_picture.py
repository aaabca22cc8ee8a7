"""The picture of a report: an SVG whose words are text, and which no word can change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.reports.timeline_picture import draw_report_timeline, ticks
from core.evidence.model import Locus
from core.evidence.timeline import EntryKind, Onset, OnsetSign, Timeline, TimelineEntry
from core.text.redacted import RedactedText, restore_redacted

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def entry(seconds: float, sort: EntryKind = EntryKind.ERROR, lane: str = "api") -> TimelineEntry:
    at = NOON + timedelta(seconds=seconds)
    text = RedactedText.format("it broke")
    return TimelineEntry(at=at, told_at=at, sort=sort, text=text, lane=restore_redacted(lane))


def drawn(*entries: TimelineEntry, onset: datetime | None = None) -> Element:
    sign = OnsetSign(
        at=NOON, text=RedactedText.EMPTY, locus=Locus(file="a", line_start=1, line_end=1)
    )
    known = Onset(at=onset, signs=(sign,), of=1) if onset else None
    timeline = Timeline(entries=entries, onset=known)
    return fromstring(draw_report_timeline(timeline, entries))  # noqa: S314 - our own


def words(svg: Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def test_every_sort_has_a_mark_its_number_and_a_word_in_the_legend() -> None:
    # Of people the last entry is not in the window: it begins and ends with what machines saw.
    sorts = sorted(EntryKind, key=lambda sort: sort is not EntryKind.PERSON)
    svg = drawn(entry(0), *(entry(n * 7, sort) for n, sort in enumerate(sorts, 1)), onset=NOON)
    texts = set(words(svg))
    assert {str(number) for number in range(1, len(EntryKind) + 2)} <= texts
    assert len(list(svg.iter(f"{SVG}path"))) == 2 * len(EntryKind) + 1
    assert {"onset 12:00:00 UTC", "api", "2026-11-19 UTC", "alert", "known failure"} <= texts


def test_nothing_at_a_known_time_is_no_picture() -> None:
    assert draw_report_timeline(Timeline(), ()) == b""


def test_the_same_timeline_makes_the_same_bytes() -> None:
    entries = (entry(0), entry(9, EntryKind.ALERT, "alerts"))
    timeline = Timeline(entries=entries)
    again = replace(timeline)
    assert draw_report_timeline(timeline, entries) == draw_report_timeline(again, entries)


def test_marks_of_one_lane_do_not_lie_on_each_other() -> None:
    svg = drawn(*(entry(n / 10) for n in range(12)), entry(600))
    places = [path.get("transform") for path in svg.iter(f"{SVG}path")]
    assert len(set(places)) == len(places)


@given(st.text(max_size=60))
def test_a_lane_of_any_name_is_text_and_nothing_else(name: str) -> None:
    svg = drawn(entry(0, lane=name))
    assert {child.tag for child in svg} <= {
        f"{SVG}{tag}" for tag in ("rect", "line", "text", "path")
    }


def test_a_name_that_would_be_markup_is_text() -> None:
    assert "<script>&]]>" in words(drawn(entry(0, lane="<script>&]]>")))


@pytest.mark.parametrize("seconds", [0.5, 40, 3_000, 90_000, 4e6, 4e8])
def test_ticks_are_round_and_few(seconds: float) -> None:
    times = ticks(NOON, NOON + timedelta(seconds=seconds))
    assert len(times) <= 9
    steps = {second - first for first, second in pairwise(times)}
    assert len(steps) <= 1
