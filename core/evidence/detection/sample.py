"""The lines by which a text is judged: the first few hundred, none of them long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from core.evidence.extractor import Head

MAX_LINES = 400
MAX_LINE = 500  # characters: no pattern sees more of a line
MOST = 0.98
_OFTEN = 3
_SHAPE = 3  # words


@dataclass(frozen=True)
class Likeness:
    """How much a text looks like something, 0 to 1 as in `Detected`, and why."""

    score: float
    reason: str = ""

    def named(self, bonus: float) -> Likeness:
        """The name agrees."""
        return Likeness(min(MOST, self.score + bonus), self.reason)


UNLIKE = Likeness(0.0)


@dataclass(frozen=True)
class Sample:
    """Lines that say something, without colours, and what the file is called."""

    lines: Sequence[str]
    name: str = ""

    @classmethod
    @lru_cache(maxsize=1)  # every extractor asks about the same head
    def of(cls, head: Head) -> Sample:
        return cls([line[:MAX_LINE] for line in head.lines[:MAX_LINES]], head.name)

    @property
    def suffix(self) -> str:
        return PurePath(self.name).suffix.lstrip(".").lower()

    @property
    def base(self) -> str:
        """The name without folders, in small letters."""
        return PurePath(self.name).name.lower()

    @cached_property
    def text(self) -> str:
        return "\n".join(self.lines)

    def share(self, pattern: re.Pattern[str]) -> float:
        """Of the lines in which the pattern is found."""
        return self.counted(lambda line: bool(pattern.search(line)))

    def counted(self, holds: Callable[[str], bool]) -> float:
        """The share of the lines of which it holds."""
        return sum(map(holds, self.lines)) / max(1, len(self.lines))

    @cached_property
    def repetition(self) -> float:
        """The share of lines that begin like two others, numbers aside: programs do that."""
        shapes = [_shape(line) for line in self.lines]
        counts = Counter(shapes)
        return sum(counts[shape] >= _OFTEN for shape in shapes if shape) / max(1, len(shapes))

    def any(self, pattern: re.Pattern[str]) -> bool:
        return any(map(pattern.search, self.lines))

    def without(self, pattern: re.Pattern[str]) -> Sample:
        """The other lines; all where there are none."""
        return Sample([line for line in self.lines if not pattern.search(line)] or self.lines)


def _shape(line: str) -> str:
    """Its first words, those with digits as one; empty where there are no words."""
    words = line.split()[:_SHAPE]
    plain = ["0" if any(map(str.isdigit, word)) else word for word in words]
    return " ".join(plain) if any(map(str.isalpha, "".join(plain))) and len(words) > 1 else ""


def best(*found: Likeness) -> Likeness:
    """The first of the highest score."""
    return max(found, key=lambda one: one.score, default=UNLIKE)
