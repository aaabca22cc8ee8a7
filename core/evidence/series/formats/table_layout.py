"""How is a table of text written: what separates its cells, and what are its columns called?"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_SEPARATORS = "\t;|,"  # a comma last: it may be in numbers where another one separates
_SAMPLE_ROWS = 200
_MOST_ALIKE = 0.8  # share of lines, at least, with as many cells
_TIME = re.compile(
    r"(?i)[\"']?(?:@?_?timestamp|date[ _]?time|_?time|date|ts|epoch|when|period|t|at)\b.{0,40}"
)
_NUMBER = re.compile(r"\s*[+-]?(?:\d[\d_]*)?(?:[.,]\d+)?(?:[eE][+-]?\d+)?\s*")


@dataclass(frozen=True)
class Sheet:
    """How a table is written: what separates its cells, and what its columns are called."""

    separator: str
    columns: tuple[str, ...]
    headed: bool
    skipped: int  # lines before the first of the table
    is_comma_decimal: bool = False


def find_sheet(head: bytes) -> Sheet | None:
    """How the table with this head is written; None where it is no table of two columns or more."""
    text = head.decode("utf-8-sig", errors="replace")
    lines = text.splitlines()
    skipped = _skipped(lines)
    lines = [line for line in lines[skipped:] if line.strip()][:_SAMPLE_ROWS]
    if len(lines) < 2:  # noqa: PLR2004 - a heading and a row
        return None
    separator = _separator(lines)
    if separator is None:
        return None
    first = _cells(lines[0], separator)
    headed = not any(is_number(cell) for cell in first if cell.strip())
    names = first if headed else [f"column {at + 1}" for at in range(len(first))]
    return Sheet(separator, tuple(names), headed, skipped, _is_comma_decimal(lines, separator))


def tells_time(heading: str) -> bool:
    """Is a column of this heading called a time?"""
    return _TIME.match(heading) is not None


def _skipped(lines: list[str]) -> int:
    """Lines before the table: remarks, and the `sep=,` that spreadsheets write."""
    for at, line in enumerate(lines[:50]):
        if line.strip() and not line.startswith(("#", "sep=", "//")):
            return at
    return 0


def _separator(lines: list[str]) -> str | None:
    """What every line has as often as the first, and most often."""
    best, most = None, 0
    for separator in _SEPARATORS:
        counts = Counter(len(_cells(line, separator)) for line in lines)
        cells, times = counts.most_common(1)[0]
        if cells != len(_cells(lines[0], separator)):
            continue
        if cells > max(1, most) and times >= _MOST_ALIKE * len(lines):
            best, most = separator, cells
    return best


def _cells(line: str, separator: str) -> list[str]:
    if '"' not in line:
        return line.split(separator)
    quoted = rf'("(?:[^"]|"")*+"|[^{re.escape(separator)}]*+)(?:{re.escape(separator)}|$)'
    cells = [match[1] for match in re.finditer(quoted, line)]
    if cells and not line.endswith(separator):
        cells.pop()  # the empty one at the end of the line
    return [cell[1:-1].replace('""', '"') if cell[:1] == '"' else cell for cell in cells]


def is_number(cell: str) -> bool:
    """Is it a number, and nothing but that?"""
    return bool(cell.strip()) and _NUMBER.fullmatch(cell) is not None


def _is_comma_decimal(lines: list[str], separator: str) -> bool:
    """`3,5` for three and a half, as where the separator is a semicolon or a tab."""
    if separator == ",":
        return False
    cells = [cell for line in lines[1:] for cell in _cells(line, separator) if is_number(cell)]
    return any("," in cell for cell in cells) and not any("." in cell for cell in cells)
