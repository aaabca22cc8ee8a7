"""Reads tables of numbers over time: CSV with commas, semicolons, tabs or bars.

Either a column of times and one column a series (a heading may carry labels), or in long form a
column of times, text columns that identify the series, and value columns. polars parses them.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from core.errors import UnreadableEvidence
from core.evidence.logs.change_tables import find_change_table
from core.evidence.series.model import (
    MAX_SERIES,
    FileRange,
    Floats,
    Places,
    Series,
    SeriesReading,
    make_series,
)
from core.evidence.series.prometheus import Lines, find_lines
from core.evidence.series.table_layout import (
    TableLayout,
    find_layout,
    find_times,
    is_number,
    is_time_heading,
)
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

say = sentences("evidence.series_reading")

_SAMPLE_ROWS = 200
_SAMPLE_BYTES = 2**20
_MOST_NUMBERS = 0.7  # share of a column's sampled values, at least, for it to be a series
_REPEATED = 0.5  # different texts by rows, at most, in a column that says which series
_LEAST_ROWS = 2
_UNHEADED_FACTOR = 0.85
_LEAST_UNHEADED_ROWS = 5  # rows without a word in them, from which on a table needs no heading
_SPAN_COLUMN = re.compile(r"(?i)(?:trace|span|parent)[ _-]?(?:id|span)")
_EMPTY_CELLS = {"", "nan", "null", "none", "na", "n/a", "-", "undefined", "inf", "+inf", "-inf"}
_THOUSANDS = r"^[+-]?\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,20})?$"  # `1,234,567.8`
_MEASURED = re.compile(r"\s*([+-]?[\d.]{1,40}(?:[eE][+-]?\d{1,3})?)\s?([%\w/µ]{1,10})\s*")
_WITH_LABELS = re.compile(r"([^{}]{0,200})\{([^{}]{1,2000})\}\s*")
_LABEL = re.compile(r"([\w.]{1,100})\s?[=:]\s?\"?([^\",]{0,300})\"?")
_ALL_LABELS = re.compile(r"(?i)labels?|tags?|dimensions?|attributes?")
# In a cell with all of them: `job=orders,code=200`, `job=orders code=200`, `{job="orders"}`.
_LABEL_OF_CELL = re.compile(
    r"([A-Za-z_][\w.]{0,99})\s?[=:]\s?(?:\"([^\"]{0,300})\"|([^\"{}]{0,300}?))"
    r"(?=[\s,;|]{1,3}[A-Za-z_][\w.]{0,99}\s?[=:]|[,;|\s}]{0,3}$)"
)
# The same whatever its column is called.
_PAIR = r"[A-Za-z_]\w{0,99}+=(?:\"[^\"]{0,300}+\"|[^\s\"{}=,;|]{0,300}+)"
_ALL_PAIRS = re.compile(rf"\{{?{_PAIR}(?:(?:[,;|] ?| ){_PAIR}){{0,40}}\}}?")
_VALUES = re.compile(r"(?i)value|val|_value|v|avg|average|mean|sum|count|min|max|p\d+")
_NAMES = re.compile(r"(?i)(?:metric|series|measurement|name|_field|field|metric_?name)")


@dataclass(frozen=True)
class Rows:
    """The rows of a table.

    Places are row numbers, from 0; `numbers` are their line numbers, from 0.
    """

    lines: Lines
    numbers: Places

    def span(self, first: int, last: int) -> FileRange:
        return self.lines.span(int(self.numbers[first]), int(self.numbers[last]))


def table_confidence(head: bytes, *, written: datetime) -> float:
    """The confidence (0 to 1) that a file with this beginning is a table of numbers over time.

    Columns of words that never repeat are messages of people or programs, not labels: no such
    table. Values before and after are changes, however much they are numbers.
    """
    sheet = find_layout(head)
    if sheet is None or any(_SPAN_COLUMN.match(name) for name in sheet.columns):
        return 0.0
    if find_change_table(head.decode("utf-8-sig", errors="replace").splitlines()) is not None:
        return 0.0
    try:
        frame = _frame(head, sheet)
    except UnreadableEvidence:
        return 0.0
    times = find_times(frame, _time_columns(sheet.columns), reference=written)
    if times is None or len(frame) < _LEAST_ROWS:
        return 0.0
    table = _Columns(
        frame, times.seconds, _rows(head, sheet, len(frame)), times.columns, sheet, most=100
    )
    timed = float(np.mean(np.isfinite(times.seconds)))
    is_clear = sheet.headed or (table.are_numbers and len(frame) >= _LEAST_UNHEADED_ROWS)
    return timed * table.share * (1.0 if is_clear else _UNHEADED_FACTOR)


def read(raw: bytes, *, written: datetime) -> SeriesReading:
    """Read the series. written: about when, for times without a year.

    Raises UnreadableEvidence where it is not a table, or none of its columns holds times.
    """
    sheet = find_layout(raw[:_SAMPLE_BYTES])
    if sheet is None:
        message = "no table of numbers: its lines have no separator in common"
        raise UnreadableEvidence(message)
    frame = _frame(raw, sheet)
    ground = _rows(raw, sheet, len(frame))
    times = find_times(frame, _time_columns(sheet.columns), reference=written)
    if times is None:
        message = "a table without a column of times"
        raise UnreadableEvidence(message)
    table = _Columns(frame, times.seconds, ground, times.columns, sheet)
    series = tuple(table.series())
    problems = (_unread_rows(times.seconds, ground), table.problem)
    return SeriesReading(
        series=series,
        points=sum(len(member.times) + member.missing for member in series),
        lines=len(ground.lines.starts) - 1,
        size=len(raw),
        problem="; ".join(filter(None, problems)) or None,
    )


def _unread_rows(times: Floats, ground: Rows) -> str | None:
    """A quotation mark that is never closed makes one row of all lines behind it."""
    untimed = np.flatnonzero(~np.isfinite(times))
    if not len(untimed):
        return None
    swallowed = max(0, len(ground.numbers) - len(times))
    first = int(ground.numbers[untimed[0]]) + 1
    return say.raw("rows_without_time", n=len(untimed) + swallowed, first=str(first))


class _Columns:
    """The columns of a table, divided into series and labels."""

    def __init__(
        self,
        frame: pl.DataFrame,
        times: Floats,
        ground: Rows,
        timed: tuple[int, ...],
        sheet: TableLayout,
        *,
        most: int = MAX_SERIES,
    ) -> None:
        self._frame, self._times, self._ground = frame, times, ground
        self._names = sheet.columns
        data_columns = [at for at in range(frame.width) if at not in timed]
        rest, self._unseen = data_columns[:most], len(data_columns[most:])
        # What is blank at first says nothing for or against: monitors write many such columns.
        filled = {at: column for at in rest if len(column := _filled_cells(frame, at))}
        numeric = [at for at, column in filled.items() if _is_numeric(column)]
        self._numbers = _floats(frame, numeric, sheet)
        others = [at for at in filled if at not in self._numbers]
        self._texts = [at for at in others if at in rest[:50] and self._names_series(at)]
        self._words = len(others) - len(self._texts)
        self.problem: str | None = None

    @property
    def share(self) -> float:
        """The share of columns that are values or labels; 0 where there are no values."""
        if not self._numbers:
            return 0.0
        return 1.0 - self._words / (self._words + len(self._numbers) + len(self._texts))

    @property
    def are_numbers(self) -> bool:
        """Whether there are only times and numbers."""
        return not self._words and not self._texts

    def _names_series(self, at: int) -> bool:
        column = self._frame.to_series(at)
        different = column.n_unique()
        return 1 <= different <= max(1.0, _REPEATED * len(column))

    def series(self) -> Iterator[Series]:
        """The series in the order of columns, at most MAX_SERIES."""
        groups = self._groups()
        wanted = len(groups) * (len(self._numbers) + self._unseen)
        if wanted > MAX_SERIES:
            self.problem = say.raw("first_series_read", n=MAX_SERIES, all=wanted)
        count = 0
        for labels, rows in groups:
            for at, values in self._numbers.items():
                if (count := count + 1) > MAX_SERIES:
                    return
                yield self._series_of_column(at, values, labels, rows)

    def _series_of_column(
        self, at: int, values: Floats, labels: dict[str, str], rows: Places | None
    ) -> Series:
        name, own = split_heading(self._names[at])
        # Tables of InfluxDB have columns without a name, and some without anything in them.
        labels = {key: value for key, value in {**labels, **own}.items() if key and value}
        name_label = self._name_label(labels, name)
        if name_label is not None:
            name = labels.pop(name_label)
        labels = _expanded(labels)
        name = labels.pop("__name__", name)
        chosen = slice(None) if rows is None else rows
        places = np.arange(len(values), dtype=np.int64)[chosen]
        points = (self._times[chosen], values[chosen])
        return make_series(name, labels, points, self._ground, places=places)

    def _name_label(self, labels: Mapping[str, str], name: str) -> str | None:
        """The label that names what the only figures measure, in whatever language it is headed."""
        if _VALUES.fullmatch(name) and (
            named := next((key for key in labels if _NAMES.fullmatch(key)), None)
        ):
            return named
        others = [key for key in labels if not _ALL_LABELS.fullmatch(key)]
        is_long = len(self._numbers) == 1 and len(others) + 1 == len(labels)
        return others[0] if is_long and len(others) == 1 else None

    def _groups(self) -> list[tuple[dict[str, str], Places | None]]:
        """The rows of each combination of labels."""
        if not self._texts:
            return [({}, None)]
        names = [self._frame.columns[at] for at in self._texts]
        keyed = self._frame.select(names).fill_null("").with_row_index("row")
        grouped = keyed.group_by(names, maintain_order=True).agg(pl.col("row"))
        headings = [self._names[at] for at in self._texts]
        return [
            (
                dict(zip(headings, map(str, row[:-1]), strict=True)),
                np.array(row[-1], dtype=np.int64),
            )
            for row in grouped.head(MAX_SERIES + 1).iter_rows()
        ]


def _expanded(labels: Mapping[str, str]) -> dict[str, str]:
    """With each label by itself, where one cell holds them all: `job=orders,code=200`."""
    expanded = dict[str, str]()
    for key, value in labels.items():
        holds_all = _ALL_LABELS.fullmatch(key) or _ALL_PAIRS.fullmatch(value)
        pairs = _LABEL_OF_CELL.findall(value) if holds_all else []
        expanded |= {name: quoted or bare for name, quoted, bare in pairs} or {key: value}
    return expanded


def split_heading(heading: str) -> tuple[str, dict[str, str]]:
    """Split a heading such as `in_use{service="db"}` or `{pod="a"}` into name and labels."""
    match = _WITH_LABELS.fullmatch(heading)
    if match is None:
        return heading, {}
    return match[1].strip(), dict(_LABEL.findall(match[2]))


def _frame(raw: bytes, sheet: TableLayout) -> pl.DataFrame:
    """Read all cells as text, missing ones as null. Raises UnreadableEvidence."""
    body = _body(raw, sheet)
    with warnings.catch_warnings():  # of quotation marks: a log that is no table has them anywhere
        warnings.filterwarnings("ignore", message="CSV malformed")
        return _quoted_or_not(body, sheet)


def _quoted_or_not(body: bytes, sheet: TableLayout) -> pl.DataFrame:
    try:
        return _cells(body, sheet)
    except pl.exceptions.PolarsError:
        pass  # a quotation mark that is never closed, mostly: then they are letters
    try:
        return _cells(body, sheet, quote_char=None)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        message = f"a table that breaks off or is damaged: {reason}"
        raise UnreadableEvidence(message) from error


def _cells(body: bytes, sheet: TableLayout, quote_char: str | None = '"') -> pl.DataFrame:
    return pl.read_csv(
        io.BytesIO(body),
        separator=sheet.separator,
        has_header=False,
        schema={f"c{at}": pl.String for at in range(len(sheet.columns))},
        missing_columns="insert",
        truncate_ragged_lines=True,
        encoding="utf8-lossy",
        ignore_errors=True,
        quote_char=quote_char,
    )


def _body(raw: bytes, sheet: TableLayout) -> bytes:
    """The rows without blank lines, which are kept only where quoted cells may contain them."""
    starts = find_lines(raw).starts
    begun = _first_lines(raw, sheet, starts)
    if not len(begun):
        return b""
    body = raw[int(starts[begun[0]]) :]
    if len(begun) == len(starts) - 1 - begun[0] or b'"' in body:
        return body
    return b"".join(raw[starts[line] : starts[line + 1]] for line in begun)


def _rows(raw: bytes, sheet: TableLayout, count: int) -> Rows:
    """The line of each row; only near it where cells hold line feeds."""
    lines = find_lines(raw)
    begun = _first_lines(raw, sheet, lines.starts)
    if len(begun) < count:
        begun = np.append(begun, np.full(count - len(begun), max(0, len(lines.starts) - 2)))
    return Rows(lines, begun.astype(np.int64))


def _first_lines(raw: bytes, sheet: TableLayout, starts: Places) -> Places:
    """The numbers, from 0, of the lines that are rows: neither blank nor the heading."""
    lines = np.flatnonzero(_lines_with_text(raw, starts)).astype(np.int64)
    return lines[lines >= sheet.skipped][int(sheet.headed) :]


def _lines_with_text(raw: bytes, starts: Places) -> npt.NDArray[np.bool_]:
    """Return the numbers of lines that hold more than a line feed."""
    lengths = np.diff(starts)
    text = np.frombuffer(raw, dtype=np.uint8)
    first = text[np.minimum(starts[:-1], len(text) - 1)]
    is_crlf = (lengths == len(b"\r\n")) & (first == ord("\r"))
    has_text: npt.NDArray[np.bool_] = (lengths > 1) & ~is_crlf
    return has_text


def _filled_cells(frame: pl.DataFrame, at: int) -> pl.Series:
    """The cells of a column's first rows that hold something; of later rows where these do not."""
    column = frame.to_series(at)
    first = column.head(_SAMPLE_ROWS).drop_nulls()
    return first if len(first) else column.drop_nulls().head(_SAMPLE_ROWS)


def _is_numeric(column: pl.Series) -> bool:
    cells = [cell for cell in column.to_list() if cell and cell.strip().lower() not in _EMPTY_CELLS]
    good = sum(
        is_number(cell) or bool(_MEASURED.fullmatch(cell) or re.match(_THOUSANDS, cell.strip()))
        for cell in cells
    )
    return bool(cells) and good >= _MOST_NUMBERS * len(cells)


def _floats(frame: pl.DataFrame, columns: list[int], sheet: TableLayout) -> dict[int, Floats]:
    """The numbers of columns, NaN where there is none; one unit (`12.5 %`, `3 ms`) is dropped."""
    texts = frame.select(pl.nth(columns).str.strip_chars()) if columns else frame.clear()
    if sheet.is_comma_decimal:
        texts = texts.with_columns(pl.all().str.replace(",", ".", literal=True))
    texts = texts.with_columns(_without_thousands(pl.all()))
    numbers = texts.select(pl.all().cast(pl.Float64, strict=False))
    return {
        at: _without_unit(text, number).fill_null(float("nan")).to_numpy()
        for at, text, number in zip(
            columns, texts.iter_columns(), numbers.iter_columns(), strict=False
        )
    }


def _without_thousands(texts: pl.Expr) -> pl.Expr:
    grouped = texts.str.replace_all(",", "", literal=True)
    return pl.when(texts.str.contains(_THOUSANDS)).then(grouped).otherwise(texts)


def _without_unit(texts: pl.Series, numbers: pl.Series) -> pl.Series:
    if numbers.null_count() == texts.null_count() or not _is_one_unit(texts):
        return numbers
    return texts.str.extract(r"^([+-]?[\d.]+(?:[eE][+-]?\d+)?)", 1).cast(pl.Float64, strict=False)


def _is_one_unit(column: pl.Series) -> bool:
    """Whether the numbers have a single unit; values of several units are not comparable."""
    units = {
        match[2]
        for cell in column.head(_SAMPLE_ROWS).to_list()
        if cell and (match := _MEASURED.fullmatch(cell)) and not is_number(cell)
    }
    return len(units) == 1


def _time_columns(columns: tuple[str, ...]) -> list[tuple[int, bool]]:
    """Columns that may hold times: those named like a time, then the first one."""
    called = [(at, True) for at, name in enumerate(columns) if is_time_heading(name)]
    return [*called[:5], *([] if (0, True) in called else [(0, False)])]
