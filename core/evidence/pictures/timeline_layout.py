"""Lays out the picture of a timeline: its window, its lanes, its numbers and the list below it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.evidence.pictures.style import FAINT, SMALL, moment, write
from core.evidence.timeline import EntryKind, Timeline, TimelineEntry
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.axes import Axes

say = sentences("evidence.timeline_layout")

MAX_LISTED = 16
MAX_LANES = 14
_BEFORE, _AFTER = timedelta(minutes=30), timedelta(hours=3)  # of the onset are shown
_MARK_SHARE = 0.03  # of the width is taken by a mark with its number
_MARGIN = 0.02
_SHORTEST = timedelta(minutes=1)  # window
_NOTHING = datetime(1970, 1, 1, tzinfo=UTC)
# Which entries get a number first.
_TELLING = (
    EntryKind.ALERT,
    EntryKind.ERROR,
    EntryKind.SPAN,
    EntryKind.CHANGE,
    EntryKind.BURST,
    EntryKind.METRIC,
    EntryKind.SIGN,
    EntryKind.NEW,
    EntryKind.GONE,
    EntryKind.ENDED,
    EntryKind.PERSON,
)


@dataclass(frozen=True)
class PictureWindow:
    """The entries that are shown, and how many lie before and after them."""

    entries: tuple[TimelineEntry, ...]
    first: datetime
    last: datetime
    earlier: int
    later: int

    @property
    def width(self) -> float:
        return moment(self.last) - moment(self.first)


@dataclass
class Lane:
    """Entries of one lane, with the row (0 is the lowest) of each, and where the lane begins."""

    name: RedactedText
    entries: list[tuple[TimelineEntry, int]]
    rows: int
    bottom: int = 0


def window_of(timeline: Timeline) -> PictureWindow:
    """The hours around the onset; all that is told where none is known."""
    machine = [entry for entry in timeline.entries if entry.sort is not EntryKind.PERSON]
    telling = machine or list(timeline.entries)
    first = min((entry.at for entry in telling), default=_NOTHING)
    last = max((_end(entry) for entry in telling), default=_NOTHING)
    if timeline.onset is not None:
        onset = timeline.onset.at  # It may lie before the first entry: a log begins to go wrong.
        first = min(onset, max(first, onset - _BEFORE))
        last = max(onset, min(last, onset + _AFTER))
    shown = tuple(entry for entry in timeline.entries if first <= entry.at <= last)
    pad = max((last - first) * _MARGIN, (_SHORTEST - (last - first)) / 3)
    return PictureWindow(
        entries=shown,
        first=first - pad,
        last=last + 2 * pad,
        earlier=sum(entry.at < first for entry in timeline.entries),
        later=sum(entry.at > last for entry in timeline.entries),
    )


def _end(entry: TimelineEntry) -> datetime:
    """A burst lasts; what else has a last time may have been rare since."""
    return max(entry.at, entry.until or entry.at) if entry.sort is EntryKind.BURST else entry.at


def number_entries(window: PictureWindow, timeline: Timeline) -> dict[int, int]:
    """The number of the most telling entries (by their identity), in the order of time."""
    onset = timeline.onset.at if timeline.onset else window.first

    def telling(candidate: TimelineEntry) -> tuple[int, float]:
        return _TELLING.index(candidate.sort), abs((candidate.at - onset).total_seconds())

    best: list[TimelineEntry] = []
    for entry in sorted(window.entries, key=telling):
        of_sort = sum(other.sort is entry.sort for other in best)
        if of_sort < MAX_LISTED // 3:
            best.append(entry)
    chosen = {id(entry) for entry in best[:MAX_LISTED]}
    listed = [id(entry) for entry in window.entries if id(entry) in chosen]
    return {entry: number for number, entry in enumerate(listed, start=1)}


def lanes_of(window: PictureWindow, numbers: dict[int, int]) -> list[Lane]:
    """In the order in which trouble reached them; the least told share the last."""
    groups: dict[RedactedText, list[TimelineEntry]] = {}
    for entry in sorted(
        window.entries, key=lambda entry: (entry.sort is EntryKind.CHANGE, entry.at)
    ):
        groups.setdefault(entry.lane, []).append(entry)
    names = list(groups)
    for name in names[MAX_LANES:]:
        groups.setdefault(say("others"), []).extend(groups.pop(name))
    lanes = [_packed(name, entries, window, numbers) for name, entries in groups.items()]
    bottom = 0
    for lane in reversed(lanes):
        lane.bottom = bottom
        bottom += lane.rows
    return lanes


def _packed(
    name: RedactedText,
    entries: Iterable[TimelineEntry],
    window: PictureWindow,
    numbers: dict[int, int],
) -> Lane:
    """Marks that would touch stand above one another; bars have the lowest row."""
    ends: list[float] = []
    placed: list[tuple[TimelineEntry, int]] = []
    ordered = sorted(entries, key=lambda entry: entry.at)
    has_bars = any(entry.buckets for entry in ordered if entry.sort is EntryKind.BURST)
    for entry in ordered:
        share = _MARK_SHARE if id(entry) in numbers else _MARK_SHARE / 3
        at = (moment(entry.at) - moment(window.first)) / window.width
        row = next((row for row, end in enumerate(ends) if end <= at), len(ends))
        ends[row : row + 1] = [at + share]
        placed.append((entry, row + has_bars))
    return Lane(name, placed, rows=len(ends) + has_bars)


def short_names(names: Iterable[RedactedText], most: int) -> dict[RedactedText, RedactedText]:
    """Each at most so many characters long; where beginnings are alike, by their ends."""
    whole = dict.fromkeys(names)
    alike = Counter(name.cut(most).text for name in whole)
    return {
        name: name.cut(most) if alike[name.cut(most).text] == 1 else _end_of(name, most)
        for name in whole
    }


def _end_of(name: RedactedText, most: int) -> RedactedText:
    if len(name.text) <= most:
        return name
    return RedactedText.format("…{end}", end=name.part(len(name.text) - most + 1, len(name.text)))


LANE = 26  # characters of a lane's name, beside it
_NAME = 17  # … in the list
_TEXT = 122  # characters of a line of the list and of the lanes' names to its left
_WHOLE_LINE = 155  # … of a line of notes, and of those names


def draw_list(
    axes: Axes, listed: Sequence[TimelineEntry], notes: Sequence[RedactedText], *, beside: int
) -> None:
    """Line by line. beside: characters of the lanes' names, which take from its width."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(len(listed) + len(notes) + 1, 0)
    names = short_names((entry.lane for entry in listed), _NAME)
    for line, entry in enumerate(listed):
        _draw_line(axes, line + 0.5, (line + 1, entry, names[entry.lane]), most=_TEXT - beside)
    for line, note in enumerate(notes, start=len(listed)):
        look = {"fontsize": SMALL, "color": FAINT, "va": "center", "in_layout": False}
        write(axes, 0.0, line + 0.5, note, **look)


def _draw_line(
    axes: Axes, y: float, line: tuple[int, TimelineEntry, RedactedText], *, most: int
) -> None:
    number, entry, lane = line
    look = {"fontsize": SMALL, "va": "center", "in_layout": False}
    write(
        axes, 0.018, y, RedactedText.format("{n}", n=number), fontweight="bold", ha="right", **look
    )
    write(axes, 0.03, y, RedactedText.at(entry.at, "%H:%M:%S"), **look)
    write(axes, 0.11, y, lane, fontweight="bold", **look)
    own = say("own_clock", at=entry.told_at) if entry.told_at != entry.at else RedactedText.EMPTY
    text = RedactedText.join("", [entry.text.line().cut(most - len(own.text)), own])
    write(axes, 0.27, y, text, **look)


def wrap_notes(notes: Sequence[RedactedText], *, beside: int) -> Iterator[RedactedText]:
    """Notes as lines that fit."""
    most = _WHOLE_LINE - beside
    for note in notes:
        rest = note.line()
        while len(rest.text) > most:
            cut = rest.text.rfind(" ", 1, most)
            cut = cut if cut > 0 else most
            yield rest.part(0, cut)
            rest = rest.part(cut, len(rest.text))
        yield rest


def notes_of(window: PictureWindow, timeline: Timeline) -> list[RedactedText]:
    """Return the notes below the picture: entries left out, and what is stated of clocks."""
    notes = [say("clocks", note=note) for note in timeline.notes[:3]]
    if window.earlier or window.later:
        notes.append(say("not_shown", a=window.earlier, b=window.later))
    return notes
