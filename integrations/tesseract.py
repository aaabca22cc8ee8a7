"""Reads text in pictures with Tesseract, a program of its own, through its standard input.

Nothing of a picture is written to a disk: originals are sealed, and a temporary file is not.
Source: tesseract(1), measured on 5.3.0.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import OutOfLimits, UnreadableEvidence
from core.evidence.extractors.image import ImageExtractor
from core.evidence.screenshots.model import PictureWord, TextLayout
from integrations.limited_commands import limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.screenshots.model import Pixels

PROGRAM = "tesseract"
SECONDS = 28.0  # a file may take 120, and is read four times at most
_PAGE_MODES = {TextLayout.BLOCK: "6", TextLayout.SCATTERED: "11"}
# Words of a terminal are in no dictionary.
_OPTIONS = ("-c", "load_system_dawg=0", "-c", "load_freq_dawg=0")
# One thread: more wait for each other's crumbs, and take five to ten times as long.
_ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C"}
_KEPT = ("PATH", "TESSDATA_PREFIX")
_WORD_LEVEL = "5"
_FIELDS = 12


def image_extractor() -> ImageExtractor:
    """The extractor of pictures, reading with Tesseract."""
    return ImageExtractor(Tesseract())


@dataclass(frozen=True)
class Tesseract:
    """Implements `core.evidence.ports.PictureReader`. seconds: for one reading."""

    seconds: float = SECONDS

    @property
    def is_available(self) -> bool:
        return shutil.which(PROGRAM) is not None

    def read(self, ink: Pixels, *, layout: TextLayout) -> tuple[PictureWord, ...]:
        return tuple(_words(_run(_page(ink), _PAGE_MODES[layout], seconds=self.seconds)))


def _page(ink: Pixels) -> bytes:
    """As a PGM, which takes no time to pack."""
    from PIL import Image  # noqa: PLC0415 - few files are pictures

    page = io.BytesIO()
    Image.fromarray(ink).save(page, "PPM")
    return page.getvalue()


def _run(page: bytes, mode: str, *, seconds: float) -> str:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    command = (PROGRAM, "stdin", "stdout", "-l", "eng", "--psm", mode, "--dpi", "200")
    with subprocess.Popen(  # noqa: S603 - what comes of a picture is its input alone
        limited((*command, *_OPTIONS, "tsv"), seconds=int(SECONDS)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a library's last words may quote the picture
        env={**kept, **_ENVIRONMENT},
    ) as process:
        try:
            table, _ = process.communicate(page, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            process.kill()
            message = f"reading the text of the picture takes longer than {seconds:g} s"
            raise OutOfLimits(message) from error
    if process.returncode:
        message = f"Tesseract failed on the picture (exit code {process.returncode})"
        raise UnreadableEvidence(message)
    return table.decode("utf-8", errors="replace")


def _words(table: str) -> Iterator[PictureWord]:
    """Rows of its TSV: level, page, block, paragraph, line, word, box, confidence, text."""
    for row in table.splitlines()[1:]:
        fields = row.split("\t")
        if len(fields) != _FIELDS or fields[0] != _WORD_LEVEL or not fields[11].strip():
            continue
        left, top, width, height = map(float, fields[6:10])
        line = tuple(map(int, fields[2:5]))
        confidence = max(0.0, float(fields[10])) / 100
        yield PictureWord(fields[11].strip(), left, top, width, height, confidence, line)
