"""Reads the legend of a graph: names, each with its curve's colour."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.screenshots.axes import is_amount
from core.evidence.screenshots.curves import (
    MOST_CURVES,
    SATURATED,
    Colour,
    saturation,
    typical,
)
from core.evidence.screenshots.ink import paper_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from core.evidence.screenshots.model import PictureWord, Pixels
from core.evidence.screenshots.plots import runs_of

# In heights of a letter.
_REACH = 4.5  # left of a name in which its mark begins
_REACH_BEHIND = 9.0  # the same right of it, where lines are drawn as samples
_NARROWEST = 0.25  # of a mark
_LONGEST = 0.8  # of where it may be
_NEAR = 1.6  # between a mark and its name
_SPACE = 1.5  # between two words of a name
_SPACE_OF_FIGURES = 1.2  # between a word of a name and a number of it; columns are farther
_LEAST_HEIGHT = 6.0  # pixels
_INK = 60  # of 255: what differs so much from the paper is ink
_MOSTLY = 0.6  # of a word's ink has colour
_FULLEST = 0.7
_SPOKEN = re.compile("[A-Za-z]{2}")
_ONE_COLOUR = 26  # that two marks of one curve differ by at most
# What a legend that is a table tells of a series behind its name.
_FIGURE_HEADING = re.compile(r"(?i)(?:last|mean|avg|min|max|current|total)\W{0,2}")


@dataclass(frozen=True)
class LegendEntry:
    """A name and the colour of its curve. left, right: of mark and name; row: of its middle."""

    name: str
    colour: Colour
    left: float
    right: float
    row: float
    height: float


def read_legend(pixels: Pixels, words: Sequence[PictureWord]) -> list[LegendEntry]:
    """All names, from the top, and of a row from the left; at most MOST_CURVES.

    Most legends have a mark before each name; some have it behind, or the name has the colour.
    """
    ordered = sorted(words, key=lambda each: (round(each.middle[1] / 4), each.left))
    marked = (_distinct(way(pixels, ordered)) for way in (_by_mark_before, _by_mark_behind))
    return max(marked, key=len) or _distinct(_by_letters(pixels, ordered))


def _distinct(entries: Iterable[LegendEntry]) -> list[LegendEntry]:
    """The first of each colour."""
    kept = list[LegendEntry]()
    for entry in entries:
        if not any(_are_alike(entry.colour, other.colour) for other in kept):
            kept.append(entry)
    return kept[:MOST_CURVES]


def _by_mark_before(pixels: Pixels, words: Sequence[PictureWord]) -> Sequence[LegendEntry]:
    marked: list[tuple[PictureWord, _Mark]] = []
    for word in words:
        begin = max(0, int(word.left - _REACH * _height(word)))
        mark = _mark_at_end(_strip(pixels, word, begin, int(word.left)), _height(word), begin > 0)
        if mark is not None:
            marked.append((word, mark))
    entries = list[LegendEntry]()
    for word, mark in marked:
        # A mark may read like a word, too.
        ends = [
            int(other.left) - beside.reach for other, beside in marked if _is_behind(word, other)
        ]
        end = min(ends, default=pixels.shape[1])
        more = (each for each in _words_from(word, words) if each is not word)
        name = [word, *(each for each in more if each.left < end - 1)]
        entries.append(_entry(name, mark.colour, left=int(word.left) - mark.reach))
    return _told_apart(entries, words)


def _told_apart(
    entries: Sequence[LegendEntry], words: Sequence[PictureWord]
) -> Sequence[LegendEntry]:
    """Of a table whose rows all begin alike, by their next column."""
    if len({entry.name for entry in entries}) == len(entries):
        return entries
    return [_by_next_column(entry, words) for entry in entries]


def _by_next_column(entry: LegendEntry, words: Sequence[PictureWord]) -> LegendEntry:
    behind = [
        word
        for word in words
        if word.left > entry.right and abs(word.middle[1] - entry.row) < entry.height
    ]
    first = min(behind, key=lambda word: word.left, default=None)
    if first is None or is_amount(first.text):
        return entry
    name = " ".join(word.text for word in _words_from(first, words))
    return replace(entry, name=f"{entry.name} {name}")


def _is_behind(word: PictureWord, other: PictureWord) -> bool:
    return other.left > word.left and abs(other.middle[1] - word.middle[1]) < word.height


def _by_mark_behind(pixels: Pixels, words: Sequence[PictureWord]) -> Iterator[LegendEntry]:
    """Several of these stand below each other; beside a single word may be a curve's end."""
    entries = list[LegendEntry]()
    for word in words:
        end = int(word.right + _REACH_BEHIND * _height(word))
        strip = _strip(pixels, word, int(word.right) + 1, end)[:, ::-1]
        mark = _mark_at_end(strip, _height(word), end < pixels.shape[1])
        if mark is not None:
            right = int(word.right) + mark.reach
            entries.append(_entry(_words_upto(word, words), mark.colour, right=right))
    if len(entries) > 1:
        yield from entries


def _entry(
    name: Sequence[PictureWord], colour: Colour, *, left: float | None = None, right: float = 0.0
) -> LegendEntry:
    return LegendEntry(
        name=" ".join(word.text for word in name),
        colour=colour,
        left=name[0].left if left is None else left,
        right=max(right, name[-1].right),
        row=name[0].middle[1],
        height=max(word.height for word in name),
    )


def _by_letters(pixels: Pixels, words: Sequence[PictureWord]) -> Iterator[LegendEntry]:
    paper = paper_of(pixels)
    for word in words:
        colour = _colour_of(pixels, word, paper) if _SPOKEN.search(word.text) else None
        if colour is not None:
            yield _entry(list(_words_from(word, words)), colour)


def _colour_of(pixels: Pixels, word: PictureWord, paper: npt.NDArray[np.float64]) -> Colour | None:
    """Of its letters, where they have one."""
    box = _strip(pixels, word, int(word.left), int(word.right) + 1)
    ink = box[np.abs(box - paper).max(axis=2) > _INK]
    vivid = ink[saturation(ink[None])[0] > SATURATED] if len(ink) else ink
    if len(vivid) < _MOSTLY * max(1, len(ink)):
        return None
    return _fullest(vivid)


@dataclass(frozen=True)
class _Mark:
    """reach: pixels from its far edge to the word that it belongs to."""

    colour: Colour
    reach: int


def _mark_at_end(strip: Pixels, height: float, may_go_on: bool) -> _Mark | None:  # noqa: FBT001
    """The mark in the last columns of a strip, whose end touches a word."""
    if not strip.size:
        return None
    coloured = saturation(strip) > SATURATED
    runs = runs_of(np.any(coloured, axis=0))
    if not runs:
        return None
    first, last = runs[-1]
    if first == 0 and may_go_on:  # a curve, or a mark that one of another colour touches
        first = _begin_of_colour(strip, coloured, last, least=int(_NARROWEST * height) + 1)
    width = strip.shape[1]
    is_near = width - last <= _NEAR * height
    if not is_near or not _NARROWEST * height <= last - first <= _LONGEST * width:
        return None
    if first == 0 and may_go_on:
        return None  # a curve
    colour = _fullest(strip[:, first:last][coloured[:, first:last]])
    # What is far narrower is a point of a curve.
    dashes = [(start, end) for start, end in runs[:-1] if 2 * (end - start) >= last - first]
    others = (strip[:, start:end][coloured[:, start:end]] for start, end in dashes)
    if any(_are_alike(colour, _fullest(other)) for other in others):
        return None  # a dash among others
    return _Mark(colour, width - first)


def _begin_of_colour(
    strip: Pixels, coloured: npt.NDArray[np.bool_], end: int, *, least: int
) -> int:
    """The first column of those up to `end` that all have the colour of the last `least` ones."""
    begin = max(0, end - least)
    colour = _fullest(strip[:, begin:end][coloured[:, begin:end]])
    is_alike = np.abs(strip.astype(np.int16) - colour).max(axis=2) < _ONE_COLOUR
    others = np.flatnonzero(~np.any(is_alike[:, :begin], axis=0))
    return int(others[-1]) + 1 if len(others) else 0


def _fullest(colours: npt.NDArray[np.uint8]) -> Colour:
    """The typical of the most vivid ones: the edges of a thin line are mixed with the paper."""
    vivid = np.ptp(colours.astype(np.int16), axis=1)
    return typical(colours[vivid >= np.quantile(vivid, _FULLEST)])


def _strip(pixels: Pixels, word: PictureWord, begin: int, end: int) -> Pixels:
    """The columns in the rows of a word."""
    height, row = _height(word), word.middle[1]
    top, bottom = max(0, int(row - 0.6 * height)), int(row + 0.6 * height) + 1
    return pixels[top:bottom, max(0, begin) : max(0, end)]


def _height(word: PictureWord) -> float:
    return max(word.height, _LEAST_HEIGHT)


def _words_upto(last: PictureWord, words: Sequence[PictureWord]) -> list[PictureWord]:
    """The words that follow each other closely up to this one."""
    row = [word for word in words if abs(word.middle[1] - last.middle[1]) < last.height]
    name, start = [last], last.left
    for word in sorted(row, key=lambda each: -each.right):
        if word.right <= start + 1 and start - word.right <= _SPACE * max(last.height, 8):
            name.insert(0, word)
            start = word.left
    return name


def _words_from(first: PictureWord, words: Sequence[PictureWord]) -> Iterator[PictureWord]:
    """The words that follow each other closely, without the figures behind them."""
    row = sorted(
        (
            word
            for word in words
            if word.left >= first.left and abs(word.middle[1] - first.middle[1]) < first.height
        ),
        key=lambda word: word.left,
    )
    end = first.left
    for word, behind in zip_longest(row, row[1:]):
        is_figure = word.text[0].isdigit() and is_amount(word.text)
        space = _SPACE_OF_FIGURES if is_figure else _SPACE
        is_far = word.left - end > space * max(first.height, 8)
        if word is not first and (is_far or _heads_figures(word, behind)):
            return
        yield word
        end = word.right


def _heads_figures(word: PictureWord, behind: PictureWord | None) -> bool:
    """Whether figures of the series follow: `max 4`, not `Load 1 min`."""
    is_heading = _FIGURE_HEADING.fullmatch(word.text) is not None
    return is_heading and behind is not None and is_amount(behind.text)


def _are_alike(colour: Colour, other: Colour) -> bool:
    return int(np.abs(np.subtract(colour, other)).max()) < _ONE_COLOUR
