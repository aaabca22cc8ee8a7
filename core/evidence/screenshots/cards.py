"""Finds the card of a panel: the box of its own paper that ends where a page shows around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.evidence.screenshots.curves import Plot
from core.evidence.screenshots.plots import runs_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from core.evidence.screenshots.model import Pixels

_UNLIKE = 4  # of 255, between a card and its page: dark themes have no more
_ALONG = 0.98  # of a line that has one colour
_MOST_LOOKED_AT = 200  # pixels of a line
_THINNEST = 0.35  # heights of a letter, of what shows of a page; rules of a table are thinner


def card_around(pixels: Pixels, inner: Plot, *, labels: Plot, height: float) -> Plot:
    """The card on which a part of a panel is; the whole picture where no page shows.

    inner: from a column of the plot to the far edge of the labels of its value axis, and from the
    highest of these to the labels below the plot. labels: those of the value axis, which have
    paper between them. height: of a letter, in pixels.
    """
    rows, columns = pixels.shape[:2]
    around = pixels[labels.top : labels.bottom, labels.left : labels.right]
    if not around.size:
        return Plot(0, columns, 0, rows)
    paper = np.median(around.reshape(-1, 3), axis=0)
    least = max(2, round(_THINNEST * height))
    # Below the plot is paper in each of its columns, however much of it an area fills.
    across = pixels[inner.top : inner.bottom].swapaxes(0, 1)
    along = pixels[:, inner.left : inner.right]
    return Plot(
        left=inner.left - _until_page(across[: inner.left][::-1], paper, least),
        right=inner.right + _until_page(across[inner.right :], paper, least),
        top=inner.top - _until_page(along[: inner.top][::-1], paper, least),
        bottom=inner.bottom + _until_page(along[inner.bottom :], paper, least),
    )


def _until_page(lines: Pixels, paper: npt.NDArray[np.float64], least: int) -> int:
    """How many lines come before at least `least` that have one colour, and not the paper's."""
    if not lines.size:
        return 0
    looked_at = lines[:, :: lines.shape[1] // _MOST_LOOKED_AT + 1].astype(np.int16)
    usual = np.median(looked_at, axis=1)
    is_even = np.abs(looked_at - usual[:, None]).max(axis=2) < _UNLIKE
    is_page = (is_even.mean(axis=1) >= _ALONG) & (np.abs(usual - paper).max(axis=1) >= _UNLIKE)
    return next((start for start, end in runs_of(is_page) if end - start >= least), len(lines))
