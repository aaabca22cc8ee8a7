"""Sample lines of a file, and the score of how much they look like a type of evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING

from core.evidence.configuration.marks import base_name
from core.evidence.extractor import Detected

if TYPE_CHECKING:
    import re

    from core.evidence.extractor import Head
    from core.evidence.model import DataType


MAX_LINES = 400
MAX_LINE = 500  # characters: no pattern sees more of a line
MAX_SCORE = 0.98  # highest score: no look at a sample is certain
_LEAST_REPEATED = 3  # lines of one shape that count as repeated
_SHAPE_WORDS = 3  # words of a line that make up its shape


@dataclass(frozen=True)
class Likeness:
    """How much a text looks like a type of evidence, from 0 to 1 as in `Detected`, and why."""

    score: float
    reason: str = ""

    def named(self, bonus: float) -> Likeness:
        """Raise the score by `bonus`, because the file's name agrees; at most `MAX_SCORE`."""
        return Likeness(min(MAX_SCORE, self.score + bonus), self.reason)

    def claim(self, data_type: DataType, extractor: str) -> Detected | None:
        """The claim of this extractor; None where nothing looks like it."""
        if self.score <= 0:
            return None
        return Detected(data_type, round(min(MAX_SCORE, self.score), 2), extractor, self.reason)


UNLIKE = Likeness(0.0)


@dataclass(frozen=True)
class Sample:
    """The first lines of a file that are not blank, without colour codes, and the file's name."""

    lines: Sequence[str]
    name: str = ""

    @classmethod
    @lru_cache(maxsize=1)  # every extractor asks about the same head
    def of(cls, head: Head) -> Sample:
        return cls([line[:MAX_LINE] for line in head.lines[:MAX_LINES]], head.name)

    @cached_property
    def suffix(self) -> str:
        return PurePath(self.base).suffix.lstrip(".")

    @cached_property
    def base(self) -> str:
        """The file name without folders and what tells its versions apart, in lower case.

        An older copy is of the kind of what it was copied from.
        """
        return base_name(self.name).lower()

    @cached_property
    def text(self) -> str:
        return "\n".join(self.lines)

    def share(self, pattern: re.Pattern[str]) -> float:
        """Return the share of the lines in which the pattern is found, 0 to 1."""
        return self.counted(lambda line: bool(pattern.search(line)))

    def counted(self, holds: Callable[[str], bool]) -> float:
        """Return the share of the lines for which the predicate `holds`, 0 to 1."""
        return sum(map(holds, self.lines)) / max(1, len(self.lines))

    @cached_property
    def repetition(self) -> float:
        """The share of lines that begin like at least two others, numbers aside."""
        shapes = [_shape(line) for line in self.lines]
        counts = Counter(shapes)
        return sum(counts[shape] >= _LEAST_REPEATED for shape in shapes if shape) / max(
            1, len(shapes)
        )

    def any(self, pattern: re.Pattern[str]) -> bool:
        return any(map(pattern.search, self.lines))

    def without(self, pattern: re.Pattern[str]) -> Sample:
        """Return the sample without matching lines, or all of it where every line matches."""
        return Sample([line for line in self.lines if not pattern.search(line)] or self.lines)


def best(*likenesses: Likeness) -> Likeness:
    """Return the likeness of the highest score, the first of equal ones."""
    return max(likenesses, key=lambda likeness: likeness.score, default=UNLIKE)


def _shape(line: str) -> str:
    """Return the first words of a line, each with digits as "0"; empty where there are no words."""
    words = line.split()[:_SHAPE_WORDS]
    plain = ["0" if any(map(str.isdigit, word)) else word for word in words]
    return " ".join(plain) if any(map(str.isalpha, "".join(plain))) and len(words) > 1 else ""
