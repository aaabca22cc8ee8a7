"""Follows the curves of a plot by their colours, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from core.evidence.screenshots.model import Pixels
from core.evidence.screenshots.ink import paper_of

Row = npt.NDArray[np.float64]  # the row of a curve in each column; NaN where it is not seen
Colour = tuple[int, int, int]

SATURATED = 45  # between the strongest and the weakest channel: what is less is paper or text
_LEAST_PART = 0.35  # of a curve's colour in a pixel; the area below a curve has up to 0.25
_OFF_COLOUR = 0.3
_LEAST_COLUMNS = 0.2  # of the plot that a curve spans
_OF_STRONGEST = 0.7  # in its column
_SHADE = 24  # colours that differ less are one, where there is no legend
MOST_CURVES = 12
_SAMPLE = 200_000  # pixels that tell the colours
_STRETCH = 256  # columns at a time, so that memory stays flat


@dataclass(frozen=True)
class Plot:
    """Where curves lie: rows from top to bottom, columns from left to right, ends exclusive."""

    left: int
    right: int
    top: int
    bottom: int


def saturation(pixels: Pixels) -> npt.NDArray[np.int16]:
    """Per pixel, from 0 (grey) to 255."""
    wide = pixels.astype(np.int16)
    spread: npt.NDArray[np.int16] = wide.max(axis=2) - wide.min(axis=2)
    return spread


def colours_of(pixels: Pixels, plot: Plot) -> list[Colour]:
    """The colours of curves where no legend tells them, the most frequent first."""
    part = pixels[plot.top : plot.bottom, plot.left : plot.right].reshape(-1, 3)
    vivid = part[np.ptp(part.astype(np.int16), axis=1) > SATURATED]
    if not len(vivid):
        return []
    vivid = vivid[:: len(vivid) // _SAMPLE + 1]
    shades, counts = np.unique(vivid // _SHADE, axis=0, return_counts=True)
    colours: list[Colour] = []
    for shade in shades[np.argsort(-counts)]:
        colour = typical(vivid[(vivid // _SHADE == shade).all(axis=1)])
        is_new = all(np.abs(np.subtract(colour, known)).max() > 3 * _SHADE for known in colours)
        if is_new and len(colours) < MOST_CURVES:
            colours.append(colour)
    return colours


def follow(pixels: Pixels, plot: Plot, colours: list[Colour]) -> list[Row | None]:
    """The row of each colour's curve by column; None for a colour that spans too few columns."""
    paper = paper_of(pixels).astype(np.float32)
    curves = np.asarray(colours, dtype=np.float32) - paper
    stretches = []
    for left in range(plot.left, plot.right, _STRETCH):
        right = min(left + _STRETCH, plot.right)
        part = pixels[plot.top : plot.bottom, left:right].astype(np.float32)
        stretches.append([_rows(each, plot.top) for each in _strengths(part - paper, curves)])
    followed = [np.concatenate(rows) for rows in zip(*stretches, strict=True)]
    return [rows if (~np.isnan(rows)).mean() >= _LEAST_COLUMNS else None for rows in followed]


def _strengths(
    distance: npt.NDArray[np.float32], curves: npt.NDArray[np.float32]
) -> list[npt.NDArray[np.float32]]:
    """How much of each curve's colour is in each pixel; a pixel belongs to the nearest colour.

    A thin line is never painted in full: its pixels lie between the paper and its colour.
    """
    lengths = np.maximum((curves**2).sum(axis=1), 1.0)
    parts = [
        np.clip(distance @ curve / length, 0, 1.3)
        for curve, length in zip(curves, lengths, strict=True)
    ]
    rests = [
        np.sqrt(((distance - part[..., None] * curve) ** 2).sum(axis=2)) / np.sqrt(length)
        for part, curve, length in zip(parts, curves, lengths, strict=True)
    ]
    nearest = np.argmin(np.stack(rests), axis=0)
    return [
        np.where((nearest == place) & (part > _LEAST_PART) & (rest < _OFF_COLOUR * part), part, 0)
        for place, (part, rest) in enumerate(zip(parts, rests, strict=True))
    ]


def _rows(strength: npt.NDArray[np.float32], top: int) -> Row:
    """The middle row of a curve in each column, by what is painted there; NaN for nothing."""
    # Areas of other curves that lie over each other may come near the colour, never as near.
    strength = np.where(strength >= _OF_STRONGEST * strength.max(axis=0), strength, 0)
    painted = strength.sum(axis=0)
    upto = strength.cumsum(axis=0)
    middle: Row = (upto >= painted / 2).argmax(axis=0).astype(np.float64) + top
    middle[painted <= 0] = np.nan
    return middle


def typical(colours: npt.NDArray[np.uint8]) -> Colour:
    """The middle of colours, channel by channel. colours: shape (n, 3), n at least 1."""
    red, green, blue = (int(channel) for channel in np.median(colours, axis=0))
    return red, green, blue


def runs_of(present: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where it is true without a gap: first index and the one behind the last."""
    edges = np.flatnonzero(np.diff(present, prepend=False, append=False))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
