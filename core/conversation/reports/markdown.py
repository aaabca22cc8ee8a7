"""How reports write Markdown: sections, names, and places in files.

Text that came from outside stands in code spans or indented code, where Markdown has no meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

from core.redaction.engine import Redactor
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.evidence.model import Locus

TIME: LiteralString = "%Y-%m-%d %H:%M:%S"
LINE_WIDTH = 80  # characters of one quoted line


@dataclass(frozen=True)
class Formatter:
    """How names and places in files are written down."""

    redactor: Redactor

    def name(self, text: str) -> RedactedText:
        return self.redactor.clean(text).code()

    def at(self, locus: Locus | None) -> RedactedText:
        """` (`db.log:4182`)`, or nothing."""
        return (
            RedactedText.format(" ({label})", label=self.name(locus.label))
            if locus
            else RedactedText.EMPTY
        )


def section(title: RedactedText, lines: Sequence[RedactedText]) -> list[RedactedText]:
    """Lines under a heading of the second level."""
    return [RedactedText.format("## {title}", title=title), *lines]


def items(lines: Iterable[RedactedText]) -> list[RedactedText]:
    """The lines as a list."""
    return [RedactedText.format("- {line}", line=line) for line in lines]


def quoted_line(text: RedactedText) -> list[RedactedText]:
    """A line of a file by itself, as indented code."""
    words = text.line() or RedactedText.format("(empty)")
    return [RedactedText.EMPTY, RedactedText.format("    {line}", line=words), RedactedText.EMPTY]


def spaced(lines: Sequence[RedactedText]) -> RedactedText:
    """The text, with one empty line around headings, never two."""
    apart: list[RedactedText] = []
    for line in lines:
        if line.text.startswith("#"):
            apart += [RedactedText.EMPTY, line, RedactedText.EMPTY]
        else:
            apart.append(line)
    pairs = zip([RedactedText.EMPTY, *apart], apart, strict=False)
    return RedactedText.join("\n", [line for before, line in pairs if before or line])
