"""Reads panels of graphs: title, axes, legend, and what each curve did, approximately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.screenshots.axes import TimeAxis, ValueAxis, time_axis, value_axes
from core.evidence.screenshots.curves import (
    Colour,
    Plot,
    Swatch,
    colours_of,
    follow,
    swatches,
)
from core.evidence.screenshots.model import PictureWord, Pixels
from core.evidence.screenshots.moves import CurveMove, move_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LEGEND_ROWS = 8  # of text below the clock times
_MOST_WORDS = 600  # each is compared with each
_MOST_PANELS = 24
_LEAST_SIDE = 20  # pixels of a plot
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


def read_panels(pixels: Pixels, words: Sequence[PictureWord]) -> list[GraphPanel]:
    """All panels. words: in pixels of the picture. Empty where no axes are legible."""
    words = words[:_MOST_WORDS]
    axes = value_axes(words)[:_MOST_PANELS]
    panels = (_panel(pixels, words, axis, axes) for axis in axes)
    return [panel for panel in panels if panel is not None]


def _panel(
    pixels: Pixels, words: Sequence[PictureWord], axis: ValueAxis, axes: Sequence[ValueAxis]
) -> GraphPanel | None:
    right = _right_end(pixels, axis, axes)
    times = time_axis(words, below=axis.bottom, left=axis.left, right=right)
    plot = Plot(
        left=int(axis.right) + _MARGIN,
        right=right,
        top=max(0, int(axis.top - axis.step / 2)),
        # Its lowest labels may be missing, as single digits are.
        bottom=int(times.top - _MARGIN if times else axis.bottom + _MARGIN),
    )
    if min(plot.right - plot.left, plot.bottom - plot.top) < _LEAST_SIDE:
        return None
    named = _legend(pixels, words, axis, times, right)
    curves = tuple(_curves(pixels, plot, axis, times, named))
    if not curves:
        return None
    labels = axis.words | (times.words if times else frozenset())
    return GraphPanel(_title(words, axis, right), axis, curves, labels)


def _right_end(pixels: Pixels, axis: ValueAxis, axes: Sequence[ValueAxis]) -> int:
    """Where the panel to the right begins, or the picture ends."""
    beside = [
        other.left
        for other in axes
        if other.left > axis.right and other.top < axis.bottom and other.bottom > axis.top
    ]
    return int(min(beside, default=pixels.shape[1]))


def _legend(
    pixels: Pixels,
    words: Sequence[PictureWord],
    axis: ValueAxis,
    times: TimeAxis | None,
    right: int,
) -> list[tuple[Colour, str]]:
    """Colours with the names beside them."""
    height = max(word.height for word in axis.words)
    below = (times.bottom if times else axis.bottom + height) + _MARGIN
    until = min(int(below + _LEGEND_ROWS * height), pixels.shape[0])
    marks = swatches(pixels, below=int(below), left=0, right=right, until=until)
    ends = [mark.right for mark in marks]
    named = [(mark, _name(mark, words, ends)) for mark in marks]
    return [(mark.colour, name) for mark, name in named if name]


def _name(mark: Swatch, words: Sequence[PictureWord], ends: Sequence[int]) -> str:
    """The words right of a mark, up to the next mark."""
    until = min((end for end in ends if end > mark.right), default=10**9)
    beside = [
        word
        for word in words
        if mark.right - _MARGIN <= word.left < until
        and abs(word.middle[1] - mark.row) < max(word.height, 8)
        and any(map(str.isalnum, word.text))
    ]
    return " ".join(word.text for word in sorted(beside, key=lambda word: word.left))


def _curves(
    pixels: Pixels,
    plot: Plot,
    axis: ValueAxis,
    times: TimeAxis | None,
    named: Sequence[tuple[Colour, str]],
) -> Iterator[Curve]:
    colours = [colour for colour, _ in named] or colours_of(pixels, plot)
    names: list[str | None] = [name for _, name in named]
    names = names or [None] * len(colours)
    if not colours:
        return
    columns = np.arange(plot.left, plot.right, dtype=np.float64)
    for name, rows in zip(names, follow(pixels, plot, colours), strict=True):
        if rows is None:
            continue
        values = (axis.scale.start + axis.scale.slope * rows) / axis.factor
        move = move_of(columns, values, span=axis.span / axis.factor)
        if move is not None:
            yield Curve(name, move, times.scale.value(move.column) if times else None)


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
