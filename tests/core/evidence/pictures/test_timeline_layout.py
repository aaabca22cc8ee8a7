from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.evidence.model import Level, Locus
from core.evidence.pictures.timeline_layout import number_entries, short_names, window_of
from core.evidence.timeline import EntryKind, Onset, OnsetSign, Timeline, TimelineEntry
from core.text.redacted import RedactedText

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)


def entry(minutes: float, sort: EntryKind = EntryKind.ERROR) -> TimelineEntry:
    at = NOON + timedelta(minutes=minutes)
    text = RedactedText.format("it broke")
    return TimelineEntry(
        at=at, told_at=at, sort=sort, text=text, lane=RedactedText.format("api"), level=Level.ERROR
    )


def timeline(*entries: TimelineEntry, onset: datetime | None = None) -> Timeline:
    sign = OnsetSign(
        at=NOON,
        text=RedactedText.format("broke"),
        locus=Locus(file="a.log", line_start=1, line_end=1),
    )
    began = None if onset is None else Onset(at=onset, signs=(sign,), of=1)
    return Timeline(entries=entries, onset=began, notes=())


def test_an_onset_before_the_first_entry_is_in_the_window() -> None:
    onset = NOON - timedelta(minutes=8)
    window = window_of(timeline(entry(0), onset=onset))
    assert window.first < onset < NOON < window.last


def test_what_lies_long_before_or_after_the_onset_is_counted_only() -> None:
    window = window_of(timeline(entry(-300), entry(0), entry(500), onset=NOON))
    assert [entry.at for entry in window.entries] == [NOON]
    assert (window.earlier, window.later) == (1, 1)


def test_numbers_follow_the_order_of_the_list_when_times_are_equal() -> None:
    drawn = timeline(entry(0, EntryKind.CHANGE), entry(0, EntryKind.ERROR), entry(0, EntryKind.NEW))
    numbers = number_entries(window_of(drawn), drawn)
    assert [numbers[id(entry)] for entry in drawn.entries] == [1, 2, 3]


def test_names_that_begin_alike_are_told_by_their_ends() -> None:
    names = [
        RedactedText.format(text)
        for text in ("the-very-long-name-1", "the-very-long-name-2", "api")
    ]
    short = [short_names(names, 10)[name].text for name in names]
    assert short == ["…ng-name-1", "…ng-name-2", "api"]
    assert short_names(names[:1], 10)[names[0]].text == "the-very-…"
