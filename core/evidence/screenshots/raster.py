"""Decodes a picture within bounds that are checked before its pixels are; keeps pixels alone.

What a file says beside its pixels (EXIF, places, comments, profiles) is never looked at.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import OutOfLimits, UnreadableEvidence
from core.evidence.screenshots.model import Pixels
from core.text.sentences import sentences

if TYPE_CHECKING:
    from PIL.Image import Image

    from core.evidence.model import Original

say = sentences("evidence.screenshots")

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_BYTES = 32 * 2**20
MAX_PIXELS = 24_000_000  # three screens of 4K
MAX_SIDE = 20_000
_LEAST_SIDE = 16


@dataclass(frozen=True)
class Raster:
    """The first frame of a picture. pixels: rows by columns by red, green, blue."""

    pixels: Pixels
    problem: str | None = None


def read_raster(original: Original) -> Raster:
    """Decode the first frame. Raises OutOfLimits, UnreadableEvidence."""
    if original.size > MAX_BYTES:
        raise OutOfLimits(say.raw("too_many_bytes", mb=MAX_BYTES // 2**20))
    with original.open() as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise OutOfLimits(say.raw("too_many_bytes", mb=MAX_BYTES // 2**20))
    return _decoded(raw)


def _decoded(raw: bytes) -> Raster:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - few files are pictures

    try:
        # Of pixels it warns later than we refuse them; other warnings are of metadata.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
                _check_size(*picture.size)
                frames = getattr(picture, "n_frames", 1) if picture.format == "GIF" else 1
                pixels = _flattened(picture)
    except Image.DecompressionBombError as error:
        raise OutOfLimits(say.raw("too_many_pixels", most=MAX_PIXELS // 1_000_000)) from error
    except UnidentifiedImageError as error:
        raise UnreadableEvidence(say.raw("no_picture")) from error
    except (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError) as error:
        raise UnreadableEvidence(say.raw("damaged")) from error
    return Raster(pixels, say.raw("first_frame") if frames > 1 else None)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise OutOfLimits(say.raw("too_many_pixels", most=MAX_PIXELS // 1_000_000))
    if min(width, height) < _LEAST_SIDE:
        raise UnreadableEvidence(say.raw("too_small"))


def _flattened(picture: Image) -> Pixels:
    """Red, green and blue; what is transparent is white."""
    from PIL import Image  # noqa: PLC0415 - see above

    picture.load()
    if "A" in picture.getbands() or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
    return np.asarray(picture.convert("RGB"))
