"""Prepares a picture for reading: black text on white, large enough, whatever its theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.screenshots.model import Pixels

if TYPE_CHECKING:
    import numpy.typing as npt


GLYPH_ROWS = 36  # of a line from its ascenders to its descenders, as Tesseract reads best
MAX_SCALED_PIXELS = 24_000_000
_LEAST_INK = 60  # of 255: what differs so much from its row's background is text
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
    from PIL import Image  # noqa: PLC0415 - few files are pictures

    strength = _strength(pixels)
    scale = _scale(strength)
    height, width = strength.shape
    scaled = Image.fromarray(255 - strength).resize(
        (round(width * scale), round(height * scale)), Image.Resampling.BICUBIC
    )
    return Ink(np.asarray(scaled), scale)


def _strength(pixels: Pixels) -> Pixels:
    """How far each pixel is from the median of its row, in its farthest channel; stretched.

    Light on dark and dark on light come out alike, and so do a highlighted row and red letters on
    black, which lose most of their contrast in a mean of the channels.
    """
    background = np.median(pixels, axis=1).astype(np.int16)[:, None, :]
    distance: npt.NDArray[np.int16] = np.abs(pixels.astype(np.int16) - background).max(axis=2)
    strong = distance[distance >= _LEAST_INK]
    top = float(np.percentile(strong, 90)) if strong.size else 255.0
    stretched: Pixels = np.clip(distance * (255.0 / max(top, 1.0)), 0, 255).astype(np.uint8)
    return stretched


def _scale(strength: Pixels) -> float:
    """So that lines get GLYPH_ROWS; bounded, also in the pixels that come of it."""
    rows = _glyph_rows(strength)
    scale = GLYPH_ROWS / rows if rows else _USUAL_SCALE
    most = (MAX_SCALED_PIXELS / strength.size) ** 0.5
    return min(max(scale, 1.0), _MAX_SCALE, most)


def _glyph_rows(strength: Pixels) -> float | None:
    """The median height of a line of text, in rows; None where no lines show."""
    has_ink = (strength > 2 * _LEAST_INK).sum(axis=1) > 1
    edges = np.flatnonzero(np.diff(has_ink, prepend=False, append=False))
    heights = [end - start for start, end in zip(edges[::2], edges[1::2], strict=True)]
    plausible = [height for height in heights if height in _PLAUSIBLE_ROWS]
    return float(np.median(plausible)) if plausible else None
