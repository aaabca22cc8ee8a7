from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from core.evidence.extractor import Detected
from core.evidence.extractors.image import ImageExtractor
from core.evidence.model import DataType, FindingKind
from core.evidence.screenshots.contents import read_picture
from core.evidence.screenshots.ink import ink_of_labels
from core.evidence.screenshots.model import PictureWord, TextLayout
from tests.core.evidence.exhibits import exhibit
from tests.core.evidence.screenshots.drawings import ScriptedReader, encoded, words_of
from tests.core.evidence.screenshots.panel_drawing import BOTTOM, LEFT, RIGHT, TOP, panel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.evidence.screenshots.model import Pixels

INKED = 128  # of 255
SHAPES = {"checkout": lambda x: 300.0 if x > 0.5 else 100.0}


def reader_of(pixels: Pixels, words: list[PictureWord]) -> ScriptedReader:
    scale = ink_of_labels(pixels).scale
    around = [word.shrunk(1 / scale) for word in words]
    return ScriptedReader({TextLayout.BLOCK: words, TextLayout.SCATTERED: around})


def test_a_terminal_is_read_once() -> None:
    pixels, _ = panel(SHAPES)
    lines = [f"2026-11-22T10:00:0{second}Z INFO a b c d e f g h" for second in range(9)]
    reader = ScriptedReader({TextLayout.BLOCK: words_of(lines)})
    assert read_picture(pixels, reader).lines == tuple(lines)
    assert len(reader.shown) == 1


def test_curves_are_not_shown_to_the_reader_of_labels() -> None:
    pixels, _ = panel(SHAPES)
    ink = ink_of_labels(pixels)
    plot = [round(side * ink.scale) for side in (TOP, BOTTOM, LEFT + 4, RIGHT - 4)]
    assert (ink.pixels[plot[0] : plot[1], plot[2] : plot[3]] > 250).all()


def test_a_graph_without_legible_axes_is_its_text() -> None:
    pixels, words = panel(SHAPES)
    title = [word for word in words if word.top < 20]
    reading = read_picture(pixels, reader_of(pixels, title))
    assert (reading.lines, reading.panels) == (("Latency p95",), ())


def test_a_panel_becomes_findings_below_its_text(tmp_path: Path) -> None:
    pixels, words = panel(SHAPES)
    path = tmp_path / "shot.png"
    path.write_bytes(encoded(Image.fromarray(pixels)))
    shot = exhibit(path, Detected(DataType.IMAGE, 0.995, "image", ""), name="shot.png")
    extraction = ImageExtractor(reader_of(pixels, words)).extract(shot)
    (rose,) = [each for each in extraction.findings if each.kind is FindingKind.METRIC]
    assert rose.text.text == (
        "Latency p95: checkout rose from about 100 ms to about 300 ms at about 00:00"
        " (read from a picture, approximate)"
    )
    assert rose.locus.line_start == extraction.lines
    assert rose.data["approximate"] is True


def test_short_labels_that_are_taken_for_specks_are_read_in_lines() -> None:
    """Tesseract, of what is scattered, leaves out `60%` and single digits."""
    pixels, words = panel(SHAPES, labels=("0", "2", "4", "6"))
    scale = ink_of_labels(pixels).scale
    digits = [word for word in words if word.text.isdigit()]
    around = [word.shrunk(1 / scale) for word in words if word not in digits]
    lone = [word.shrunk(1 / scale) for word in digits]
    reader = ScriptedReader({TextLayout.BLOCK: lone, TextLayout.SCATTERED: around})
    (only,) = read_picture(pixels, reader).panels
    assert only.axis.span == pytest.approx(6)


@dataclass
class InkReader:
    """Tells those of its words whose boxes have ink. words: in pixels of the picture."""

    size: tuple[int, int]
    words: list[PictureWord]
    is_available: bool = True

    def read(self, ink: Pixels, *, layout: TextLayout) -> list[PictureWord]:
        del layout
        scale = self.size[1] / ink.shape[1]
        scaled = [word.shrunk(scale) for word in self.words]
        return [word for word in scaled if self._has_ink(ink, word)]

    def _has_ink(self, ink: Pixels, word: PictureWord) -> bool:
        rows = slice(int(word.top), int(word.top + word.height))
        return bool((ink[rows, int(word.left) : int(word.right)] < INKED).any())


def inked(words: Sequence[PictureWord], pixels: Pixels, colour: tuple[int, int, int]) -> Pixels:
    """The picture with a line of letters, about, for each word."""
    written = pixels.copy()
    for word in words:
        top, left = int(word.top), int(word.left)
        written[top + 2 : top + 8, left : int(word.right) : 3] = colour
    return written


def test_labels_may_have_the_colour_of_their_curve() -> None:
    pixels, words = panel({"checkout": SHAPES["checkout"]})
    labels = [word for word in words if word.right < LEFT and TOP - 9 < word.top < BOTTOM]
    pixels = inked(labels, pixels, (115, 191, 105))
    pixels = inked([word for word in words if word not in labels], pixels, (204, 204, 220))
    (only,) = read_picture(pixels, InkReader(pixels.shape[:2], words)).panels
    assert [curve.name for curve in only.curves] == ["checkout"]


def test_a_picture_of_many_words_is_a_graph_where_it_has_a_curve() -> None:
    pixels, words = panel(SHAPES, clocks=())
    wordy = words_of(["a b c d e f g h i j k l"] * 9)
    scale = ink_of_labels(pixels).scale
    around = [word.shrunk(1 / scale) for word in words]
    small = [word.shrunk(20) for word in wordy]
    reader = ScriptedReader({TextLayout.BLOCK: small, TextLayout.SCATTERED: around})
    (only,) = read_picture(pixels, reader).panels
    assert [curve.name for curve in only.curves] == ["checkout"]
