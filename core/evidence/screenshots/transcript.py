"""The text of a picture as lines, with the indentation and the columns that it shows."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from statistics import fmean, median
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.screenshots.model import PictureWord

LEAST_CONFIDENCE = 0.3  # of a line on average; what is less was an icon or a curve
_MOST_INDENT = 60
_BEARING = 0.35  # of a character: the blank within two boxes that glyphs leave free
_DIGITS = str.maketrans("OoQDlI|iSsB", "00001111558")
_LIKE_DIGIT = r"[0-9OoQDlI|iSsB]"
# What can only be a date or a time, by its separators, although letters stand for digits in it.
_TIME = re.compile(
    rf"(?<![\w:.-])(?:{_LIKE_DIGIT}{{4}}[-/]{_LIKE_DIGIT}{{2}}[-/]{_LIKE_DIGIT}{{2}})?"
    rf"(?:(?<=\S)T|(?<!\S)|(?<=\[))(?:{_LIKE_DIGIT}{{2}}:{_LIKE_DIGIT}{{2}}:{_LIKE_DIGIT}{{2}})?"
    rf"(?:[.,]{_LIKE_DIGIT}{{3,9}})?(?=Z\b|[+-]\d\d|[\s\],]|$)"
)


@dataclass(frozen=True)
class Transcript:
    """Text in memory, as an original: what was read in a picture."""

    raw: bytes
    written: datetime

    @property
    def size(self) -> int:
        return len(self.raw)

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.raw)


def lines_of(words: Sequence[PictureWord]) -> list[str]:
    """Lines from top to bottom, without those that are hardly text."""
    lines = [list(group) for _, group in groupby(words, key=lambda word: word.line)]
    readable = [line for line in lines if _confidence(line) >= LEAST_CONFIDENCE]
    if not readable:
        return []
    pitch = _pitch(readable)
    margin = min(line[0].left for line in readable)
    return [_line_text(line, margin=margin, pitch=pitch) for line in readable]


def mend_times(line: str) -> str:
    """The line with digits where letters were read in what can only be a date or a time."""
    return _TIME.sub(lambda match: match[0].translate(_DIGITS), line)


def _confidence(line: Sequence[PictureWord]) -> float:
    return fmean(word.confidence for word in line)


def _pitch(lines: Sequence[Sequence[PictureWord]]) -> float:
    """The width of a character, in pixels."""
    return median(word.width / len(word.text) for line in lines for word in line)


def _line_text(line: Sequence[PictureWord], *, margin: float, pitch: float) -> str:
    indent = min(round((line[0].left - margin) / pitch), _MOST_INDENT)
    text = " " * indent + line[0].text
    for word, following in pairwise(line):
        gap = round((following.left - word.right) / pitch - _BEARING)
        text += " " * min(max(gap, 1), _MOST_INDENT) + following.text
    return text
