"""Output of commands: one JSON document for scripts, or a plain table for people.

What people read may hold text from outside, which must not give orders to their terminal.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.text.redacted import legible, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment

UNCUT = 10_000  # columns of what is no terminal
LONGEST_CELL = 200  # characters: one cell of a megabyte would push every other out of sight


class Terminal(Console):
    """Standard output for people. Control characters in text from outside are made visible."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """As rich does it; a segment of control codes is rich's own."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=legible(segment.text))


def print_json(document: object) -> None:
    """One document on standard output, nothing else."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.flush()


def print_line(text: str) -> None:
    """One line, as it is: nothing in it is markup, and nothing breaks what may be copied."""
    Terminal().print(Text(legible(text)), soft_wrap=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under their headings, cut to the width of a terminal.

    Elsewhere only names are cut, where they are longer than any. The first column is what one
    copies into the next command: it is whole everywhere.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    whole = max((len(row[0]) for row in rows), default=0)
    for name in columns:
        width = whole if name == columns[0] else None
        table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=width)
    for row in rows:
        first, *middle, last = (one_line(cell) for cell in row)
        table.add_row(*map(Text, (first, *map(_short, middle), last)))
    Terminal(width=None if sys.stdout.isatty() else UNCUT).print(table)


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST_CELL else f"{cell[: LONGEST_CELL - 1]}…"
