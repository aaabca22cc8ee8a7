r"""Makes series of the tables that tools print again and again: `sar`, `iostat`, `\watch`, loops.

A column of numbers is a series for each row that its words name: a device, a state, a pod. What
changes in a row without being a number, such as the state of a pod, makes it a list of states,
which is no series; so are values before and after.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import UnreadableEvidence
from core.evidence.lines import without_escapes
from core.evidence.pods import workload_of
from core.evidence.series.model import MAX_SERIES, Series, SeriesReading, make_series
from core.evidence.series.prometheus import Lines, find_lines
from core.evidence.series.text_cells import is_measure, measure
from core.evidence.series.text_tables import TableRow, TextTables
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

say = sentences("evidence.series_reading")

_LEAST_KNOWN = 0.85  # share of lines, at least, that are part of tables
_FIRST_LINES = 40
_LEAST_AT_FIRST = 0.5  # the same of the first lines, without which no more are looked at
_LEAST_TIMES = 3
_MOST_NUMBERS = 0.7  # share of a column's cells, at least, for it to be a series
_NOTHING = frozenset({"", "-", "--", "n/a", "null", "none", "nan", "<unknown>"})
_IDENTIFIES = re.compile(r"(?i)(?:pid|ppid|uid|gid|tid|tgid|id|port|container id|core|queue|cpu)")
_VALUE = re.compile(r"(?i)(?:variable_)?val(?:ue)?")
_PAIR = re.compile(r"\s+/\s+")
_CHANGES = ({"old", "new"}, {"before", "after"}, {"from", "to"}, {"previous", "current"})


@dataclass
class _Table:
    """The rows below all headings that say the same."""

    columns: tuple[str, ...]
    rows: list[TableRow]

    def cells(self, at: int) -> list[str]:
        return [row.cells[at] for row in self.rows]


@dataclass(frozen=True)
class _Layout:
    """Which columns are numbers, and which name the row."""

    measured: tuple[int, ...]
    named: tuple[int, ...]


def snapshot_share(text: str, *, written: datetime) -> float:
    """The share of lines that are part of such tables; 0 where no series comes of them."""
    first = "\n".join(text.split("\n", _FIRST_LINES)[:_FIRST_LINES])
    if _rows(first, written)[0] < _LEAST_AT_FIRST:
        return 0.0
    share, rows = _rows(text, written)
    if share < _LEAST_KNOWN or len({row.seconds for row in rows}) < _LEAST_TIMES:
        return 0.0
    layouts = [_layout(table) for table in _tables(rows)]
    is_clear = any(layouts) and sum(layout is None for layout in layouts) <= len(layouts) / 2
    return share if is_clear else 0.0


def _rows(text: str, written: datetime) -> tuple[float, list[TableRow]]:
    """The share of lines that are part of tables, and the rows that have a time."""
    tables = TextTables(written)
    rows = [row for row in tables.rows(without_escapes(text)) if row.seconds is not None]
    return tables.known / max(1, tables.known + tables.unknown), rows


def read_snapshots(raw: bytes, *, written: datetime) -> SeriesReading:
    """Read the series. Raises UnreadableEvidence where no table has numbers over time."""
    tables = TextTables(written)
    rows = list(tables.rows(without_escapes(raw.decode("utf-8", errors="replace"))))
    ground = find_lines(raw)
    series = list(
        _all_series([row for row in rows if row.seconds is not None], tables.host, ground)
    )
    if not series:
        message = "tables without numbers over time"
        raise UnreadableEvidence(message)
    problems = []
    if tables.unknown:
        problems.append(say.raw("lines_without_point", n=tables.unknown))
    if len(series) > MAX_SERIES:
        problems.append(say.raw("first_series_read", n=MAX_SERIES, all=len(series)))
    return SeriesReading(
        series=tuple(series[:MAX_SERIES]),
        points=sum(len(member.times) for member in series),
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        size=len(raw),
        problem="; ".join(problems) or None,
    )


def _tables(rows: list[TableRow]) -> list[_Table]:
    by_heading: dict[tuple[str, ...], _Table] = {}
    for row in map(_with_parted_pairs, rows):
        by_heading.setdefault(row.columns, _Table(row.columns, [])).rows.append(row)
    return list(by_heading.values())


def _with_parted_pairs(row: TableRow) -> TableRow:
    """With `MEM USAGE / LIMIT` as two columns."""
    if not any(" / " in cell for cell in row.cells):
        return row
    columns, cells = list[str](), list[str]()
    for column, cell in zip(row.columns, row.cells, strict=True):
        names, parts = _PAIR.split(column), _PAIR.split(cell)
        if len(parts) == 2 and all(map(is_measure, parts)):  # noqa: PLR2004 - a pair
            if len(names) != len(parts):
                names = [f"{column} 1", f"{column} 2"]
            columns += names
            cells += parts
        else:
            columns.append(column)
            cells.append(cell)
    return TableRow(tuple(columns), tuple(cells), row.line, row.seconds)


def _layout(table: _Table) -> _Layout | None:
    """None where no number is told over time, or where the rows are states or changes."""
    words = {column.lower().split(" ")[0] for column in table.columns}
    if any(pair <= words for pair in _CHANGES):
        return None
    if len({row.seconds for row in table.rows}) < min(_LEAST_TIMES, len(table.rows)):
        return None
    numbers = [at for at in range(len(table.columns)) if _is_measured(table, at)]
    measured = [at for at in numbers if not _identifies(table, at)]
    named = [at for at in range(len(table.columns)) if at not in measured and _is_word(table, at)]
    identity = _identity(table, named)
    if not measured or identity is None:
        return None
    unsettled = [at for at in named if at not in identity and not _is_settled(table, at, identity)]
    if any(at not in numbers for at in unsettled):
        return None
    named = [at for at in named if at not in unsettled]
    return _Layout(tuple(measured), tuple(_without_spare(table, named)))


def _without_spare(table: _Table, named: list[int]) -> list[int]:
    """Without ids of what has a name, too."""
    for at in [at for at in named if _identifies(table, at)]:
        rest = [other for other in named if other != at]
        if _are_apart(table, rest) and _is_settled(table, at, rest):
            named = rest
    return named


def _identifies(table: _Table, at: int) -> bool:
    """Whether a number tells who it is; `id` beside `wa` is how long the processor was idle."""
    is_idle = table.columns[at] == "id" and "wa" in table.columns
    return not is_idle and _IDENTIFIES.fullmatch(table.columns[at]) is not None


def _identity(table: _Table, named: list[int]) -> list[int] | None:
    """The first of these columns that tell the rows of one time apart; None where none do."""
    counts = range(len(named) + 1)
    return next((named[:count] for count in counts if _are_apart(table, named[:count])), None)


def _is_measured(table: _Table, at: int) -> bool:
    cells = [cell for cell in table.cells(at) if cell.lower() not in _NOTHING]
    if not cells:
        return False
    units = {measured[1] for cell in cells if (measured := measure(cell))}
    good = sum(map(is_measure, cells))
    return good >= _MOST_NUMBERS * len(cells) and len(units - {""}) <= 1


def _is_word(table: _Table, at: int) -> bool:
    return any(cell.lower() not in _NOTHING for cell in table.cells(at))


def _are_apart(table: _Table, named: list[int]) -> bool:
    """Whether no two rows of one time have the same names."""
    keys = [(row.seconds, *(row.cells[at] for at in named)) for row in table.rows]
    return len(set(keys)) == len(keys)


def _is_settled(table: _Table, at: int, others: list[int]) -> bool:
    """Whether a column says the same whenever the others do."""
    seen: dict[tuple[str, ...], str] = {}
    return all(
        seen.setdefault(tuple(row.cells[other] for other in others), row.cells[at]) == row.cells[at]
        for row in table.rows
    )


def _all_series(rows: list[TableRow], host: str, ground: Lines) -> Iterator[Series]:
    for table in _tables(rows):
        layout = _layout(table)
        if layout is None:
            continue
        groups: dict[tuple[str, ...], list[TableRow]] = defaultdict(list)
        for row in table.rows:
            groups[tuple(row.cells[at] for at in layout.named)].append(row)
        keys = [_label_for(table, at) for at in layout.named]
        for names, group in groups.items():
            labels = {key: name for key, name in zip(keys, names, strict=True) if name}
            if host:
                labels["instance"] = host
            for at in layout.measured:
                name, kept = _named(table.columns[at], labels, layout)
                yield _series(name, kept, group, at, ground)


def _named(column: str, labels: dict[str, str], layout: _Layout) -> tuple[str, dict[str, str]]:
    """Of `Variable_name` and `Value` the first is what the second measures."""
    if len(layout.measured) == len(layout.named) == 1 and _VALUE.fullmatch(column):
        (_, name), *others = labels.items()
        return name, dict(others)
    return column, labels


def _label_for(table: _Table, at: int) -> str:
    """`NAME` is a pod's or a container's, where the table is one of these."""
    column = table.columns[at]
    if column != "NAME":
        return column if column.lower() != "pod" else "pod"
    if any("CONTAINER" in other for other in table.columns) or "POD" in table.columns:
        return "container"
    cells = set(table.cells(at))
    return "pod" if any(workload_of(cell) != cell for cell in cells) else column


def _series(
    name: str, labels: dict[str, str], rows: list[TableRow], at: int, ground: Lines
) -> Series:
    measured = [measure(row.cells[at]) for row in rows]
    unit = next((each[1] for each in measured if each and each[1]), "")
    return make_series(
        name,
        labels,
        (
            np.array([row.seconds for row in rows], dtype=np.float64),
            np.array([np.nan if each is None else each[0] for each in measured], dtype=np.float64),
        ),
        ground,
        unit=unit,
        places=np.array([row.line for row in rows], dtype=np.int64),
    )
