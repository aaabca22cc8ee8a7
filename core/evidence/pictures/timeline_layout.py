"""Where does what stand in the picture of a timeline: which hours, which lanes, which numbers?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.evidence.pictures.style import moment
from core.evidence.timeline.model import Entry, Sort, Timeline
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LISTED = 16
MAX_LANES = 14
_BEFORE, _AFTER = timedelta(minutes=30), timedelta(hours=3)  # of the onset are shown
_MARK_SHARE = 0.03  # of the width is taken by a mark with its number
_MARGIN = 0.02
_SHORTEST = timedelta(minutes=1)  # window
_NOTHING = datetime(1970, 1, 1, tzinfo=UTC)
# Which entries get a number first.
_TELLING = (
    Sort.ALERT,
    Sort.ERROR,
    Sort.SPAN,
    Sort.CHANGE,
    Sort.BURST,
    Sort.METRIC,
    Sort.SIGN,
    Sort.NEW,
    Sort.GONE,
    Sort.ENDED,
    Sort.PERSON,
)


@dataclass(frozen=True)
class Window:
    """What is shown, and how many entries lie before and after it."""

    entries: tuple[Entry, ...]
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

    name: Clean
    entries: list[tuple[Entry, int]]
    rows: int
    bottom: int = 0


def window_of(timeline: Timeline) -> Window:
    """The hours around the onset; all that is told where none is known."""
    machine = [one for one in timeline.entries if one.sort is not Sort.PERSON]
    told = machine or list(timeline.entries)
    first = min((one.at for one in told), default=_NOTHING)
    last = max((_end(one) for one in told), default=_NOTHING)
    if timeline.onset is not None:
        onset = timeline.onset.at  # It may lie before the first entry: a log begins to go wrong.
        first = min(onset, max(first, onset - _BEFORE))
        last = max(onset, min(last, onset + _AFTER))
    shown = tuple(one for one in timeline.entries if first <= one.at <= last)
    pad = max((last - first) * _MARGIN, (_SHORTEST - (last - first)) / 3)
    return Window(
        entries=shown,
        first=first - pad,
        last=last + 2 * pad,
        earlier=sum(one.at < first for one in timeline.entries),
        later=sum(one.at > last for one in timeline.entries),
    )


def _end(one: Entry) -> datetime:
    """A burst lasts; what else has a last time may have been rare since."""
    return max(one.at, one.until or one.at) if one.sort is Sort.BURST else one.at


def numbered(window: Window, timeline: Timeline) -> dict[int, int]:
    """The number of the most telling entries (by their identity), in the order of time."""
    onset = timeline.onset.at if timeline.onset else window.first

    def telling(one: Entry) -> tuple[int, float]:
        return _TELLING.index(one.sort), abs((one.at - onset).total_seconds())

    best: list[Entry] = []
    for one in sorted(window.entries, key=telling):
        of_sort = sum(other.sort is one.sort for other in best)
        if of_sort < MAX_LISTED // 3:
            best.append(one)
    chosen = {id(one) for one in best[:MAX_LISTED]}
    listed = [id(one) for one in window.entries if id(one) in chosen]
    return {one: number for number, one in enumerate(listed, start=1)}


def lanes_of(window: Window, numbers: dict[int, int]) -> list[Lane]:
    """In the order in which trouble reached them; the least told share the last."""
    groups: dict[Clean, list[Entry]] = {}
    for one in sorted(window.entries, key=lambda one: (one.sort is Sort.CHANGE, one.at)):
        groups.setdefault(one.lane, []).append(one)
    names = list(groups)
    for name in names[MAX_LANES:]:
        groups.setdefault(Clean.say("others"), []).extend(groups.pop(name))
    lanes = [_packed(name, entries, window, numbers) for name, entries in groups.items()]
    bottom = 0
    for lane in reversed(lanes):
        lane.bottom = bottom
        bottom += lane.rows
    return lanes


def _packed(name: Clean, entries: Iterable[Entry], window: Window, numbers: dict[int, int]) -> Lane:
    """Marks that would touch stand above one another; bars have the lowest row."""
    ends: list[float] = []
    placed: list[tuple[Entry, int]] = []
    ordered = sorted(entries, key=lambda one: one.at)
    has_bars = any(one.buckets for one in ordered if one.sort is Sort.BURST)
    for one in ordered:
        share = _MARK_SHARE if id(one) in numbers else _MARK_SHARE / 3
        at = (moment(one.at) - moment(window.first)) / window.width
        row = next((row for row, end in enumerate(ends) if end <= at), len(ends))
        ends[row : row + 1] = [at + share]
        placed.append((one, row + has_bars))
    return Lane(name, placed, rows=len(ends) + has_bars)


def short_names(names: Iterable[Clean], most: int) -> dict[Clean, Clean]:
    """Each at most so many characters long; where beginnings are alike, by their ends."""
    whole = dict.fromkeys(names)
    alike = Counter(name.cut(most).text for name in whole)
    return {
        name: name.cut(most) if alike[name.cut(most).text] == 1 else _end_of(name, most)
        for name in whole
    }


def _end_of(name: Clean, most: int) -> Clean:
    if len(name.text) <= most:
        return name
    return Clean.say("…{end}", end=name.part(len(name.text) - most + 1, len(name.text)))
