r"""Reads the tables in a text that tools printed, one after the other, with the time of each row.

A row has its own time (`sar`, `pidstat`, `vmstat -t`), a cell with one, or that of the line above
its table, as of `date` in a loop, `iostat -t` and `\watch`. Tables are parted by bars or rules, as
databases, Markdown and wikis draw them, or by blanks, where each cell stands below its heading.
Records of a line a field (`\G`, `\x`) are rows, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from core.evidence.series.text_cells import (
    Cells,
    are_aligned,
    bars_of,
    columns_of,
    is_measure,
    words_of,
)
from core.evidence.series.told_moments import Calendar, find_date, find_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYSSTAT = re.compile(r"(?:Linux|SunOS|AIX) \S+ \((?P<host>[\w.-]+)\)\s")
_RULE = re.compile(r"(?=.{0,400}?(?:--|==))[\s|+:=-]+|\|-+\s*|\{\|.{0,200}|\|\}\s*")
_GROUPS = re.compile(r"\s*(?:procs|-\S{1,60}-)(?:\s+-\S{1,60}-)+\s*")
_RECORD = re.compile(r"\*{5,} ?\d+\. row ?\*{5,}\s*|-\[ RECORD \d+ \][-+]*\s*")
_FIELD = re.compile(r"([^:|]{1,80})(?:: |:$|\| )(.*)")
_FOOTER = re.compile(
    r"(?i)\s*(?:\(\d+ rows?\)|\d+ rows? in set.{0,40}|empty set.{0,40}|time: [\d.]+ m?s.{0,20}"
    r"|average:.{0,400}|\$ .{0,200}|\+ .{0,200})"
)
_AROUND = re.compile(r"[\s=#*>\[\](){}:.,_-]*")
_EVERY = re.compile(
    r"(?i)\(every [\d.]+ ?s\)|watch every [\d.]+ ?s|every [\d.]+s:|\b(?:date|time|at)\b:?"
)
_MOST_WORDS = 40  # letters beside the time, in a line that tells the time of what is below it
_ZONE_NAME = re.compile(r"[A-Z]{2,5}")
_LEAST_COLUMNS = 2
_MANY_COLUMNS, _MOSTLY = 6, 0.8


_Fitted = tuple[tuple[str, ...], tuple[str, ...]]  # columns and cells


@dataclass(frozen=True)
class TableRow:
    """A row of a table. line: its number, from 0. seconds: since 1970; None where nothing tells."""

    columns: tuple[str, ...]
    cells: tuple[str, ...]
    line: int
    seconds: float | None


@dataclass
class TextTables:
    """Goes through the lines of a text. known: lines that are part of tables; host: whose."""

    written: datetime
    host: str = ""
    known: int = 0
    unknown: int = 0
    _seconds: float | None = None  # of what stands below
    _columns: tuple[str, ...] = ()  # of a table with bars or rules
    _above: tuple[str, ...] = ()  # cells that a rule below makes a heading
    _heading: str = ""  # of a table of blanks
    _shapes: dict[str, tuple[bool, ...]] = field(default_factory=dict)  # which cells are numbers
    _record: dict[str, str] | None = None
    _record_line: int = 0
    _calendar: Calendar = field(init=False)

    def __post_init__(self) -> None:
        self._calendar = Calendar(self.written)

    def rows(self, text: str) -> Iterator[TableRow]:
        """All rows, in order."""
        number = 0
        for number, line in enumerate(text.split("\n")):
            yield from self._take(line.rstrip("\r"), number)
        yield from self._end_record()

    def _take(self, line: str, number: int) -> Iterator[TableRow]:
        if not line.strip():
            yield from self._end_record()
            self._begin_table()
        elif _RECORD.fullmatch(line):
            yield from self._end_record()
            self._record, self._record_line = {}, number
            self.known += 1
        elif self._record is not None and (pair := _FIELD.fullmatch(line.strip())):
            self._record[pair[1].rstrip()] = pair[2].lstrip()
            self.known += 1
        elif self._passes(line):
            yield from self._end_record()
            self.known += 1
        elif "|" in line or line.startswith("! "):
            yield from self._barred(line, number)
        else:
            yield from self._blank_parted(line, number)

    def _passes(self, line: str) -> bool:
        """Take a line that is no row, but belongs to the tables around it."""
        if host := _SYSSTAT.match(line):
            self.host = host["host"]
            midnight = find_date(line[host.end() :])
            if midnight is not None:
                self._calendar.set_date(midnight)
            return True
        if _RULE.fullmatch(line):
            if self._above:
                self.unknown -= len(self._above) == 1  # it looked like a word by itself
                self.known += len(self._above) == 1
                self._columns, self._above = self._above, ()
            return True
        return bool(_GROUPS.fullmatch(line) or _FOOTER.fullmatch(line)) or self._tells_time(line)

    def _tells_time(self, line: str) -> bool:
        """Take a line of a time with hardly anything around it."""
        moment = find_moment(line) if "|" not in line else None
        if moment is None:
            return False
        around = _EVERY.sub("", line[: moment.start] + line[moment.end :])
        if not _AROUND.fullmatch(around):
            return False
        self._seconds = self._calendar.date(moment)
        self._begin_table()
        return True

    def _begin_table(self) -> None:
        self._heading, self._columns, self._above = "", (), ()

    def _end_record(self) -> Iterator[TableRow]:
        record, self._record = self._record, None
        if record:
            yield self._row(tuple(record), tuple(record.values()), self._record_line)

    def _barred(self, line: str, number: int) -> Iterator[TableRow]:
        """A row between bars, or a heading: one that a rule follows, or whose bars are doubled."""
        cells = bars_of(line)
        is_marked = line.lstrip().startswith(("||", "! ", "!!"))
        self._heading = ""
        if is_marked or not self._columns:
            self._columns, self._above = (cells, ()) if is_marked else ((), cells)
        elif len(cells) != len(self._columns):
            self.unknown += 1
            return
        elif cells != self._columns:
            yield self._row(self._columns, cells, number)
        self.known += 1

    def _blank_parted(self, line: str, number: int) -> Iterator[TableRow]:
        moment = find_moment(line)
        seconds, bare = self._seconds, line
        if moment is not None and not line[: moment.start].strip():
            seconds, bare = self._calendar.date(moment), " " * moment.end + line[moment.end :]
        elif moment is not None and not line[moment.end :].strip():
            seconds, bare = self._calendar.date(moment), line[: moment.start].rstrip()
        words = words_of(bare)
        if not any(map(is_measure, words.texts)):
            self._take_heading(bare, words)
            return
        row = self._below_heading(bare, words)
        self.known += row is not None
        self.unknown += row is None
        if row is not None:
            yield self._row(row[0], row[1], number, seconds)

    def _take_heading(self, line: str, words: Cells) -> None:
        """Take a line of words: a heading, if rows follow."""
        is_table = len(words) >= _LEAST_COLUMNS and len(set(words.texts)) > len(words) / 2
        self.known += is_table
        self.unknown += not is_table
        self._heading, self._columns = line if is_table else "", ()
        self._above = (line.strip(),) if not is_table else ()

    def _below_heading(self, line: str, words: Cells) -> _Fitted | None:
        """The columns and cells of a row.

        A heading whose columns a row stood below once has other rows with the same numbers, too.
        """
        if len(self._columns) == len(words) == 1:
            return self._columns, words.texts
        for above, below in _pairings(self._heading, line):
            shape = tuple(map(is_measure, below.texts))
            key = "\t".join(above.texts)
            if are_aligned(above, below) or _is_all_numbers(shape):
                self._shapes[key] = shape
            elif self._shapes.get(key) != shape:
                continue
            return above.texts, below.texts
        return None

    def _row(
        self,
        columns: tuple[str, ...],
        cells: tuple[str, ...],
        line: int,
        seconds: float | None = None,
    ) -> TableRow:
        """The time of a cell counts more than that of a line above."""
        for at, cell in enumerate(cells):
            moment = find_moment(cell)
            if (
                moment is not None
                and moment.is_dated
                and len(cell) <= moment.end - moment.start + 2
            ):
                columns = columns[:at] + columns[at + 1 :]
                cells = cells[:at] + cells[at + 1 :]
                return TableRow(columns, cells, line, self._calendar.date(moment))
        return TableRow(columns, cells, line, self._seconds if seconds is None else seconds)


def _pairings(heading: str, row: str) -> Iterator[tuple[Cells, Cells]]:
    """A heading and a row with as many cells, where words are cells, or what wider gaps part."""
    for cells_of in (words_of, columns_of):
        above, below = _same_width(cells_of(heading), cells_of(row))
        if len(above) == len(below) >= _LEAST_COLUMNS:
            yield above, below


def _is_all_numbers(shape: tuple[bool, ...]) -> bool:
    """Whether a row is so many numbers that it need not stand right below its heading."""
    return len(shape) >= _MANY_COLUMNS and sum(shape) >= _MOSTLY * len(shape)


def _same_width(above: Cells, below: Cells) -> tuple[Cells, Cells]:
    """With as many cells as the other, where it is known what one has more."""
    if len(above) == len(below) + 1:
        if above.texts[0].endswith(":"):  # `avg-cpu:` is what the table is called
            return above.without(0), below
        if _ZONE_NAME.fullmatch(above.texts[-1]):  # above the times that `vmstat -t` puts last
            return above.without(len(above) - 1), below
        last = f"{above.texts[-2]} {above.texts[-1]}"  # `Mounted on`
        return Cells((*above.texts[:-2], last), above.spans[:-1]), below
    return above, below
