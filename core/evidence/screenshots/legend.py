"""Reads the legend of a graph: names, each with a mark of its curve's colour on the left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.screenshots.curves import (
    MOST_CURVES,
    SATURATED,
    Colour,
    runs_of,
    saturation,
    typical,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.screenshots.model import PictureWord, Pixels

# In heights of a letter.
_REACH = 4.5  # left of a name in which its mark begins
_WIDEST, _NARROWEST = 3.6, 0.25  # of a mark
_NEAR = 1.6  # between a mark and its name
_SPACE = 1.0  # between two words of a name
_ONE_COLOUR = 40  # that two marks of one curve differ by at most
# What a legend that is a table tells of a series behind its name.
_FIGURE_HEADING = re.compile(r"(?i)(?:last|mean|avg|min|max|current|total)\W{0,2}")


@dataclass(frozen=True)
class LegendEntry:
    """A name and the colour of its curve. left: of its mark; row: of its middle."""

    name: str
    colour: Colour
    left: float
    row: float


def read_legend(pixels: Pixels, words: Sequence[PictureWord]) -> list[LegendEntry]:
    """All names with a mark, from the top, and of a row from the left; at most MOST_CURVES."""
    entries = list[LegendEntry]()
    for word in sorted(words, key=lambda each: (round(each.middle[1] / 4), each.left)):
        mark = _mark_before(pixels, word)
        if mark is None:
            continue
        colour, left = mark
        if any(_are_alike(colour, entry.colour) for entry in entries):
            continue
        entries.append(LegendEntry(_name_from(word, words), colour, left, word.middle[1]))
    return entries[:MOST_CURVES]


def _mark_before(pixels: Pixels, word: PictureWord) -> tuple[Colour, float] | None:
    """The colour and the left edge of the mark that ends right before a word."""
    height, row = max(word.height, 6.0), word.middle[1]
    top, bottom = max(0, int(row - 0.6 * height)), int(row + 0.6 * height) + 1
    begin, end = max(0, int(word.left - _REACH * height)), max(0, int(word.left))
    part = pixels[top:bottom, begin:end]
    if not part.size:
        return None
    coloured = saturation(part) > SATURATED
    runs = runs_of(np.any(coloured, axis=0))
    if not runs:
        return None
    first, last = runs[-1]
    is_near = end - (begin + last) <= _NEAR * height
    if not is_near or not _NARROWEST * height <= last - first <= _WIDEST * height:
        return None
    if first == 0 and begin > 0:
        return None  # it goes on to the left: a curve
    return typical(part[:, first:last][coloured[:, first:last]]), float(begin + first)


def _name_from(first: PictureWord, words: Sequence[PictureWord]) -> str:
    return " ".join(word.text for word in _words_from(first, words))


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
    for word in row:
        is_far = word.left - end > _SPACE * max(first.height, 8)
        if word is not first and (is_far or _FIGURE_HEADING.fullmatch(word.text)):
            return
        yield word
        end = word.right


def _are_alike(colour: Colour, other: Colour) -> bool:
    return int(np.abs(np.subtract(colour, other)).max()) < _ONE_COLOUR
