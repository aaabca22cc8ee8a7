"""Reads panels of graphs: title, axes, legend, and what each curve did, approximately."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.screenshots.axes import (
    TimeAxis,
    ValueAxis,
    time_axis,
    value_axes,
)
from core.evidence.screenshots.curves import Plot, colours_of, follow
from core.evidence.screenshots.fields import (
    PanelField,
    card_of,
    field_of,
    highest_of_legend,
    is_second,
    lowest_of_legend,
)
from core.evidence.screenshots.legend import LegendEntry, read_legend
from core.evidence.screenshots.model import PictureWord, Pixels
from core.evidence.screenshots.moves import CurveMove, move_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ABOVE = 2.5  # steps of the axis, above its highest label that was read
_LEGEND_LEFT = 14  # heights of a letter left of the axis
_MOST_WORDS = 600  # each is compared with each
_MOST_PANELS = 24
_LEAST_SIDE = 20  # pixels of a plot
_LEAST_HEIGHT = 4  # pixels of a letter
_TALLEST = 4  # usual heights of a letter
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
    words, names = _legible(words), _legible(names)
    axes = value_axes(words)[:_MOST_PANELS]
    plotted = [axis for axis in axes if not is_second(axis, axes, words)]
    panels = (_panel(pixels, words, names, axis, axes) for axis in plotted)
    return [panel for panel in panels if panel is not None]


def _panel(
    pixels: Pixels,
    words: Sequence[PictureWord],
    names: Sequence[PictureWord],
    axis: ValueAxis,
    axes: Sequence[ValueAxis],
) -> GraphPanel | None:
    field = field_of(pixels, words, axis, axes)
    times = time_axis(words, below=axis.bottom, left=field.left, right=field.right)
    card = card_of(pixels, axis, field, times)
    words, names = _on(card, words), _on(card, names)
    labels = axis.words | (times.words if times else frozenset())
    figures = labels.union(*(other.words for other in axes))
    highest = highest_of_legend(axis, axes, field.right) if card.top == 0 else 0.0
    lowest = lowest_of_legend(axis, axes, times, field.right)
    entries = read_legend(
        pixels,
        [
            word
            for word in (*words, *names)
            if word not in figures
            and field.left - _LEGEND_LEFT * word.height < word.left < field.right
            and max(axis.top - _ABOVE * axis.step, highest) < word.middle[1] < lowest
        ],
    )
    first = min((word.left for word in times.words), default=0.0) if times else 0.0
    end = min([field.end, *_columns_of_legend(entries, axis, field, times)])
    plot = Plot(
        left=int(max(field.begin, first if field.is_left_of_axis else 0)),
        right=end,
        top=_top(words, axis, field.begin, end),
        # Its lowest labels may be missing, as single digits are.
        bottom=int(times.top - _MARGIN if times else axis.bottom + _MARGIN),
    )
    if min(plot.right - plot.left, plot.bottom - plot.top) < _LEAST_SIDE:
        return None
    curves = tuple(_curves(pixels, plot, axis, times, entries))
    if not curves:
        return None
    named = [replace(_box_of(entry), right=card.right) for entry in entries]  # and their figures
    unlabelled = [word for word in words if word not in figures and not _is_in(word, named)]
    title = _title(unlabelled, axis, field)
    return GraphPanel(title, axis, curves, labels)


def _on(card: Plot, words: Sequence[PictureWord]) -> list[PictureWord]:
    return [word for word in words if _is_in(word, [card])]


def _columns_of_legend(
    entries: Sequence[LegendEntry], axis: ValueAxis, field: PanelField, times: TimeAxis | None
) -> Iterator[int]:
    """Where a legend begins that stands right of the plot, and not over it."""
    half = (field.begin + field.end) / 2
    last = max((word.left for word in times.words), default=0.0) if times else 0.0
    for entry in entries:
        if axis.top < entry.row < axis.bottom and entry.left > max(half, last):
            yield int(entry.left) - _MARGIN


def _top(words: Sequence[PictureWord], axis: ValueAxis, left: int, right: int) -> int:
    """Some steps above the highest label, as some are missed, and below the title."""
    above = [
        word.top + word.height + _MARGIN
        for word in words
        if left < word.right and word.left < right and word.middle[1] < axis.top - word.height
    ]
    return int(max([0.0, axis.top - _ABOVE * axis.step, *above]))


def _legible(words: Sequence[PictureWord]) -> list[PictureWord]:
    """Without what is read into curves and areas, which is far higher than letters are."""
    spoken = [word for word in words if _says_something(word)]
    highest = _TALLEST * median([word.height for word in spoken] or [0.0])
    return [word for word in spoken if word.height <= highest][:_MOST_WORDS]


def _says_something(word: PictureWord) -> bool:
    """Whether it is no mark of an axis, which reads like a dash."""
    return word.height >= _LEAST_HEIGHT and any(map(str.isalnum, word.text))


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
    clock = times.scale if times else None
    for name, rows in zip(names, follow(pixels, plot, colours, legend), strict=True):
        if rows is None:
            continue
        values = (axis.scale.start + axis.scale.slope * rows) / axis.factor
        move = move_of(columns, values, span=axis.span / axis.factor)
        if move is not None:
            yield Curve(name, move, clock.value(move.column) if clock else None)


def _box_of(entry: LegendEntry) -> Plot:
    """Where mark and name are, with a margin."""
    half = entry.height / 2 + _MARGIN
    return Plot(
        left=int(entry.left) - _MARGIN,
        right=int(entry.right) + _MARGIN,
        top=int(entry.row - half),
        bottom=int(entry.row + half),
    )


def _is_in(word: PictureWord, boxes: Sequence[Plot]) -> bool:
    column, row = word.middle
    return any(box.left < column < box.right and box.top < row < box.bottom for box in boxes)


def _title(words: Sequence[PictureWord], axis: ValueAxis, field: PanelField) -> str | None:
    """The nearest line above the plot that is no label."""
    above = [
        word
        for word in words
        if word.middle[1] < axis.top - word.height / 2
        and field.left - 10 * word.height < word.left
        and word.right < field.right
    ]
    if not above:
        return None
    last = max(above, key=lambda word: word.middle[1])
    line = [word for word in above if abs(word.middle[1] - last.middle[1]) < last.height]
    return " ".join(word.text for word in sorted(line, key=lambda word: word.left))
