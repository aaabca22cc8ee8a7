"""Follows the curves of a plot by their colours, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.evidence.screenshots.ink import paper_of
from core.evidence.screenshots.strokes import Row, Stroke, path_of, strokes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.screenshots.model import Pixels

Colour = tuple[int, int, int]

SATURATED = 30  # between the strongest and the weakest channel: what is less is paper or text
_LEAST_PART = 0.35  # of a curve's colour in a pixel; the area below a curve has up to 0.25
_OFF_COLOUR = 0.3
_LEAST_COLUMNS = 0.2  # of the plot that a curve spans
_SHADE = 24  # colours that differ less are one, where there is no legend
MOST_CURVES = 12
_SAMPLE = 200_000  # pixels that tell the colours
_EVERY, _MOST_TINGED, _LEAST_OF_IT = 2, 20, 0.2  # of a plot's own paper
_MOST_COLUMNS = 2_000  # of a plot that are looked at
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


def follow(
    pixels: Pixels, plot: Plot, colours: list[Colour], without: Sequence[Plot] = ()
) -> list[Row | None]:
    """The row of each colour's curve by column; None for a colour that spans too few columns.

    without: boxes within the plot in which no curve is, as those of a legend.
    """
    paper = _paper_in(pixels, plot)
    curves = np.asarray(colours, dtype=np.float32) - paper
    strokes: list[list[list[Stroke]]] = [[] for _ in colours]
    step = -(-(plot.right - plot.left) // _MOST_COLUMNS)
    columns = np.arange(plot.left, plot.right, step)
    for start in range(0, len(columns), _STRETCH):
        some = columns[start : start + _STRETCH]
        part = pixels[plot.top : plot.bottom, some].astype(np.float32)
        for box in without:
            rows = slice(max(0, box.top - plot.top), max(0, box.bottom - plot.top))
            part[rows, (some >= box.left) & (some < box.right)] = paper
        for known, strength in zip(strokes, _strengths(part - paper, curves), strict=True):
            known.extend(strokes_of(strength, plot.top))
    height = plot.bottom - plot.top
    paths = (path_of(of_curve, height=height) for of_curve in strokes)
    followed = [np.repeat(path, step)[: plot.right - plot.left] for path in paths]
    return [rows if (~np.isnan(rows)).mean() >= _LEAST_COLUMNS else None for rows in followed]


def _paper_in(pixels: Pixels, plot: Plot) -> npt.NDArray[np.float32]:
    """What a plot is drawn on: its own pale colour, or that of the picture."""
    part = pixels[plot.top : plot.bottom : _EVERY, plot.left : plot.right : _EVERY].reshape(-1, 3)
    shades, counts = np.unique(part, axis=0, return_counts=True)
    counts[np.ptp(shades.astype(np.int16), axis=1) > _MOST_TINGED] = 0
    is_own = counts.max() >= _LEAST_OF_IT * len(part)
    return (shades[counts.argmax()] if is_own else paper_of(pixels)).astype(np.float32)


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


def typical(colours: npt.NDArray[np.uint8]) -> Colour:
    """The middle of colours, channel by channel. colours: shape (n, 3), n at least 1."""
    red, green, blue = (int(channel) for channel in np.median(colours, axis=0))
    return red, green, blue
