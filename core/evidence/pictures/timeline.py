"""A timeline as a picture: a lane per service, what happened by shape, and the words below.

Shape tells what sort of thing it is, colour only repeats it. The most telling entries carry a
number, under which they stand in the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.clean import Clean
from core.evidence.pictures.style import (
    AMBER,
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    SMALL,
    Picture,
    entitle,
    moment,
    plain,
    render,
    sheet,
    tell_times,
    words,
    write,
)
from core.evidence.timeline.model import Entry, Sort, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.axes import Axes

    from core.evidence.pictures.style import Form

MAX_LISTED = 16
MAX_LANES = 14
_WIDTH = 10.0  # inches
_BEFORE, _AFTER = timedelta(minutes=30), timedelta(hours=3)  # of the onset are shown
_ROW = 0.26  # inches of a row of marks
_LINE = 0.19  # inches of a line of the list
_MARK_SHARE = 0.03  # of the width is taken by a mark with its number
_MARGIN = 0.02
_TEXT = 112  # characters of what happened, in a line of the list
_WHOLE_LINE = 155  # characters of a line of notes
_SHORTEST = timedelta(minutes=1)  # window
_BY_SECONDS = timedelta(minutes=5)  # a window so short tells them on its axis


@dataclass(frozen=True)
class Look:
    """How a sort is drawn and called: matplotlib's marker, filled or not, colour, words."""

    marker: str
    colour: str
    filled: bool
    said: Clean


_LOOKS = {
    Sort.ALERT: Look("v", ORANGE, filled=True, said=Clean.say("alert")),
    Sort.ENDED: Look("v", ORANGE, filled=False, said=Clean.say("alert ended")),
    Sort.CHANGE: Look("D", BLUE, filled=True, said=Clean.say("change")),
    Sort.ERROR: Look("X", ORANGE, filled=True, said=Clean.say("first error")),
    Sort.SIGN: Look("P", ORANGE, filled=True, said=Clean.say("known sign")),
    Sort.BURST: Look("|", ORANGE, filled=True, said=Clean.say("burst, lines per minute")),
    Sort.NEW: Look("*", AMBER, filled=True, said=Clean.say("new kind of line")),
    Sort.GONE: Look("o", FAINT, filled=False, said=Clean.say("line that stopped")),
    Sort.METRIC: Look("s", PURPLE, filled=False, said=Clean.say("metric moved")),
    Sort.SPAN: Look("o", GREEN, filled=True, said=Clean.say("slow or failing span")),
    Sort.PERSON: Look(">", INK, filled=False, said=Clean.say("person")),
}
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
class _Window:
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
class _Lane:
    """Entries of one lane, with the row (0 is the lowest) of each, and where the lane begins."""

    name: Clean
    entries: list[tuple[Entry, int]]
    rows: int
    bottom: int = 0


def draw_timeline(timeline: Timeline, form: Form) -> Picture:
    """The hours around the onset, or all of it where no onset is known."""
    window = _window(timeline)
    numbers = _numbered(window, timeline)
    lanes = _lanes(window, numbers)
    rows = sum(lane.rows for lane in lanes)
    listed = len(numbers) + len(list(_wrapped(_notes(window, timeline)))) + 1
    height = 1.25 + _ROW * max(rows, 3) + _LINE * listed
    figure = sheet(height, width=_WIDTH)
    upper, lower = figure.subplots(
        2, 1, height_ratios=[_ROW * max(rows, 3) + 0.5, _LINE * listed + 0.1]
    )
    _draw_lanes(upper, lanes, window, timeline, numbers)
    _draw_list(lower, window, timeline, numbers, listed)
    return render(figure, form)


def _window(timeline: Timeline) -> _Window:
    machine = [one for one in timeline.entries if one.sort is not Sort.PERSON]
    told = machine or list(timeline.entries)
    first = min((one.at for one in told), default=_NOTHING)
    last = max((_end(one) for one in told), default=_NOTHING)
    if timeline.onset is not None:
        first = max(first, timeline.onset.at - _BEFORE)
        last = min(last, timeline.onset.at + _AFTER)
    shown = tuple(one for one in timeline.entries if first <= one.at <= last)
    pad = max((last - first) * _MARGIN, (_SHORTEST - (last - first)) / 3)
    return _Window(
        entries=shown,
        first=first - pad,
        last=last + 2 * pad,
        earlier=sum(one.at < first for one in timeline.entries),
        later=sum(one.at > last for one in timeline.entries),
    )


_NOTHING = datetime(1970, 1, 1, tzinfo=UTC)


def _end(one: Entry) -> datetime:
    """A burst lasts; what else has a last time may have been rare since."""
    return max(one.at, one.until or one.at) if one.sort is Sort.BURST else one.at


def _numbered(window: _Window, timeline: Timeline) -> dict[int, int]:
    """The number of the most telling entries (by their identity), in the order of time."""
    onset = timeline.onset.at if timeline.onset else window.first

    def telling(one: Entry) -> tuple[int, float]:
        return _TELLING.index(one.sort), abs((one.at - onset).total_seconds())

    best: list[Entry] = []
    for one in sorted(window.entries, key=telling):
        of_sort = sum(other.sort is one.sort for other in best)
        if of_sort < MAX_LISTED // 3:
            best.append(one)
    best = sorted(best[:MAX_LISTED], key=lambda one: one.at)
    return {id(one): number for number, one in enumerate(best, start=1)}


def _lanes(window: _Window, numbers: dict[int, int]) -> list[_Lane]:
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


def _packed(
    name: Clean, entries: Iterable[Entry], window: _Window, numbers: dict[int, int]
) -> _Lane:
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
    return _Lane(name, placed, rows=len(ends) + has_bars)


def _draw_lanes(
    axes: Axes,
    lanes: Sequence[_Lane],
    window: _Window,
    timeline: Timeline,
    numbers: dict[int, int],
) -> None:
    plain(axes)
    axes.grid(visible=False, axis="y")
    top = sum(lane.rows for lane in lanes)
    axes.set_xlim(moment(window.first), moment(window.last))
    axes.set_ylim(-0.15, max(top, 3) + 0.15)
    tell_times(axes, most=9)
    if window.last - window.first < _BY_SECONDS:
        _tell_seconds(axes, window)
    axes.set_yticks(
        [lane.bottom + lane.rows / 2 for lane in lanes],
        labels=[words(lane.name.cut(26)) for lane in lanes],
        parse_math=False,
    )
    axes.tick_params(axis="y", length=0)
    for number, lane in enumerate(lanes):
        if number % 2:
            axes.axhspan(lane.bottom, lane.bottom + lane.rows, color="#F4F5F7", zorder=0)
        _draw_bars(axes, lane)
    _draw_marks(axes, lanes, numbers)
    _draw_numbers(axes, lanes, numbers, window)
    if timeline.onset is not None:
        at = moment(timeline.onset.at)
        axes.axvline(at, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=2)
        said = Clean.say(" onset {at}", at=timeline.onset.at)
        write(axes, at, max(top, 3) + 0.15, said, fontweight="bold", va="bottom", fontsize=SMALL)
    entitle(axes, _title(timeline), pad=18)
    _legend(axes, {one.sort for lane in lanes for one, _ in lane.entries})


def _tell_seconds(axes: Axes, window: _Window) -> None:
    """A bare `04` would be read as an hour."""
    from matplotlib.dates import DateFormatter  # noqa: PLC0415 - see core.evidence.pictures.style

    # matplotlib's dates are not annotated.
    axes.xaxis.set_major_formatter(
        DateFormatter("%H:%M:%S", tz=UTC)  # type: ignore[no-untyped-call]
    )
    said = Clean.at(window.first, "%Y-%m-%d UTC")
    axes.set_xlabel(words(said), fontsize=SMALL, loc="right")


def _title(timeline: Timeline) -> Clean:
    if timeline.onset is None:
        return Clean.say("What happened when: no onset found")
    onset = timeline.onset
    return Clean.say(
        "It began at {at}, say {n} of {all} files that tell an onset",
        at=onset.at,
        n=len(onset.signs),
        all=onset.of,
    )


def _draw_bars(axes: Axes, lane: _Lane) -> None:
    """Lines per minute of all bursts of a lane, in its lowest row."""
    counts: dict[int, int] = {}
    for one, _ in lane.entries:
        if one.sort is Sort.BURST:
            for minute, count in one.buckets.items():
                counts[minute] = counts.get(minute, 0) + count
    if not counts:
        return
    most = max(counts.values())
    axes.bar(
        [minute / 1440 for minute in counts],
        [0.85 * count / most for count in counts.values()],
        width=1 / 1440,
        bottom=lane.bottom + 0.05,
        align="edge",
        color=ORANGE,
        alpha=0.45,
        edgecolor=ORANGE,
        linewidth=0.6,
        zorder=1,
    )


def _draw_marks(axes: Axes, lanes: Sequence[_Lane], numbers: dict[int, int]) -> None:
    """All of one sort and size at once: one by one, hundreds take seconds."""
    places: dict[tuple[Sort, bool], list[tuple[float, float]]] = {}
    for lane in lanes:
        for one, row in lane.entries:
            place = (moment(one.at), lane.bottom + row + 0.5)
            places.setdefault((one.sort, id(one) in numbers), []).append(place)
    for (sort, is_large), found in places.items():
        look = _LOOKS[sort]
        axes.plot(
            [x for x, _ in found],
            [y for _, y in found],
            marker=look.marker,
            markersize=7 if is_large else 5,
            markerfacecolor=look.colour if look.filled else "white",
            markeredgecolor=look.colour,
            markeredgewidth=1.6 if look.marker == "|" else 1.0,
            linestyle="none",
            zorder=3,
        )


def _draw_numbers(
    axes: Axes, lanes: Sequence[_Lane], numbers: dict[int, int], window: _Window
) -> None:
    box = {"boxstyle": "square,pad=0.1", "facecolor": "white", "alpha": 0.75, "edgecolor": "none"}
    right = window.width * 0.009  # of its mark
    for lane in lanes:
        for one, row in lane.entries:
            if id(one) in numbers:
                said = Clean.say("{n}", n=numbers[id(one)])
                x, y = moment(one.at) + right, lane.bottom + row + 0.5
                write(axes, x, y, said, va="center", fontsize=SMALL, zorder=5, bbox=box)


def _legend(axes: Axes, sorts: set[Sort]) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - see core.evidence.pictures.style
    from matplotlib.patches import Patch  # noqa: PLC0415

    marks = [
        Patch(facecolor=look.colour, alpha=0.45, label=words(look.said))
        if sort is Sort.BURST
        else Line2D(
            [],
            [],
            marker=look.marker,
            color="none",
            markerfacecolor=look.colour if look.filled else "white",
            markeredgecolor=look.colour,
            label=words(look.said),
        )
        for sort, look in _LOOKS.items()
        if sort in sorts
    ]
    axes.legend(
        handles=marks,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.09),
        ncols=len(marks) or 1,
        frameon=False,
        fontsize=SMALL,
        handletextpad=0.2,
        columnspacing=1.2,
    )


def _draw_list(
    axes: Axes, window: _Window, timeline: Timeline, numbers: dict[int, int], room: int
) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(room, 0)
    line = 0.5
    for one in window.entries:
        number = numbers.get(id(one))
        if number is not None:
            _draw_line(axes, line, number, one)
            line += 1
    for note in _wrapped(_notes(window, timeline)):
        write(axes, 0.0, line, note, fontsize=SMALL, color=FAINT, va="center", in_layout=False)
        line += 1


def _draw_line(axes: Axes, y: float, number: int, one: Entry) -> None:
    look = {"fontsize": SMALL, "va": "center", "in_layout": False}
    write(axes, 0.018, y, Clean.say("{n}", n=number), fontweight="bold", ha="right", **look)
    write(axes, 0.03, y, Clean.at(one.at, "%H:%M:%S"), **look)
    write(axes, 0.095, y, one.lane.cut(22), fontweight="bold", **look)
    own = Clean.say(" (own clock {at})", at=one.told_at) if one.told_at != one.at else Clean.EMPTY
    text = Clean.join("", [one.text.line().cut(_TEXT - len(own.text)), own])
    write(axes, 0.25, y, text, **look)


def _wrapped(notes: Sequence[Clean]) -> Iterator[Clean]:
    for note in notes:
        rest = note.line()
        while len(rest.text) > _WHOLE_LINE:
            cut = rest.text.rfind(" ", 1, _WHOLE_LINE)
            cut = cut if cut > 0 else _WHOLE_LINE
            yield rest.part(0, cut)
            rest = rest.part(cut, len(rest.text))
        yield rest


def _notes(window: _Window, timeline: Timeline) -> list[Clean]:
    notes = [Clean.say("Clocks: {note}", note=note) for note in timeline.notes[:3]]
    if window.earlier or window.later:
        notes.append(
            Clean.say(
                "Not shown: {a} earlier and {b} later entries", a=window.earlier, b=window.later
            )
        )
    return notes
