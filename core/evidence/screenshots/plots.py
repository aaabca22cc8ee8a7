"""Finds where a picture has curves: boxes around colour that goes through most columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from core.evidence.screenshots.model import PictureWord, Pixels

COLOURED = 50  # between the strongest and the weakest channel
_DARK, _OF_INK = 125, 60  # the same of letters in a very dark blue
_PLOT_GAP = 9  # rows or columns between two that are of one plot
_LABEL_GAP = 3  # columns or rows between a plot and what is written beside it, at least
_LEAST_PLOT = 100  # columns
_LEAST_CURVE = 0.5  # of the columns of a plot and of its labels that a curve goes through
_LEAST_ACROSS = 0.3  # of the columns of a plot that rows without a gap of its curves have
_ROWS_OF_LABEL = range(5, 40)
_LEAST_LABELS = 3  # of an axis
_WIDE = 0.25  # of a picture, that a plot among other things has
_PALE = 5  # of 255: what differs so much from the paper may be the area below a curve


def is_coloured(pixels: Pixels) -> npt.NDArray[np.bool_]:
    """Whether each pixel is neither grey nor a letter in a very dark colour."""
    wide = pixels.astype(np.int16)
    strongest = wide.max(axis=2)
    spread = strongest - wide.min(axis=2)
    is_dark_ink = (strongest < _DARK) & (spread < _OF_INK)
    coloured: npt.NDArray[np.bool_] = (spread > COLOURED) & ~is_dark_ink
    return coloured


def plots(coloured: npt.NDArray[np.bool_], strength: Pixels) -> Iterator[tuple[int, int, int, int]]:
    """Boxes (left, top, right, bottom) in which a curve goes through most columns, in pixels.

    coloured, strength: rows by columns; how far each pixel is from the paper, from 0 to 255.
    """
    for left, top, right, bottom in coloured_boxes(coloured):
        # The area below a curve is too pale to be coloured, and still no paper.
        area = (strength[bottom:, left:right] > _PALE).mean(axis=1) > 0.5  # noqa: PLR2004
        yield left, top, right, bottom + int(np.argmin(np.append(area, False)))


def has_curve(pixels: Pixels, words: Iterable[PictureWord]) -> bool:
    """Whether colour goes on through much of the picture, where no words are. words: in pixels."""
    coloured = is_coloured(pixels)
    for word in words:
        rows = slice(max(0, int(word.top)), int(word.top + word.height) + 1)
        coloured[rows, max(0, int(word.left)) : int(word.right) + 1] = False
    least = _WIDE * pixels.shape[1]
    return any(
        right - left >= least
        and np.any(coloured[top:bottom, left:right], axis=0).mean() >= _LEAST_CURVE
        for left, top, right, bottom in coloured_boxes(coloured)
    )


def has_coloured_labels(pixels: Pixels) -> bool:
    """Whether colour stands in several rows left of a plot, as labels of its value axis do."""
    coloured = is_coloured(pixels)
    for left, top, _, bottom in coloured_boxes(coloured):
        rows = slice(max(0, top - _LEAST_PLOT), bottom + _LEAST_PLOT)
        beside = coloured[rows, max(0, left - _LEAST_PLOT) : max(0, left - _LABEL_GAP + 1)]
        runs = runs_of(np.any(beside, axis=1), gap=_LABEL_GAP)
        labels = [end - start for start, end in runs if end - start in _ROWS_OF_LABEL]
        if len(labels) >= _LEAST_LABELS and max(labels) <= 2 * min(labels):
            return True
    return False


def coloured_boxes(coloured: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int, int, int]]:
    """Boxes around colour that is as wide as a plot, without coloured labels beside it.

    Panels beside each other share rows, but each has its own: those are looked for once more.
    """
    for top, bottom in runs_of(np.any(coloured, axis=1), gap=_PLOT_GAP):
        for left, right in runs_of(np.any(coloured[top:bottom], axis=0), gap=_PLOT_GAP):
            if right - left < _LEAST_PLOT:
                continue
            start, end = _without_labels(coloured[top:bottom, left:right])
            part = coloured[top:bottom, left + start : left + end]
            for first, last in runs_of(np.any(part, axis=1), gap=_PLOT_GAP):
                begin, end = _without_legend(part[first:last])
                across = np.flatnonzero(np.any(part[first + begin : first + end], axis=0))
                if across[-1] + 1 - across[0] >= _LEAST_PLOT:
                    side = left + start
                    yield (
                        side + int(across[0]),
                        top + first + begin,
                        side + int(across[-1]) + 1,
                        top + first + end,
                    )


def _without_labels(coloured: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The columns of a plot, whose labels may have the colour of their curve and touch it almost.

    A curve has hardly a gap in it. Where none is as wide, as of points and bars, all columns.
    """
    width = coloured.shape[1]
    runs = runs_of(np.any(coloured, axis=0), gap=_LABEL_GAP)
    first, last = max(runs, key=lambda run: run[1] - run[0])
    return (first, last) if last - first >= _LEAST_CURVE * width else (0, width)


def _without_legend(coloured: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The rows of a plot: marks of a legend and ends of dashed lines are narrow beside a curve."""
    runs = runs_of(np.any(coloured, axis=1), gap=_LABEL_GAP)
    least = _LEAST_ACROSS * coloured.shape[1]
    wide = [run for run in runs if np.any(coloured[slice(*run)], axis=0).sum() >= least]
    return (wide[0][0], wide[-1][1]) if wide else (0, coloured.shape[0])


def runs_of(present: npt.NDArray[np.bool_], *, gap: int = 1) -> list[tuple[int, int]]:
    """Where it is true: first index and the one behind the last.

    Stretches with less than `gap` between them are one.
    """
    edges = np.flatnonzero(np.diff(present, prepend=False, append=False)).tolist()
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if runs and start - runs[-1][1] < gap:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs
