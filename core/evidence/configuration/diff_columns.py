"""Reads diffs whose versions stand side by side: in columns of text, or in a table of a page."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

from core.evidence.configuration.diff_rows import UnifiedLine, file_header, hunk_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TAB = 8
# The sign between the columns, which a tab follows where anything does.
_GUTTER = re.compile(r"^.{0,400}?[ \t]([|<>])(?=\t|[ \t]*$)")
_SPACED_GUTTER = re.compile(r"^.{0,400}?[ ]([|<>])(?=[ ]|$)")  # where tabs are written out
_COMMAND = re.compile(r"\b(?:sdiff|diff(?: -\S+)*? (?:-\w*y\w*|--side-by-side))\b")
_LEAST_SIGNS = 2
_LEAST_COLUMN = 10
_SIGNS = frozenset("|<>()\\/")
_NAME = re.compile(
    r"(?:^|[\s'\"(])((?:[\w.@-]{0,100}/)*[\w.@-]{1,100}\.[A-Za-z]\w{0,11})(?=$|[\s'\"):,])"
)
_CELL = re.compile(r"<td\b[^>]{0,300}>(?P<held>.{0,4000}?)</td>", re.IGNORECASE | re.DOTALL)
_ROW = re.compile(r"<tr\b.{0,9000}?</tr>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]{1,400}>")
_HEADING = re.compile(
    r"<(?:h\d|title|caption|th|summary)\b[^>]{0,300}>(.{1,300}?)</", re.IGNORECASE
)
_COUNT = re.compile(r"\d{0,7}|[nft]")  # the number of a line, or what leads to the next change


def is_in_columns(text: str) -> bool:
    """Whether two versions stand side by side, as `diff -y` prints them."""
    may_be = "\t" in text or _COMMAND.search(text) is not None
    return may_be and _column(text.split("\n")) is not None


def _column(lines: Sequence[str]) -> int | None:
    """Where the sign stands that parts the columns."""
    is_told = any(map(_COMMAND.search, lines))
    gutter = _SPACED_GUTTER if is_told and not _has_tabs(lines) else _GUTTER
    columns = Counter(
        len(match[0].expandtabs(_TAB)) - 1 for line in lines if (match := gutter.match(line))
    )
    column, count = max(columns.items(), key=lambda pair: pair[1], default=(0, 0))
    least = 1 if is_told else _LEAST_SIGNS
    is_clear = count >= least and column >= _LEAST_COLUMN and count * 2 > sum(columns.values())
    return column if is_clear else None


def _has_tabs(lines: Sequence[str]) -> bool:
    return any("\t" in line for line in lines)


def in_columns(lines: Sequence[str]) -> Iterator[UnifiedLine]:
    """Both columns, one below the other; what names a file begins its changes."""
    column = _column(lines)
    assert column is not None  # noqa: S101 - or it were none
    right = (column // _TAB + 1) * _TAB if _has_tabs(lines) else column + 3
    for row, line in enumerate(lines):
        wide = line.expandtabs(_TAB)
        sign, old, new = wide[column : column + 1], wide[:column].rstrip(), wide[right:].rstrip()
        stands_alone = wide[column - 1 : column] == " " == wide[column + 1 : column + 2].ljust(1)
        if (sign in _SIGNS and stands_alone) or (not sign.strip() and old and old == new):
            yield from _side_by_side(row, old, new, sign)
        elif named := _NAME.search(line):
            yield from file_header(row, named[1])
            yield hunk_header(row)


def _side_by_side(row: int, old: str, new: str, sign: str) -> Iterator[UnifiedLine]:
    if sign not in ("|", "<", ">"):
        yield UnifiedLine(row, f" {old}")
        return
    if sign != ">":
        yield UnifiedLine(row, f"-{old}")
    if sign != "<":
        yield UnifiedLine(row, f"+{new}")


def in_table(lines: Sequence[str]) -> Iterator[UnifiedLine]:
    """The cells of a page's table that hold both versions of a line."""
    text = "\n".join(lines)
    row_of, place = 0, 0
    headings = sorted((match.start(), match[1]) for match in _HEADING.finditer(text))
    for table_row in _ROW.finditer(text):
        row_of += text.count("\n", place, table_row.start())
        place = table_row.start()
        while headings and headings[0][0] < place:
            named = _NAME.search(_shown(headings.pop(0)[1]))
            if named:
                yield from file_header(row_of, named[1])
                yield hunk_header(row_of)
        yield from _of_cells(row_of, table_row[0])


def _of_cells(row: int, markup: str) -> Iterator[UnifiedLine]:
    cells = [_shown(cell["held"]) for cell in _CELL.finditer(markup)]
    held = [cell for cell in cells if not _COUNT.fullmatch(cell.strip())]
    is_left = bool(cells) and bool(held) and cells.index(held[0]) < len(cells) / 2
    match held:
        case [old, new] if old == new:
            yield UnifiedLine(row, f" {old}")
        case [old, new]:
            yield UnifiedLine(row, f"-{old}")
            yield UnifiedLine(row, f"+{new}")
        case [only] if any(cell.strip().isdecimal() for cell in cells):  # its line, not a legend
            yield UnifiedLine(row, f"{'-' if is_left else '+'}{only}")


def _shown(markup: str) -> str:
    """The text that a page shows."""
    return html.unescape(_TAG.sub("", markup)).replace("\xa0", " ").rstrip()
