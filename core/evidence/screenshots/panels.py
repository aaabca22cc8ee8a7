"""Reads panels of graphs: title, axes, legend, and what each curve did, approximately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.screenshots.axes import TimeAxis, ValueAxis, time_axis, value_axes
from core.evidence.screenshots.curves import Plot, colours_of, follow
from core.evidence.screenshots.legend import LegendEntry, read_legend
from core.evidence.screenshots.model import PictureWord, Pixels
from core.evidence.screenshots.moves import CurveMove, move_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ABOVE = 2.5  # steps of the axis, above its highest label that was read
_LEGEND_LEFT = 14  # heights of a letter left of the axis
_LEGEND_ROWS = 16  # heights of a label below the axis
_MOST_WORDS = 600  # each is compared with each
_MOST_PANELS = 24
_LEAST_SIDE = 20  # pixels of a plot
_LEAST_HEIGHT = 4  # pixels of a letter
_MARGIN = 3  # pixels beside labels


@dataclass(frozen=True)
class Curve:
    """A curve with its name in the legend, if it has one. at: in minutes of a day, if known."""

    name: str | None
    move: CurveMove
    at: float | None


@dataclass(frozen=True)
class GraphPanel:
    """A panel whose axes could be read. values of moves are divided by the unit's factor."""

    title: str | None
    axis: ValueAxis
    curves: tuple[Curve, ...]
    labels: frozenset[PictureWord]


def read_panels(
    pixels: Pixels, words: Sequence[PictureWord], names: Sequence[PictureWord] = ()
) -> list[GraphPanel]:
    """All panels. words: in pixels of the picture. Empty where no axes are legible.

    names: what else is written, in colours, and may be of a legend.
    """
    words = [word for word in words if _says_something(word)][:_MOST_WORDS]
    names = [word for word in names if _says_something(word)][:_MOST_WORDS]
    axes = value_axes(words)[:_MOST_PANELS]
    panels = (_panel(pixels, words, names, axis, axes) for axis in axes)
    return [panel for panel in panels if panel is not None]


def _panel(
    pixels: Pixels,
    words: Sequence[PictureWord],
    names: Sequence[PictureWord],
    axis: ValueAxis,
    axes: Sequence[ValueAxis],
) -> GraphPanel | None:
    right = _right_end(pixels, axis, axes)
    times = time_axis(words, below=axis.bottom, left=axis.left, right=right)
    labels = axis.words | (times.words if times else frozenset())
    lowest = _lowest(axis, axes, times, right)
    entries = read_legend(
        pixels,
        [
            word
            for word in (*words, *names)
            if word not in labels
            and axis.left - _LEGEND_LEFT * word.height < word.left < right
            and axis.top - _ABOVE * axis.step < word.middle[1] < lowest
        ],
    )
    half = (axis.right + right) / 2
    beside = [entry.left for entry in entries if entry.row < axis.bottom and entry.left > half]
    end = min([right, *(int(left) - _MARGIN for left in beside)])
    plot = Plot(
        left=int(axis.right) + _MARGIN,
        right=end,
        top=_top(words, axis, end),
        # Its lowest labels may be missing, as single digits are.
        bottom=int(times.top - _MARGIN if times else axis.bottom + _MARGIN),
    )
    if min(plot.right - plot.left, plot.bottom - plot.top) < _LEAST_SIDE:
        return None
    curves = tuple(_curves(pixels, plot, axis, times, entries))
    if not curves:
        return None
    return GraphPanel(_title(words, axis, right), axis, curves, labels)


def _lowest(
    axis: ValueAxis, axes: Sequence[ValueAxis], times: TimeAxis | None, right: int
) -> float:
    """Down to where its legend may stand: not into the panel below."""
    height = max(word.height for word in axis.words)
    below = [
        other.top - other.step / 2
        for other in axes
        if other.top > axis.bottom and axis.left - axis.right < other.left < right
    ]
    return min([(times.bottom if times else axis.bottom) + _LEGEND_ROWS * height, *below])


def _top(words: Sequence[PictureWord], axis: ValueAxis, right: int) -> int:
    """Some steps above the highest label, as some are missed, and below the title."""
    above = [
        word.top + word.height + _MARGIN
        for word in words
        if axis.right < word.right and word.left < right and word.middle[1] < axis.top - word.height
    ]
    return int(max([0.0, axis.top - _ABOVE * axis.step, *above]))


def _says_something(word: PictureWord) -> bool:
    """Whether it is no mark of an axis, which reads like a dash."""
    return word.height >= _LEAST_HEIGHT and any(map(str.isalnum, word.text))


def _right_end(pixels: Pixels, axis: ValueAxis, axes: Sequence[ValueAxis]) -> int:
    """Where the panel to the right begins, or the picture ends."""
    beside = [
        other.left
        for other in axes
        if other.left > axis.right and other.top < axis.bottom and other.bottom > axis.top
    ]
    return int(min(beside, default=pixels.shape[1]))


def _curves(
    pixels: Pixels,
    plot: Plot,
    axis: ValueAxis,
    times: TimeAxis | None,
    entries: Sequence[LegendEntry],
) -> Iterator[Curve]:
    colours = [entry.colour for entry in entries] or colours_of(pixels, plot)
    names: list[str | None] = [entry.name for entry in entries]
    names = names or [None] * len(colours)
    if not colours:
        return
    columns = np.arange(plot.left, plot.right, dtype=np.float64)
    legend = [_box_of(entry) for entry in entries]
    for name, rows in zip(names, follow(pixels, plot, colours, legend), strict=True):
        if rows is None:
            continue
        values = (axis.scale.start + axis.scale.slope * rows) / axis.factor
        move = move_of(columns, values, span=axis.span / axis.factor)
        if move is not None:
            yield Curve(name, move, times.scale.value(move.column) if times else None)


def _box_of(entry: LegendEntry) -> Plot:
    """Where mark and name are, with a margin."""
    half = entry.height / 2 + _MARGIN
    return Plot(
        left=int(entry.left) - _MARGIN,
        right=int(entry.right) + _MARGIN,
        top=int(entry.row - half),
        bottom=int(entry.row + half),
    )


def _title(words: Sequence[PictureWord], axis: ValueAxis, right: int) -> str | None:
    """The nearest line above the plot that is no label."""
    above = [
        word
        for word in words
        if word not in axis.words
        and word.middle[1] < axis.top - word.height / 2
        and axis.left - 10 * word.height < word.left < right
    ]
    if not above:
        return None
    last = max(above, key=lambda word: word.middle[1])
    line = [word for word in above if abs(word.middle[1] - last.middle[1]) < last.height]
    return " ".join(word.text for word in sorted(line, key=lambda word: word.left))
