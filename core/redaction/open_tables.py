"""Tables with a column of secrets where a text is read in parts: the heading stands in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.redaction.headed_columns import ANY_NAME, cells_in, heads_columns, rows_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

MOST_HEADINGS = 50  # that are known at once: the latest
_LAST_ROWS = 20  # lines at the end of a part, of which one has a secret where the table goes on
_SCREEN = rf"^[^:=\n]*(?i-u:{ANY_NAME})[^:=\n]*$"  # in polars


def headings_in(lines: pl.Series) -> list[tuple[int, str]]:
    """The lines that head such a table, each with its number from 0."""
    likely = lines.str.contains(_SCREEN).fill_null(value=False).arg_true()
    named = zip(likely.to_list(), lines.gather(likely).to_list(), strict=True)
    return [(number, line) for number, line in named if heads_columns(line)]


def open_at_end(headings: Sequence[str], lines: pl.Series) -> tuple[str, ...]:
    """Those of the headings, in order, whose rows the last of the lines are."""
    last = lines.tail(_LAST_ROWS).to_list()
    latest = dict.fromkeys(headings[-MOST_HEADINGS:])
    return tuple(
        heading for heading in latest if any(True for row in last for _ in cells_in(row, heading))
    )


def rows_on(headings: Iterable[str], lines: pl.Series) -> Iterator[tuple[int, int, int]]:
    """The secrets in rows that go on from the part before: a line's number, start and end."""
    for heading in headings:
        yield from rows_below(heading, lines)
