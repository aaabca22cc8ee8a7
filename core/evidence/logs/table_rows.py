"""Lines that are rows of a table, as proxies and web servers write them.

They have no sentence, so that a word in them is one of several that the column may hold, such as
a frontend, a user, or flags. Which columns there are is told by the number of words and by the
brackets and quotes around them; a column that always holds the same keeps it, to be recognised by.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from core.evidence.logs.notations import WILD

if TYPE_CHECKING:
    from collections.abc import Sequence

    _Kind = tuple[tuple[str, ...], tuple[str, ...]]  # the commands in it, and what is around cells

_LEAST_CELLS = 8
_LEAST_WITH_REQUEST = 5  # cells of rows that hold a request, or other things in quotes
_FILLED = 0.6  # share of cells that are no words
_CELL = re.compile(r'"[^"]*"|\S+')
_WORD = re.compile(r"[\[({<']?[A-Za-z][A-Za-z'-]+[\])}>']?[.,:;!?]*")
# Cells that are told by a name of their own, or that are called: `lamps(start)`.
_NAMED = re.compile(r"=|[A-Za-z]: |\w\([a-z]")
_REQUEST = re.compile(r'(?:^|\s)(?:"|(?:GET|HEAD|POST|PUT|CONNECT|OPTIONS) )')
_COMMAND = re.compile(r"[\[({<][A-Z]{2,}[\])}>]?")  # with what it is given, `[PUB * *]`
_MARKS = "[]{}()<>\"'"


def mask_rows(lines: Sequence[str]) -> list[str]:
    """The lines with `WILD` for what differs in a column of rows."""
    rows: dict[_Kind, list[tuple[int, list[str]]]] = defaultdict(list)
    for number, line in enumerate(lines):
        cells = _cells(line)
        if cells:
            commands = tuple(cell for cell in cells if _COMMAND.fullmatch(cell))
            rows[commands, tuple(map(_around, cells))].append((number, cells))
    written = list(lines)
    for (_, arounds), alike in rows.items():
        varied = [len(set(column)) > 1 for column in zip(*(row for _, row in alike), strict=True)]
        for number, row in alike:
            shown = (
                _wild(around) if is_varied else cell
                for cell, around, is_varied in zip(row, arounds, varied, strict=True)
            )
            written[number] = " ".join(shown)
    return written


def _cells(line: str) -> list[str]:
    """The cells of a row; none where the line is no row."""
    if line.count(" ") < _LEAST_WITH_REQUEST - 1 or _NAMED.search(line):
        return []
    cells = _CELL.findall(line)
    least = _LEAST_WITH_REQUEST if _REQUEST.search(line) else _LEAST_CELLS
    spoken = [_WORD.fullmatch(cell) is not None for cell in cells]
    if len(cells) < least or spoken.count(False) < _FILLED * len(cells):
        return []
    return [] if any(word and following for word, following in pairwise(spoken)) else cells


def _around(cell: str) -> str:
    return f"{cell[0] if cell[0] in _MARKS else ''} {cell[-1] if cell[-1] in _MARKS else ''}"


def _wild(around: str) -> str:
    return around.replace(" ", WILD)
