"""Finds the field of a panel: its columns, the card that it is on, and where its legend may be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from core.evidence.screenshots.axes import LEAST_CLOCKS, TimeAxis, ValueAxis, is_moment
from core.evidence.screenshots.cards import card_around
from core.evidence.screenshots.curves import Plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.screenshots.model import PictureWord, Pixels

_LEGEND_ROWS = 16  # heights of a label below the axis
_TIMES_BELOW = 6  # heights of a label below the axis
_MARGIN = 3  # pixels beside labels


class PanelField(NamedTuple):
    """The columns of a panel from left to right, and from where to where its plot may be.

    is_left_of_axis: whether its labels stand right of the plot.
    """

    left: int
    right: int
    begin: int
    end: int
    is_left_of_axis: bool


def field_of(
    pixels: Pixels, words: Sequence[PictureWord], axis: ValueAxis, axes: Sequence[ValueAxis]
) -> PanelField:
    """The columns of the panel whose value axis it is. axes: all of the picture, this one too."""
    row = _beside(axis, axes)
    if _is_left_of_axis(words, min(row, key=lambda each: each.left)):
        before = int(max((other.right for other in row if other.right < axis.left), default=0.0))
        end = int(axis.left) - _MARGIN
        right = int(axis.right) + _MARGIN
        return PanelField(before, right, before + _MARGIN, end, is_left_of_axis=True)
    beside = [other for other in row if other.left > axis.right]
    end = int(min((other.left for other in beside), default=pixels.shape[1]))
    own = (other.left for other in beside if not is_second(other, axes, words))
    right = int(min(own, default=pixels.shape[1]))
    begin = int(axis.right) + _MARGIN
    return PanelField(int(axis.left), right, begin, end, is_left_of_axis=False)


def _beside(axis: ValueAxis, axes: Sequence[ValueAxis]) -> list[ValueAxis]:
    """The axes that share rows with one, and itself."""
    return [other for other in axes if other.top < axis.bottom and other.bottom > axis.top]


def _is_left_of_axis(words: Sequence[PictureWord], first: ValueAxis) -> bool:
    """Whether clock times stand left of the first axis of a row: its plot is there."""
    clocks = [
        word
        for word in words
        if word.middle[1] > first.bottom
        and word.right < first.left - _MARGIN
        and is_moment(word.text)
    ]
    return len(clocks) >= LEAST_CLOCKS


def is_second(axis: ValueAxis, axes: Sequence[ValueAxis], words: Sequence[PictureWord]) -> bool:
    """Whether it ends the plot of an axis left of it: times are between the two, and none behind.

    Its curves are told by the first one, which knows where they are.
    """
    row = _beside(axis, axes)
    before = max((other.right for other in row if other.right < axis.left), default=None)
    if before is None:
        return False
    behind = min((other.left for other in row if other.left > axis.right), default=math.inf)
    height = max(word.height for word in axis.words)
    moments = [
        word.middle[0]
        for word in words
        if 0 < word.middle[1] - axis.bottom < _TIMES_BELOW * height and is_moment(word.text)
    ]
    between = sum(before < column < axis.left for column in moments)
    return between >= LEAST_CLOCKS and not any(axis.right < column < behind for column in moments)


def card_of(pixels: Pixels, axis: ValueAxis, field: PanelField, times: TimeAxis | None) -> Plot:
    """The card that the panel is on."""
    height = max(word.height for word in axis.words)
    top, bottom = int(axis.top), math.ceil(axis.bottom + height)
    labels = Plot(left=int(axis.left), right=math.ceil(axis.right), top=top, bottom=bottom)
    half = (field.begin + field.end) // 2
    columns = [int(word.left) for word in times.words] if times else [half]
    inner = Plot(
        left=min(half, *columns) if field.is_left_of_axis else labels.left,
        right=labels.right if field.is_left_of_axis else max(half, *columns),
        top=top,
        bottom=int(times.bottom) if times else bottom,
    )
    return card_around(pixels, inner, labels=labels, height=height)


def lowest_of_legend(
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


def highest_of_legend(axis: ValueAxis, axes: Sequence[ValueAxis], right: int) -> float:
    """Up to where its legend may stand, where no card tells: the one above has its own."""
    above = [
        other.bottom
        for other in axes
        if other.bottom < axis.top and axis.left - axis.right < other.left < right
    ]
    return (max(above) + axis.top) / 2 if above else 0.0
