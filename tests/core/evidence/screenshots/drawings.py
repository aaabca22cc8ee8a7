"""Pictures of terminals, and a reader that needs no Tesseract."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.evidence.screenshots.model import PictureWord, Pixels, TextLayout

if TYPE_CHECKING:
    from collections.abc import Sequence

MONO = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSansMono.ttf"
SANS = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def terminal(
    lines: Sequence[str], *, size: int = 16, paper: str = "#101010", ink: str = "#e0e0e0"
) -> Image.Image:
    """These lines, one below the other."""
    font = ImageFont.truetype(str(MONO), size)
    width = int(max(font.getlength(line) for line in lines)) + 24
    picture = Image.new("RGB", (width, int(size * 1.5 * len(lines)) + 24), paper)
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((12, 12 + int(size * 1.5 * number)), line, fill=ink, font=font)
    return picture


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    content = io.BytesIO()
    picture.save(content, form, **options)
    return content.getvalue()


def words_of(lines: Sequence[str], *, confidence: float = 0.95) -> list[PictureWord]:
    """As a reader tells them, with characters of 10 by 20 pixels."""
    words = []
    for number, line in enumerate(lines):
        column = 0
        for word in line.split(" "):
            if word:
                box = (10.0 * column, 30.0 * number, 10.0 * len(word), 20.0)
                words.append(PictureWord(word, *box, confidence, (1, 1, number)))
            column += len(word) + 1
    return words


@dataclass
class ScriptedReader:
    """Tells what it was given, by layout; what it was shown stands in `shown`."""

    scripts: dict[TextLayout, list[PictureWord]]
    is_available: bool = True
    shown: list[Pixels] = field(default_factory=list)

    def read(self, ink: Pixels, *, layout: TextLayout) -> list[PictureWord]:
        self.shown.append(np.array(ink))
        return self.scripts.get(layout, [])
