"""Finds and counts single lines of any text by their words, numbered as a text editor does.

Unlike a search for events it needs no table: a row of measurements and a line of a configuration
are lines, too. What redaction hides is not found, so that nobody can guess at a secret.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.evidence.events.answers import read_lines
from core.evidence.events.line_clocks import ANY, ClockSpan, clock_of
from core.evidence.lines import MAX_LINE_BYTES
from core.evidence.logs.access_lines import STATUSES
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.events.line_query import LineQuery
    from core.evidence.model import Original
    from core.redaction.engine import Redactor

CHECKED = 60  # lines that are redacted, to see whether the words are still in them
MOST_COUNTED = 200_000
MOST_GROUPS = 12
_MOST_VALUES = 300  # of a field, each of which is redacted
_NUMERIC = 0.8  # share of values that are numbers, from which on they are summed up as such
_BLOCK_BYTES = 2**20
_ROOM = 2_000  # characters of a line in which a value is looked for
_MS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3, "sec": 1e3}
_STATUS = [re.compile(pattern) for pattern in STATUSES]
_STATUS_COLUMN = re.compile(r"(?i)(?:http_|response_)?(?:status|code)(?:_?code)?")
# `took=12ms`, `"duration_ms": 12.5`, `in 3.2 s`; a number without a unit is none of them.
_DURATION = re.compile(
    r"(?i)\b(?:duration|took|elapsed|latency|dur|time|rt)_?(?P<unit_of_name>ns|us|ms|s|sec)?"
    r'"?\s{0,3}[=:]\s{0,3}"?(?P<named>\d{1,12}(?:\.\d{1,9})?)(?:\s?(?P<unit_of_value>ns|us|µs|ms|s)(?![=:\w]))?(?![\w.])'
    r"|\b(?:in|after|took)\s(?P<told>\d{1,12}(?:\.\d{1,9})?)\s?(?P<unit_told>ns|us|µs|ms|s)\b"
)
# nginx tells seconds so, and no unit.
_SECONDS = re.compile(r"\b(?:rt|urt|request_time|req_time)\"?[=:]\s?\"?(\d{1,6}\.\d{1,9})(?![\w.])")
# A field called `ms`, and the last of HAProxy's timers.
_MILLISECONDS = re.compile(
    r"(?<![\w.-])\"?ms\"?\s?[=:]\s?(\d{1,12}(?:\.\d{1,9})?)(?![\w.])"
    r"|\s-?\d+/-?\d+/-?\d+/-?\d+/\+?(\d{1,9})\s\d{3}\s"
)
MINUTE = "minute"


class TextLine(NamedTuple):
    """A line as it stands in its file. number: from 1. start: in bytes."""

    number: int
    start: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Of numbers. unit: `ms`, or "" where the lines tell none."""

    count: int
    least: float
    median: float
    p95: float
    most: float
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class LineCounts:
    """How many lines hold the words, and what they carry.

    first, last: their numbers. statuses: of HTTP, with how many lines, ascending. groups: values of
    the field that was asked for, the most frequent first, at most MOST_GROUPS; others: lines with
    any further value. is_all: whether every line was counted.
    """

    lines: int
    first: int
    last: int
    statuses: tuple[tuple[int, int], ...] = ()
    durations: Distribution | None = None
    groups: tuple[tuple[RedactedText, int], ...] = ()
    others: int = 0
    values: Distribution | None = None
    is_all: bool = True


def find_lines(
    original: Original,
    query: LineQuery,
    *,
    redactor: Redactor,
    most: int,
    room: int,
    within: ClockSpan = ANY,
) -> list[tuple[int, RedactedText]]:
    """The first lines that are asked for, with their numbers.

    Raises NotFound, StoreUnavailable.
    """
    candidates = list(islice(_lines_with(original, query, within), max(CHECKED, most)))
    texts = _read(original, candidates, redactor, room)
    return [
        (line.number, texts[line.start])
        for line in candidates
        if query.holds(texts[line.start].text)
    ][:most]


def count_lines(
    original: Original,
    query: LineQuery,
    *,
    redactor: Redactor,
    by: str = "",
    within: ClockSpan = ANY,
) -> LineCounts | None:
    """What the lines that are asked for carry; None where there are none.

    by: the name of a field or a column, or MINUTE. Raises NotFound, StoreUnavailable.
    """
    heading = next(_all_lines(original), None)
    if heading is None or (query and not _is_seen(original, query, redactor)):
        return None
    tally = _Tally(_value_of(by, heading.text), _reader_of_status(heading.text))
    for line in islice(_lines_with(original, query, within), MOST_COUNTED + 1):
        tally.add(line)
    return tally.counts(original, redactor) if tally.lines else None


def _is_seen(original: Original, query: LineQuery, redactor: Redactor) -> bool:
    return bool(find_lines(original, query, redactor=redactor, most=1, room=MAX_LINE_BYTES))


@dataclass
class _Tally:
    """Counts lines. value: of the field asked for. status: of HTTP."""

    value: Callable[[str], str | None]
    status: Callable[[str], int | None]
    lines: int = 0
    first: int = 0
    last: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    durations: list[float] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)
    examples: dict[str, TextLine] = field(default_factory=dict)

    def add(self, line: TextLine) -> None:
        """One line more; beyond MOST_COUNTED, only that there are more."""
        self.lines += 1
        if self.lines > MOST_COUNTED:
            return
        self.first, self.last = self.first or line.number, line.number
        if (status := self.status(line.text)) is not None:
            self.statuses[status] += 1
        if (duration := _duration_of(line.text)) is not None:
            self.durations.append(duration)
        if value := self.value(line.text):
            self.values[value] += 1
            self.examples.setdefault(value, line)

    def counts(self, original: Original, redactor: Redactor) -> LineCounts:
        """The sums, with values as they may be shown."""
        numbers = _numbers(self.values)
        groups = Counter[str]() if numbers else self.values
        shown = self._shown(groups, original, redactor)
        top = shown.most_common(MOST_GROUPS)
        if self.value is _minute_of:  # a time is read in its order
            top.sort(key=lambda pair: pair[0].text)
        return LineCounts(
            lines=min(self.lines, MOST_COUNTED),
            first=self.first,
            last=self.last,
            statuses=tuple(sorted(self.statuses.items())),
            durations=_distribution(self.durations, "ms"),
            groups=tuple(top),
            others=groups.total() - sum(count for _, count in top),
            values=_distribution(numbers, ""),
            is_all=self.lines <= MOST_COUNTED,
        )

    def _shown(
        self, groups: Counter[str], original: Original, redactor: Redactor
    ) -> Counter[RedactedText]:
        """Each value as its line shows it, once that is redacted: alone it may look harmless."""
        frequent = dict(groups.most_common(_MOST_VALUES))
        examples = [self.examples[value] for value in frequent]
        texts = _read(original, examples, redactor, _ROOM)
        shown = Counter[RedactedText]()
        for value, line in zip(frequent, examples, strict=True):
            at = texts[line.start].text.find(value)
            if self.value is _minute_of:
                shown[_clock_words(value)] += frequent[value]
            elif at >= 0:
                shown[texts[line.start].part(at, at + len(value)).line()] += frequent[value]
        return shown


def _read(
    original: Original, lines: Sequence[TextLine], redactor: Redactor, room: int
) -> dict[int, RedactedText]:
    return read_lines(original, [line.start for line in lines], redactor=redactor, room=room)


def _lines_with(original: Original, query: LineQuery, within: ClockSpan) -> Iterator[TextLine]:
    """Every line that is asked for as it stands there, not redacted."""
    lines = _all_lines(original)
    return (line for line in (within.of(lines) if within else lines) if query.holds(line.text))


def _all_lines(original: Original) -> Iterator[TextLine]:
    number, start = 1, 0
    with original.open() as text:
        while raw := text.readline(_BLOCK_BYTES):
            line = raw[:MAX_LINE_BYTES].decode("utf-8", errors="replace").rstrip("\r\n")
            yield TextLine(number, start, line)
            length = len(raw)
            while raw and not raw.endswith(b"\n"):
                raw = text.readline(_BLOCK_BYTES)
                length += len(raw)
            number, start = number + 1, start + length


def _value_of(by: str, heading: str) -> Callable[[str], str | None]:
    """What reads the value of a field in a line: of a column, of `by=…`, or its minute."""
    if not by:
        return lambda _line: None
    if by == MINUTE:
        return _minute_of
    column = next((at for at, name in enumerate(_cells(heading)) if name == by.casefold()), None)
    if column is not None:
        return lambda line: _cell(line, column)
    pattern = re.compile(
        rf"(?<![\w.-]){re.escape(by)}\"?\s{{0,3}}[=:]\s{{0,3}}(?:\"([^\"]{{0,200}})\"|([^\s\",;}}]{{1,200}}))",
        re.IGNORECASE,
    )
    return lambda line: (match[1] or match[2]) if (match := pattern.search(line)) else None


def _minute_of(line: str) -> str | None:
    clock = clock_of(line)
    return f"{clock:%H:%M}" if clock else None


def _clock_words(minute: str) -> RedactedText:
    """Of `13:05`, which the line need not show so: it may tell an epoch."""
    a, b, c, d = (int(digit) for digit in minute if digit.isdecimal())
    return RedactedText.format("{a}{b}:{c}{d}", a=a, b=b, c=c, d=d)


def _reader_of_status(heading: str) -> Callable[[str], int | None]:
    names = _cells(heading)
    column = next((at for at, name in enumerate(names) if _STATUS_COLUMN.fullmatch(name)), None)
    if column is None or len(names) < 2:  # noqa: PLR2004 - a table has two columns
        return _status_of
    return lambda line: int(cell) if (cell := _cell(line, column)) and cell.isdecimal() else None


def _status_of(line: str) -> int | None:
    matches = (pattern.search(line) for pattern in _STATUS)
    return next((int(match[1]) for match in matches if match and match[1].isdecimal()), None)


def _duration_of(line: str) -> float | None:
    """In ms."""
    match = _DURATION.search(line)
    unit = match and (match["unit_told"] or match["unit_of_value"] or match["unit_of_name"])
    if match and unit:
        return float(match["told"] or match["named"]) * _MS[unit.lower()]
    if seconds := _SECONDS.search(line):
        return float(seconds[1]) * _MS["s"]
    timed = _MILLISECONDS.search(line)
    return float(timed[1] or timed[2]) if timed else None


def _cells(line: str) -> list[str]:
    return [cell.strip(' "').casefold() for cell in line.split(",")]


def _cell(line: str, column: int) -> str | None:
    cells = line.split(",")
    return cells[column].strip(' "') if column < len(cells) else None


def _numbers(values: Counter[str]) -> list[float]:
    """All of them, where most are numbers and too many to be told one by one; else none."""
    numeric = [value for value in values if re.fullmatch(r"-?\d{1,15}(?:\.\d{1,9})?", value)]
    if len(values) <= MOST_GROUPS or len(numeric) < _NUMERIC * len(values):
        return []
    return [float(value) for value in numeric for _ in range(values[value])]


def _distribution(numbers: Sequence[float], unit: str) -> Distribution | None:
    if not numbers:
        return None
    least, median, p95, most = (float(np.quantile(numbers, share)) for share in (0, 0.5, 0.95, 1))
    return Distribution(
        count=len(numbers), least=least, median=median, p95=p95, most=most, unit=unit
    )
