"""Reads logs that are tables: whose columns hold time, level, service and message, by a heading.

So Kibana, Splunk, Loki and databases hand out what they keep.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from core.evidence.logs.fields import FieldPatterns, name_fields
from core.evidence.logs.timestamps import find_format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DELIMITERS = (",", "\t", ";", "|")
_LEAST_COLUMNS = 2
_LEAST_ROWS = 2
_NEARLY_ALL = 0.8  # of the lines are rows: a cell may hold line breaks
_LONGEST_NAME = 40  # characters


def find_columns(sample: Sequence[str]) -> FieldPatterns | None:
    """The columns by what the first line calls them; None where it is no heading of a log."""
    is_json = bool(sample) and sample[0].lstrip().startswith(("{", "["))
    if len(sample) <= _LEAST_ROWS or is_json or find_format(sample[:1]) is not None:
        return None
    for delimiter in _DELIMITERS:
        names = _cells(sample[0], delimiter)
        if len(names) < _LEAST_COLUMNS or not all(map(_is_name, names)):
            continue
        lines = [line for line in sample[1:] if len(_cells(line, delimiter)) == len(names)]
        if len(lines) < max(_LEAST_ROWS, _NEARLY_ALL * (len(sample) - 1)):
            continue
        records = [dict(zip(names, _cells(line, delimiter), strict=True)) for line in lines]
        fields = name_fields(records, _Columns(names, delimiter, lines).pattern)
        if fields is not None and fields.time:
            return fields
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _is_name(cell: str) -> bool:
    return 0 < len(cell) <= _LONGEST_NAME and any(map(str.isalpha, cell))


class _Columns:
    """Writes the patterns of a table's columns."""

    def __init__(self, names: Sequence[str], delimiter: str, lines: Sequence[str]) -> None:
        self._names, self._lines = names, lines
        mark = re.escape(delimiter)
        self._cell = rf'(?:"(?:[^"]|"")*"|[^"{mark}][^{mark}]*|)'
        self._next = mark

    def pattern(self, name: str, records: Sequence[Mapping[str, object]]) -> str:
        """With one group around the cell of that name, which has its quotes if not all have."""
        del records
        before = rf"^(?:{self._cell}{self._next}){{{self._names.index(name)}}}"
        quoted = rf'{before}"((?:[^"]|"")*)"'
        is_quoted = all(map(re.compile(quoted).match, self._lines))
        return quoted if is_quoted else f"{before}({self._cell})"
