"""Detects the layout of a text table: its separator, its columns, and which of them holds times."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from core.evidence.logs.timestamps import find_format
from core.evidence.series.model import LATEST, Floats

if TYPE_CHECKING:
    from datetime import datetime

_SEPARATORS = "\t;|,"  # a comma last: it may be in numbers where another one separates
_SAMPLE_ROWS = 200
_LEAST_SAME_WIDTH = 0.8  # share of lines, at least, with as many cells
_TIME = re.compile(
    r"(?i)[\"']?(?:@?_?timestamp|date[ _]?time|_?time|date|ts|epoch|when|period|t|at)\b.{0,40}"
)
_MOST_HEADINGS = 8  # rows above the first figures
_NAME_ROWS = frozenset({"label", "full label", "name", "metric", "metric name", "metricname"})
_NUMBER = re.compile(r"\s*[+-]?(?:\d[\d_]*)?(?:[.,]\d+)?(?:[eE][+-]?\d+)?\s*")


@dataclass(frozen=True)
class TableLayout:
    """The layout of a table: its separator and the names of its columns."""

    separator: str
    columns: tuple[str, ...]
    headed: bool
    skipped: int  # lines before the first of the table
    is_comma_decimal: bool = False


def find_layout(head: bytes) -> TableLayout | None:
    """Detect the layout from the beginning; None where there are not at least two columns."""
    text = head.decode("utf-8-sig", errors="replace")
    lines = text.splitlines()
    skipped = _skipped(lines)
    lines = [line for line in lines[skipped:] if line.strip()][:_SAMPLE_ROWS]
    if len(lines) < 2:  # noqa: PLR2004 - a heading and a row
        return None
    separator = _separator(lines)
    if separator is None:
        return None
    first = _cells(lines[0].lstrip("#").lstrip(), separator)
    if above := _rows_above_heading(lines, separator):
        columns = _names_of_rows([_cells(line, separator) for line in lines[: above + 1]])
        before = [at for at, line in enumerate(text.splitlines()[skipped:]) if line.strip()]
        return TableLayout(
            separator,
            columns,
            headed=True,
            skipped=skipped + before[above],
            is_comma_decimal=_is_comma_decimal(lines[above:], separator),
        )
    headed = not any(is_number(cell) for cell in first if cell.strip())
    names = first if headed else [f"column {at + 1}" for at in range(len(first))]
    return TableLayout(
        separator, tuple(names), headed, skipped, _is_comma_decimal(lines, separator)
    )


def _rows_above_heading(lines: list[str], separator: str) -> int:
    """How many rows stand above the heading, as CloudWatch writes `Label,…` above `Timestamp,…`."""
    for at, line in enumerate(lines[:_MOST_HEADINGS]):
        cells = _cells(line, separator)
        if any(is_number(cell) for cell in cells[1:]) and is_time(cells[0]):
            return 0
        if is_time_heading(cells[0].strip()) and not any(map(is_number, cells)):
            return at
    return 0


def is_time(cell: str) -> bool:
    """Whether a cell begins as times do."""
    return cell.strip()[:4].isdecimal()


def _names_of_rows(rows: list[list[str]]) -> tuple[str, ...]:
    """The name of each column: that of the row of names, with what its heading adds."""
    *above, heading = rows
    named = [row for row in above if row[0].strip().lower() in _NAME_ROWS] or above
    names = dict(enumerate(named[-1]))
    return (
        heading[0],
        *(f"{names.get(at, '')} {cell}".strip() for at, cell in enumerate(heading[1:], 1)),
    )


def is_time_heading(heading: str) -> bool:
    """Whether a column with this heading is named like a time."""
    return _TIME.match(heading) is not None


def _skipped(lines: list[str]) -> int:
    """The number of lines before the table: comments, and the `sep=,` that spreadsheets write.

    A comment right above it may be its heading: `# hostname;interval;timestamp;CPU;%user`.
    """
    for at, line in enumerate(lines[:50]):
        if line.strip() and not line.startswith(("#", "sep=", "//")):
            return at - 1 if at and _is_heading(lines[at - 1], of=line) else at
    return 0


def _is_heading(comment: str, *, of: str) -> bool:
    separator = next((each for each in _SEPARATORS if each in of), None)
    if not comment.startswith("# ") or separator is None:
        return False
    cells = _cells(comment, separator)
    return len(cells) == len(_cells(of, separator)) and not any(map(is_number, cells))


def _separator(lines: list[str]) -> str | None:
    """The separator that most lines have as often as the first one."""
    best, most = None, 0
    for separator in _SEPARATORS:
        counts = Counter(len(_cells(line, separator)) for line in lines)
        cells, times = counts.most_common(1)[0]
        if cells != len(_cells(lines[0], separator)):
            continue
        if cells > max(1, most) and times >= _LEAST_SAME_WIDTH * len(lines):
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
    """Whether the cell is a number and nothing else."""
    return bool(cell.strip()) and _NUMBER.fullmatch(cell) is not None


def _is_comma_decimal(lines: list[str], separator: str) -> bool:
    """Whether `3,5` means three and a half, as in tables separated by semicolons or tabs."""
    if separator == ",":
        return False
    cells = [cell for line in lines[1:] for cell in _cells(line, separator) if is_number(cell)]
    return any("," in cell for cell in cells) and not any("." in cell for cell in cells)


_SAMPLE = 200


_RECENT = 9e8  # 1998


_MOST = 0.8  # share of sampled cells, at least, that a way to write times has to read


# As spreadsheets and dashboards write them, beside those of logs; the month first where both fit.
_LAYOUTS = (
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%b-%Y %H:%M:%S",
    "%b %d, %Y, %I:%M:%S %p",
    "%Y%m%dT%H%M%SZ",
)


_CLOCK = re.compile(r"\d\d?:\d\d(?::\d\d(?:\.\d+)?)?")


_DATE = re.compile(r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4}")


# Seconds, milli-, micro- and nanoseconds since 1970, told apart by size: up to the year 3000 each.
_UNITS = ((LATEST, 1.0), (LATEST * 1e3, 1e3), (LATEST * 1e6, 1e6), (np.inf, 1e9))


@dataclass(frozen=True)
class Times:
    """The times of all rows, seconds since 1970, NaN where a row has none; and their columns."""

    seconds: Floats
    columns: tuple[int, ...]


def find_times(
    frame: pl.DataFrame, likely: list[tuple[int, bool]], *, reference: datetime
) -> Times | None:
    """Find the times of a table of text cells.

    likely: columns to try, the likeliest first, and whether each is named like a time: other
    numbers count as times only where they are recent. reference: about when the file was written,
    for times without a year.
    """
    for at, is_called in likely:
        column = frame.to_series(at).str.strip_chars()
        follows = frame.to_series(at + 1) if at + 1 < frame.width else None
        if follows is not None and _all_match(column, _DATE) and _all_match(follows, _CLOCK):
            joined = _seconds(column + " " + follows.str.strip_chars(), reference)
            return None if joined is None else Times(joined, (at, at + 1))
        seconds = _seconds(column, reference)
        if seconds is not None and (is_called or _is_recent(seconds)):
            return Times(seconds, (at,))
    return None


def _is_recent(seconds: Floats) -> bool:
    finite = seconds[np.isfinite(seconds)]
    return bool(len(finite)) and float(np.median(finite)) > _RECENT


def _seconds(texts: pl.Series, reference: datetime) -> Floats | None:
    sample = [text for text in texts.head(_SAMPLE).to_list() if text]
    if not sample:
        return None
    numbers = texts.cast(pl.Float64, strict=False)
    if numbers.head(_SAMPLE).is_not_null().sum() >= _MOST * len(sample):
        return _from_epoch(numbers.fill_null(float("nan")).to_numpy())
    times = _parse_as_logs(texts, sample, reference)
    if times is None or times.head(_SAMPLE).is_not_null().sum() < _MOST * len(sample):
        times = _parse_as_tables(texts, len(sample))
    return None if times is None else _from_times(times)


def _parse_as_logs(texts: pl.Series, sample: list[str], reference: datetime) -> pl.Series | None:
    written = find_format(sample)
    if written is None:
        return None
    return written.parse(texts.str.extract(f"({written.pattern})", 1), reference=reference)


def _parse_as_tables(texts: pl.Series, least: int) -> pl.Series | None:
    for layout in _LAYOUTS:
        if layout.endswith(("%d", "%Y")):
            days = texts.head(_SAMPLE).str.to_date(layout, strict=False)
            if days.is_not_null().sum() >= _MOST * least:
                return texts.str.to_date(layout, strict=False).cast(pl.Datetime("us"))
            continue
        parsed = texts.head(_SAMPLE).str.to_datetime(layout, time_unit="us", strict=False)
        if parsed.is_not_null().sum() >= _MOST * least:
            return texts.str.to_datetime(layout, time_unit="us", strict=False)
    return None


def _from_times(times: pl.Series) -> Floats:
    micros = times.cast(pl.Int64).cast(pl.Float64).fill_null(float("nan"))
    return micros.to_numpy() / 1e6


def _from_epoch(numbers: Floats) -> Floats:
    finite = numbers[np.isfinite(numbers)]
    largest = float(np.quantile(np.abs(finite), 0.9)) if len(finite) else 0.0
    return numbers / next(unit for limit, unit in _UNITS if largest < limit)


def _all_match(column: pl.Series, pattern: re.Pattern[str]) -> bool:
    cells = [text.strip() for text in column.head(_SAMPLE).to_list() if text]
    return bool(cells) and all(map(pattern.fullmatch, cells))
