"""The lines of a profile in text, in order, each with its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.lines import read_blocks
from core.evidence.model import Original

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LINES = 4_000_000
MAX_LINE = 32 * 2**10  # characters of a line that are looked at


@dataclass
class TextLines:
    """The lines of a file; once they were read, how many there are, and their bytes."""

    original: Original
    lines: int = 0
    size: int = 0
    is_cut: bool = False

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Each line with its number from 1; those beyond MAX_LINES are left out."""
        for block in read_blocks(self.original):
            room = MAX_LINES - self.lines
            self.is_cut = self.is_cut or len(block.lines) > room
            lines = block.lines.head(room)
            for number, line in enumerate(lines, start=block.number):
                yield number, line[:MAX_LINE]
            self.lines += len(lines)
            self.size = int(block.starts[-1])
