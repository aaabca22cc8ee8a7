"""Prepares a picture for reading: black text on white, large enough, whatever its theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.screenshots.model import Pixels
from core.evidence.screenshots.plots import COLOURED, is_coloured, plots, runs_of

if TYPE_CHECKING:
    import numpy.typing as npt


GLYPH_ROWS = 36  # of a line from its ascenders to its descenders, as Tesseract reads best
MAX_SCALED_PIXELS = 24_000_000
_LEAST_INK = 60  # of 255: what differs so much from its row's background is text
_TALLER_THAN_TEXT, _WIDER_THAN_TEXT = 40, 0.4  # rows; of the picture
_EVERY, _SHADE = 3, 4  # pixels of which one is looked at; values of a channel that are one shade
_LEAST_OF_IT = 0.3
_HALF_OF_IT = 0.5  # of a tinge: less may be the area below a curve
_LEAST_OF_OTHERS = 0.05
_LIKE_PAGE, _LEAST_OF_PANEL = 30, 0.2  # how far a panel's paper is from its page; its share
_MOST_TINGED = 10  # between the channels of a paper; the area below a curve has its colour
_MOST_OF_PLOT = 20  # the same of a plot's own paper
_PLAUSIBLE_ROWS = range(5, 60)
_USUAL_SCALE = 2.5
_MAX_SCALE = 4.0


@dataclass(frozen=True)
class Ink:
    """Text as darkness, rows by columns. scale: its pixels per pixel of the picture."""

    pixels: Pixels
    scale: float


def ink_of(pixels: Pixels) -> Ink:
    """What differs from the background of its row, black on white, scaled for reading."""
    # Light on dark and dark on light come out alike, and so does a highlighted row.
    return _scaled(_strength(pixels, np.median(pixels, axis=1)[:, None, :]))


def ink_of_labels(pixels: Pixels) -> Ink:
    """The same of what has no colour and is beside plots: curves of graphs read like letters."""
    strength = _off_papers(pixels, most_tinged=_MOST_TINGED)
    coloured = is_coloured(pixels)
    strength[_widened(coloured)] = 0
    for left, top, right, bottom in plots(coloured, strength):
        strength[top:bottom, left:right] = 0
    # A plot's own paper may have as much of a tinge as the area below a curve, which `plots` seeks.
    strength = np.minimum(strength, _off_papers(pixels, most_tinged=_MOST_OF_PLOT))
    return _scaled(strength)


def ink_of_names(pixels: Pixels) -> Ink:
    """The same of what has a colour and is no plot: legends whose names have it."""
    strength = _strength(pixels, paper_of(pixels))
    coloured = is_coloured(pixels)
    strength[~_widened(coloured)] = 0
    for left, top, right, bottom in plots(coloured, strength):
        is_line = (
            bottom - top < _TALLER_THAN_TEXT and right - left < _WIDER_THAN_TEXT * pixels.shape[1]
        )
        if not is_line:
            strength[top:bottom, left:right] = 0
    return _scaled(strength)


def ink_within_plots(pixels: Pixels) -> Ink:
    """The same of what has no colour and lies over a plot: legends of libraries of science."""
    strength = _off_papers(pixels, most_tinged=_MOST_TINGED)
    coloured = is_coloured(pixels)
    within = np.zeros_like(coloured)
    for left, top, right, bottom in plots(coloured, strength):
        within[top:bottom, left:right] = True
    strength[_widened(coloured) | ~within] = 0
    return _scaled(strength)


def paper_of(pixels: Pixels) -> npt.NDArray[np.float64]:
    """The grey that most of a picture has, as a panel on a page; else the colour of its edges."""
    return _papers_of(pixels, most_tinged=_MOST_TINGED)[0]


def _off_papers(pixels: Pixels, *, most_tinged: int) -> Pixels:
    """How far each pixel is from the nearest paper."""
    papers = _papers_of(pixels, most_tinged=most_tinged)
    strength: Pixels = np.minimum.reduce([_strength(pixels, paper) for paper in papers])
    return strength


def _papers_of(pixels: Pixels, *, most_tinged: int) -> list[npt.NDArray[np.float64]]:
    """The paper, and greys near it that much of the picture has: a plot's own, or a page's."""
    shades, shares, of_any = _shades(pixels)
    if shares.max() >= _LEAST_OF_IT:
        paper = shades[shares.argmax()]
    elif of_any.max() >= _HALF_OF_IT:  # with a tinge, as of a dark blue
        paper = shades[of_any.argmax()]
    else:
        paper = _edge_of(pixels)
        alike = of_any * (np.abs(shades - paper).max(axis=1) <= _LIKE_PAGE)
        if alike.size and alike.max() >= _LEAST_OF_PANEL:  # a panel on a page
            paper = shades[alike.argmax()]
    near = np.abs(shades.mean(axis=1) - paper.mean()) < _LEAST_INK
    is_pale = np.ptp(shades, axis=1) <= most_tinged
    return [paper, *shades[near & is_pale & (of_any > _LEAST_OF_OTHERS)]]


def _edge_of(pixels: Pixels) -> npt.NDArray[np.float64]:
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    return np.asarray(np.median(np.concatenate(edges), axis=0), dtype=np.float64)


def _shades(
    pixels: Pixels,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The shades of a picture, the share of it that each grey has, and that of each tinge."""
    shown = pixels[::_EVERY, ::_EVERY].reshape(-1, 3) // _SHADE
    shades, counts = np.unique(shown, axis=0, return_counts=True)
    tinge = np.ptp(shades, axis=1) * _SHADE
    shares = counts / shown.shape[0]
    values = shades.astype(np.float64) * _SHADE + _SHADE / 2
    return values, shares * (tinge <= _MOST_TINGED), shares * (tinge <= COLOURED)


def _scaled(strength: Pixels) -> Ink:
    from PIL import Image  # noqa: PLC0415 - few files are pictures

    scale = _scale(strength)
    height, width = strength.shape
    scaled = Image.fromarray(255 - strength).resize(
        (round(width * scale), round(height * scale)), Image.Resampling.BICUBIC
    )
    return Ink(np.asarray(scaled), scale)


def _strength(pixels: Pixels, background: npt.NDArray[np.float64]) -> Pixels:
    """How far each pixel is from the background, in its farthest channel; stretched.

    Red letters on black lose most of their contrast in a mean of the channels.
    """
    distance: npt.NDArray[np.int16] = np.abs(pixels - background.astype(np.int16)).max(axis=2)
    strong = distance[distance >= _LEAST_INK]
    top = float(np.percentile(strong, 90)) if strong.size else 255.0
    stretched: Pixels = np.clip(distance * (255.0 / max(top, 1.0)), 0, 255).astype(np.uint8)
    return stretched


def _widened(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """With two pixels around, into which edges and JPEG smear a colour."""
    from PIL import Image, ImageFilter  # noqa: PLC0415 - few files are pictures

    wide = Image.fromarray(mask.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(5))
    return np.asarray(wide) > 0


def _scale(strength: Pixels) -> float:
    """So that lines get GLYPH_ROWS; bounded, also in the pixels that come of it."""
    rows = _glyph_rows(strength)
    scale = GLYPH_ROWS / rows if rows else _USUAL_SCALE
    most = (MAX_SCALED_PIXELS / strength.size) ** 0.5
    return float(min(max(scale, 1.0), _MAX_SCALE, most))


def _glyph_rows(strength: Pixels) -> float | None:
    """The median height of a line of text, in rows; None where no lines show."""
    has_ink = (strength > 2 * _LEAST_INK).sum(axis=1) > 1
    heights = [end - start for start, end in runs_of(has_ink)]
    plausible = [height for height in heights if height in _PLAUSIBLE_ROWS]
    return float(np.median(plausible)) if plausible else None
