"""Detects measurements: lines of a name and a number, or tables of numbers over time."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best
from core.evidence.model import DataType

_NUMBER = r"[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_VALUE = rf"(?:{_NUMBER}|[-+]?Inf|NaN)"
_PROMETHEUS = re.compile(
    r"^(?:# (?:HELP|TYPE|UNIT) [a-zA-Z_:]|# EOF$"
    rf"|[a-zA-Z_:][\w:]{{0,200}}(?:\{{[^{{}}]{{0,400}}\}})?"
    rf"\s+{_VALUE}(?:\s+{_NUMBER})?(?:\s+# \{{.*)?\s*$)"
)
_DECLARED = re.compile(r"^# (?:HELP|TYPE) [a-zA-Z_:]")
_LINE_PROTOCOL = re.compile(  # Graphite, InfluxDB, StatsD, OpenTSDB
    rf"^(?:[\w-]{{1,80}}(?:\.[\w-]{{1,80}}){{1,12}}(?:;[\w.=-]{{1,200}})? {_VALUE} \d{{10}}$"
    rf"|[\w.-]{{1,100}}(?:,[\w.-]{{1,60}}=[^ ,]{{1,80}}){{0,12}}"
    rf" \w{{1,60}}=[^ ]{{1,300}}(?: \d{{10,19}})?$"
    rf"|[\w.-]{{1,200}}:{_VALUE}\|(?:c|g|ms|h|s|d)(?:\|.*)?$"
    rf"|put [\w.-]{{1,100}} \d{{10,13}} {_VALUE}(?: [\w.-]+=\S+){{0,12}}$)"
)
# The headings that procps and sysstat print: vmstat, free, top, iostat, mpstat, sar, pidstat.
_SYSTEM_TOOL_HEADING = re.compile(
    r"^(?: *r +b +swpd +free\b| +total +used +free\b|top - \d\d:\d\d:\d\d up |avg-cpu: +%user\b"
    r"|Device:? +(?:tps|r/s|rrqm/s)\b"
    r"|\d\d:\d\d:\d\d(?: [AP]M)? +(?:CPU|IFACE|DEV|UID|kbmemfree|runq-sz|pgpgin/s|tps|proc/s) )"
)
_TOKEN_NUMBER = re.compile(rf"^{_VALUE}%?[kKMGT]?i?B?$")
_TIME = re.compile(
    r"^\"?(?:\d{4}[-/.]\d\d?[-/.]\d\d?(?:[T ]\d\d?:\d\d(?::\d\d)?.{0,16})?"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}(?: \d\d?:\d\d.{0,12})?"
    r"|1\d{9}(?:\.\d+|\d{3}|\d{6}|\d{9})?|\d\d:\d\d:\d\d(?:[.,]\d+)?)\"?$"
)
_TIME_NAME = re.compile(
    r"(?i)^\W*(?:.{0,30}(?:time|date)(?:stamp)?.{0,12}|ts|t|epoch|clock|@timestamp)\W*$"
)
_MESSAGE_NAME = re.compile(
    r"(?i)^\W*(?:message|msg|content|log|text|body|event|description|line|level|severity)\W*$"
)
_SPAN_NAMES = (re.compile(r"(?i)^trace[_ ]?id$"), re.compile(r"(?i)^span[_ ]?id$"))
_DELIMITERS = (",", "\t", ";", "|")
_LEAST_ROWS = 2
_NEARLY_ALL = 0.85
_LOOK_AT = 100  # rows


def measurements(sample: Sample) -> Likeness:
    """Score text as measurements: Prometheus and similar line formats, or a table of numbers."""
    return best(
        Likeness(_prometheus(sample), "it has a named number a line, as Prometheus writes it"),
        Likeness(0.95 * sample.share(_LINE_PROTOCOL) ** 2, "it has a named number a line"),
        _table_likeness(sample, DataType.METRIC),
        Likeness(_columns(sample), "it has columns of numbers"),
        Likeness(
            0.97 * sample.any(_SYSTEM_TOOL_HEADING), "it is what a tool of the system measured"
        ),
    )


def tabled_log(sample: Sample) -> Likeness:
    """Score text as a table of log records with a time and a message."""
    return _table_likeness(sample, DataType.LOG)


def tabled_spans(sample: Sample) -> Likeness:
    """Score text as a table with the ids of traces and spans."""
    return _table_likeness(sample, DataType.TRACE)


def _prometheus(sample: Sample) -> float:
    share = sample.share(_PROMETHEUS)
    declared = sample.any(_DECLARED)
    return (0.97 if declared else 0.8) * share**2


def _columns(sample: Sample) -> float:
    """Score a heading of words over rows of mostly numbers, as vmstat and sar print them."""
    if len(sample.lines) < 2 + _LEAST_ROWS:
        return 0.0
    rows = [line.split() for line in sample.lines]
    numeric = [
        len(row) > 2 and sum(bool(_TOKEN_NUMBER.match(cell)) for cell in row) >= 0.6 * len(row)  # noqa: PLR2004
        for row in rows
    ]
    has_heading = not numeric[0] or not numeric[1]
    return (
        0.75 * sum(numeric) / len(numeric)
        if has_heading and sum(numeric) > 0.6 * len(rows)
        else 0.0
    )


@dataclass(frozen=True)
class _Table:
    """The column names of a table, empty where it has no heading, and its first rows."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]

    def numbers(self) -> list[bool]:
        """Return, per column, whether its values are numbers other than times."""
        return [
            self._is_mostly(column, _TOKEN_NUMBER) and not is_time
            for column, is_time in self._columns()
        ]

    def has_time(self) -> bool:
        return any(is_time for _, is_time in self._columns())

    def has_words(self) -> bool:
        """Return whether a column has values of several words."""
        return any(
            sum(value.count(" ") >= 2 for value in column) > 0.3 * len(column)  # noqa: PLR2004
            for column, is_time in self._columns()
            if not is_time
        )

    def named(self, pattern: re.Pattern[str]) -> bool:
        return any(map(pattern.match, self.names))

    def _columns(self) -> list[tuple[Sequence[str], bool]]:
        columns = list(zip(*self.rows, strict=True))
        names = self.names or [""] * len(columns)
        return [
            (
                column,
                self._is_mostly(column, _TIME)
                or (bool(_TIME_NAME.match(name)) and not self._is_mostly_words(column)),
            )
            for name, column in zip(names, columns, strict=True)
        ]

    def _is_mostly(self, column: Sequence[str], pattern: re.Pattern[str]) -> bool:
        values = [
            value.strip()
            for value in column
            if value.strip() not in {"", "NA", "null", "None", "-"}
        ]
        return bool(values) and sum(map(bool, map(pattern.match, values))) >= _NEARLY_ALL * len(
            values
        )

    def _is_mostly_words(self, column: Sequence[str]) -> bool:
        return sum(not any(map(str.isdigit, value)) for value in column) > 0.5 * len(column)


def _table_likeness(sample: Sample, wanted: DataType) -> Likeness:
    table = _read_table(sample)
    if table is None:
        return UNLIKE
    data_type, likeness = _classify_table(table)
    return likeness if data_type is wanted else UNLIKE


def _classify_table(table: _Table) -> tuple[DataType, Likeness]:
    numbers = table.numbers()
    share = sum(numbers) / len(numbers)
    if all(map(table.named, _SPAN_NAMES)):
        return DataType.TRACE, Likeness(0.95, "it is a table of spans")
    if table.has_time() and (table.named(_MESSAGE_NAME) or table.has_words()):
        return DataType.LOG, Likeness(0.93, "it is a table of records with a time and a message")
    if table.has_time() and any(numbers):
        score = 0.96 if table.names and share >= 0.3 else 0.7  # noqa: PLR2004
        return DataType.METRIC, Likeness(score, "it is a table of numbers over time")
    if table.names and share > 0.5:  # noqa: PLR2004
        return DataType.METRIC, Likeness(0.6, "it is a table of numbers")
    return DataType.TEXT, Likeness(0.6, "it is a table")


def _read_table(sample: Sample) -> _Table | None:
    """Parse the sample as a table; None where most lines differ from the first in width."""
    lines = [line for line in sample.lines[: _LOOK_AT + 1] if not line.startswith("#")]
    if len(lines) < 1 + _LEAST_ROWS:
        return None
    for delimiter in _DELIMITERS:
        if delimiter not in lines[0]:
            continue
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        width = len(rows[0])
        full_rows = [row for row in rows[1:] if len(row) == width]
        if width > 1 and len(full_rows) >= max(_LEAST_ROWS, 0.9 * (len(rows) - 1)):
            return (
                _Table(rows[0], full_rows)
                if _is_heading(rows[0])
                else _Table((), [rows[0], *full_rows])
            )
    return None


def _is_heading(row: Sequence[str]) -> bool:
    return not any(_TIME.match(cell.strip()) or _TOKEN_NUMBER.match(cell.strip()) for cell in row)
