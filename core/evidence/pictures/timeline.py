"""A timeline as a picture: a lane per service, what happened by shape, and the words below.

Shape tells what sort of thing it is, colour only repeats it. The most telling entries carry a
number, under which they stand in the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

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
    apply_plain_style,
    drawable_text,
    entitle,
    label_times,
    moment,
    new_figure,
    render,
    write,
)
from core.evidence.pictures.timeline_layout import (
    LANE,
    Lane,
    PictureWindow,
    draw_list,
    lanes_of,
    notes_of,
    number_entries,
    short_names,
    window_of,
    wrap_notes,
)
from core.evidence.timeline import EntryKind, Timeline
from core.text.redacted import RedactedText
from core.text.sentences import Sentence, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from core.evidence.pictures.style import Form

say = sentences("evidence.timeline_picture")

_WIDTH = 10.0  # inches
_ROW = 0.26  # inches of a row of marks
_LINE = 0.19  # inches of a line of the list
_BY_SECONDS = timedelta(minutes=5)  # a window so short tells them on its axis


@dataclass(frozen=True)
class Look:
    """The look of a sort of entry: matplotlib's marker, filled or not, colour, words."""

    marker: str
    colour: str
    filled: bool
    label: Sentence


_LOOKS = {
    EntryKind.ALERT: Look("v", ORANGE, filled=True, label=say.later("alert")),
    EntryKind.ENDED: Look("v", ORANGE, filled=False, label=say.later("alert_ended")),
    EntryKind.CHANGE: Look("D", BLUE, filled=True, label=say.later("change")),
    EntryKind.ERROR: Look("X", ORANGE, filled=True, label=say.later("first_error")),
    EntryKind.SIGN: Look("P", ORANGE, filled=True, label=say.later("known_sign")),
    EntryKind.BURST: Look("|", ORANGE, filled=True, label=say.later("burst")),
    EntryKind.NEW: Look("*", AMBER, filled=True, label=say.later("new_line")),
    EntryKind.GONE: Look("o", FAINT, filled=False, label=say.later("stopped_line")),
    EntryKind.METRIC: Look("s", PURPLE, filled=False, label=say.later("metric_moved")),
    EntryKind.SPAN: Look("o", GREEN, filled=True, label=say.later("bad_span")),
    EntryKind.PERSON: Look(">", INK, filled=False, label=say.later("person")),
}


def draw_timeline(timeline: Timeline, form: Form) -> Picture:
    """The hours around the onset, or all of it where no onset is known."""
    window = window_of(timeline)
    numbers = number_entries(window, timeline)
    lanes = lanes_of(window, numbers)
    rows = sum(lane.rows for lane in lanes)
    names = short_names((lane.name for lane in lanes), LANE)
    beside = max((len(name.text) for name in names.values()), default=0)
    notes = list(wrap_notes(notes_of(window, timeline), beside=beside))
    listed = len(numbers) + len(notes) + 1
    height = 1.25 + _ROW * max(rows, 3) + _LINE * listed
    figure = new_figure(height, width=_WIDTH)
    upper, lower = figure.subplots(
        2, 1, height_ratios=[_ROW * max(rows, 3) + 0.5, _LINE * listed + 0.1]
    )
    _draw_lanes(upper, lanes, window, timeline, numbers)
    _name_lanes(upper, lanes, names)
    draw_list(
        lower, [entry for entry in window.entries if id(entry) in numbers], notes, beside=beside
    )
    return render(figure, form)


def _draw_lanes(
    axes: Axes,
    lanes: Sequence[Lane],
    window: PictureWindow,
    timeline: Timeline,
    numbers: dict[int, int],
) -> None:
    apply_plain_style(axes)
    axes.grid(visible=False, axis="y")
    top = sum(lane.rows for lane in lanes)
    axes.set_xlim(moment(window.first), moment(window.last))
    axes.set_ylim(-0.15, max(top, 3) + 0.15)
    label_times(axes, most=9)
    if window.last - window.first < _BY_SECONDS:
        _tell_seconds(axes, window)
    for number, lane in enumerate(lanes):
        if number % 2:
            axes.axhspan(lane.bottom, lane.bottom + lane.rows, color="#F4F5F7", zorder=0)
        _draw_bars(axes, lane)
    _draw_marks(axes, lanes, numbers)
    _draw_numbers(axes, lanes, numbers, window)
    if timeline.onset is not None:
        at = moment(timeline.onset.at)
        axes.axvline(at, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=2)
        label = say("onset", at=timeline.onset.at)
        write(axes, at, max(top, 3) + 0.15, label, fontweight="bold", va="bottom", fontsize=SMALL)
    entitle(axes, _title(timeline, is_empty=not lanes), pad=18)
    if not lanes and timeline.onset is None:
        axes.set_xticks([])  # There is no time to tell.
        axes.set_xlabel("")
    _legend(axes, {entry.sort for lane in lanes for entry, _ in lane.entries})


def _name_lanes(
    axes: Axes, lanes: Sequence[Lane], names: Mapping[RedactedText, RedactedText]
) -> None:
    axes.set_yticks(
        [lane.bottom + lane.rows / 2 for lane in lanes],
        labels=[drawable_text(names[lane.name]) for lane in lanes],
        parse_math=False,
    )
    axes.tick_params(axis="y", length=0)


def _tell_seconds(axes: Axes, window: PictureWindow) -> None:
    """A bare `04` would be read as an hour."""
    from matplotlib.dates import DateFormatter  # noqa: PLC0415 - see core.evidence.pictures.style

    # matplotlib's dates are not annotated.
    axes.xaxis.set_major_formatter(
        DateFormatter("%H:%M:%S", tz=UTC)  # type: ignore[no-untyped-call]
    )
    label = RedactedText.at(window.first, "%Y-%m-%d UTC")
    axes.set_xlabel(drawable_text(label), fontsize=SMALL, loc="right")


def _title(timeline: Timeline, *, is_empty: bool) -> RedactedText:
    if timeline.onset is None and is_empty:
        return say("nothing_happened")
    if timeline.onset is None:
        return say("no_onset")
    onset = timeline.onset
    return say("began", at=onset.at, n=len(onset.signs), all=onset.of)


def _draw_bars(axes: Axes, lane: Lane) -> None:
    """Lines per minute of all bursts of a lane, in its lowest row."""
    counts: dict[int, int] = {}
    for entry, _ in lane.entries:
        if entry.sort is EntryKind.BURST:
            for minute, count in entry.buckets.items():
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


def _draw_marks(axes: Axes, lanes: Sequence[Lane], numbers: dict[int, int]) -> None:
    """All of one sort and size at once: one by one, hundreds take seconds."""
    places: dict[tuple[EntryKind, bool], list[tuple[float, float]]] = {}
    for lane in lanes:
        for entry, row in lane.entries:
            place = (moment(entry.at), lane.bottom + row + 0.5)
            places.setdefault((entry.sort, id(entry) in numbers), []).append(place)
    for (sort, is_large), marks in places.items():
        look = _LOOKS[sort]
        axes.plot(
            [x for x, _ in marks],
            [y for _, y in marks],
            marker=look.marker,
            markersize=7 if is_large else 5,
            markerfacecolor=look.colour if look.filled else "white",
            markeredgecolor=look.colour,
            markeredgewidth=1.6 if look.marker == "|" else 1.0,
            linestyle="none",
            zorder=3,
        )


def _draw_numbers(
    axes: Axes, lanes: Sequence[Lane], numbers: dict[int, int], window: PictureWindow
) -> None:
    box = {"boxstyle": "square,pad=0.1", "facecolor": "white", "alpha": 0.75, "edgecolor": "none"}
    right = window.width * 0.009  # of its mark
    for lane in lanes:
        for entry, row in lane.entries:
            if id(entry) in numbers:
                label = RedactedText.format("{n}", n=numbers[id(entry)])
                x, y = moment(entry.at) + right, lane.bottom + row + 0.5
                write(axes, x, y, label, va="center", fontsize=SMALL, zorder=5, bbox=box)


def _legend(axes: Axes, sorts: set[EntryKind]) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - see core.evidence.pictures.style
    from matplotlib.patches import Patch  # noqa: PLC0415

    marks = [
        Patch(facecolor=look.colour, alpha=0.45, label=drawable_text(look.label()))
        if sort is EntryKind.BURST
        else Line2D(
            [],
            [],
            marker=look.marker,
            color="none",
            markerfacecolor=look.colour if look.filled else "white",
            markeredgecolor=look.colour,
            label=drawable_text(look.label()),
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
