"""The picture says what the timeline says: read from its SVG, whose text is text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.evidence.model import Level, Locus
from core.evidence.pictures.timeline import draw_timeline
from core.evidence.pictures.timeline_layout import MAX_LISTED
from core.evidence.timeline import EntryKind, Onset, OnsetSign, Timeline, TimelineEntry
from core.text.redacted import RedactedText

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
PNG = b"\x89PNG"


def entry(
    seconds: float, sort: EntryKind, *, lane: RedactedText, own_s: float = 0.0
) -> TimelineEntry:
    at = NOON + timedelta(seconds=seconds)
    minute = int(at.timestamp()) // 60
    return TimelineEntry(
        at=at,
        told_at=at + timedelta(seconds=own_s),
        sort=sort,
        text=RedactedText.format("something $x_1$ happened & <b>"),
        lane=lane,
        level=Level.ERROR,
        until=at + timedelta(minutes=2),
        buckets={minute: 5, minute + 1: 50},
    )


def incident(entries: tuple[TimelineEntry, ...]) -> Timeline:
    locus = Locus(file="api.log", line_start=1, line_end=1)
    sign = OnsetSign(at=NOON, text=RedactedText.format("broke"), locus=locus)
    return Timeline(
        entries=entries,
        onset=Onset(at=NOON, signs=(sign, sign), of=3),
        notes=(RedactedText.format("The clock of api.log is ahead"),),
    )


EVERY_SORT = tuple(
    entry(n * 7, sort, lane=RedactedText.format("api")) for n, sort in enumerate(EntryKind)
)


def test_it_is_a_file_of_the_form_asked_for() -> None:
    assert draw_timeline(incident(EVERY_SORT), "png").content.startswith(PNG)
    svg = draw_timeline(incident(EVERY_SORT), "svg").content
    assert svg.startswith(b"<?xml")


def test_it_says_the_onset_the_lanes_and_the_clocks() -> None:
    svg = texts(
        incident(
            (*EVERY_SORT, entry(-30, EntryKind.CHANGE, lane=RedactedText.format("db"), own_s=3))
        )
    )
    for label in ("onset 12:00:00 UTC", "2 of 3 files", "api", "db", "12:00:07", "11:59:30"):
        assert label in svg
    assert "Clocks: The clock of api.log is ahead" in svg
    assert "own clock 11:59:33" in svg
    assert "$x_1$" in svg  # no formula


def test_hours_away_from_the_onset_are_counted_and_not_drawn() -> None:
    far = [
        entry(-86_400, EntryKind.CHANGE, lane=RedactedText.format("db")),
        entry(90_000, EntryKind.ALERT, lane=LANE),
    ]
    svg = texts(incident((*EVERY_SORT, *far)))
    assert "Not shown: 1 earlier and 1 later entries" in svg


def test_of_very_many_entries_the_most_telling_are_listed() -> None:
    many = tuple(
        entry(n, sort, lane=RedactedText.format("{n}", n=n % 40))
        for n, sort in enumerate([*EntryKind] * 20)
    )
    svg = texts(incident(many))
    assert svg.count("something") == MAX_LISTED
    assert "others" in svg


@pytest.mark.parametrize("timeline", [Timeline(), Timeline(entries=EVERY_SORT[:1])])
def test_with_next_to_nothing_it_is_still_a_picture(timeline: Timeline) -> None:
    assert draw_timeline(timeline, "png").content.startswith(PNG)


LANE = RedactedText.format("alerts")


def texts(timeline: Timeline) -> str:
    """matplotlib draws letters as shapes, and leaves each text in a comment."""
    return draw_timeline(timeline, "svg").content.decode()
