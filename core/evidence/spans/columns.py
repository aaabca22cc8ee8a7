"""Spans as a table: CSV with a heading, whatever its columns are called."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.clock import from_iso
from core.evidence.lines import read_blocks
from core.evidence.spans import values
from core.evidence.spans.model import Span, SpanKind, SpanPlace, SpanReading
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.model import Original

say = sentences("evidence.span_reading")

MAX_COLUMNS = 1_000
_LEAST_COLUMNS = 4
# What a column is called, in small letters and without what separates words; the surest first.
_NAMES = {
    "trace": "traceid trace tracehex",
    "id": "spanid id span segmentid",
    "parent": "parentspanid parentid parentspan parent",
    "service": "servicename service resourceservicename localservice app podname pod process"
    " processservicename component",
    "operation": "operationname operation spanname name endpoint method url",
    "start": "starttimeunixnano starttime start startedat begin timestamp time ts",
    "end": "endtimeunixnano endtime end endedat finish",
    "duration": "duration elapsed elapsedtime latency durationtime took",
    "status": "statuscode status error iserror failed outcome success",
    "says": "statusmessage statusdescription errormessage message exceptionmessage",
    "kind": "spankind kind",
    "peer": "peerservice remoteservice peer",
    "clock": "hostname host podname pod instance node",
}
_UNITS = {"ns": 1e-3, "nano": 1e-3, "nanos": 1e-3, "nanoseconds": 1e-3, "unixnano": 1e-3}
_UNITS |= {"us": 1.0, "µs": 1.0, "micros": 1.0, "microseconds": 1.0, "usec": 1.0}
_UNITS |= {"ms": 1e3, "millis": 1e3, "milliseconds": 1e3, "msec": 1e3}
_UNITS |= {"s": 1e6, "sec": 1e6, "secs": 1e6, "seconds": 1e6}
_MILLISECONDS = 1e3
_UNIT_ENDING = re.compile(
    r"^(\w{3,40}?)(nanoseconds|microseconds|milliseconds|seconds|nanos?|micros|millis|usec|msec"
    r"|secs?|ns|us|ms|s)$"
)
_WITH_UNIT = re.compile(r"([-+]?[\d.]{1,30}(?:[eE][-+]?\d{1,3})?)\s{0,4}(ns|us|µs|ms|s)")
_NO_PARENT = frozenset({"", "root", "none", "null", "nan", "nil", "-", "-1", "0"})
_FINE = frozenset(
    {"", "0", "1", "ok", "unset", "false", "none", "null", "nan", "success", "succeeded"}
)
_FAILED = frozenset({"error", "true", "failed", "failure", "fault", "exception", "2", "ko"})
_POD = re.compile(r"(.{1,150}?)-[a-f0-9]{6,10}-[a-z0-9]{5}")
_EPOCHS = ((1e17, 1e-3), (1e14, 1.0), (1e11, 1e3), (1e8, 1e6))  # least number, µs of one


@dataclass(frozen=True)
class Columns:
    """The columns by meaning, and the unit of times (in µs); None where none says."""

    at: Mapping[str, int]
    start_unit: float | None
    duration_unit: float | None
    is_success: bool

    def get(self, row: Sequence[str], name: str) -> str:
        place = self.at.get(name)
        return row[place].strip() if place is not None and place < len(row) else ""


def is_heading(line: str) -> bool:
    """Return whether a first line names the columns of spans; a malformed one does not."""
    if "," not in line and "\t" not in line and ";" not in line:
        return False
    try:
        cells = next(csv.reader([line[:20_000]], delimiter=_delimiter(line)), [])
    except csv.Error:  # a carriage return within the line, for instance
        return False
    return _columns(cells) is not None


def read(original: Original, reading: SpanReading) -> Iterator[Span]:
    """A span a row. Rows that tell no time or id are counted as damaged."""
    lines = _Lines(original, reading)
    heading = next(lines, "")
    rows = csv.reader(lines, delimiter=_delimiter(heading))
    known = _columns(next(csv.reader([heading], delimiter=_delimiter(heading)), []))
    if known is None:
        return
    if known.duration_unit is None and "end" not in known.at:
        reading.remarks.append(say.raw("no_unit"))
    while True:
        lines.mark()
        try:
            row = next(rows)
            if row:
                yield _span(row, known, lines.place)
        except StopIteration:
            return
        except (csv.Error, ValueError, OverflowError):
            reading.damaged += 1


class _Lines:
    """Lines of a file, one by one; knows where the record is that began at the last mark."""

    def __init__(self, original: Original, reading: SpanReading) -> None:
        self._lines = self._read(original)
        self._reading = reading
        self._first, self._start = 1, 0
        self._number, self._end = 0, 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        return next(self._lines)

    def _read(self, original: Original) -> Iterator[str]:
        for block in read_blocks(original):
            ends = block.starts.tolist()
            for row, line in enumerate(block.lines.to_list()):
                self._number, self._end = block.number + row, ends[row + 1]
                self._reading.lines, self._reading.size = self._number, self._end
                yield line + "\n"

    def mark(self) -> None:
        self._first, self._start = self._number + 1, self._end

    @property
    def place(self) -> SpanPlace:
        return SpanPlace(self._first, self._number, self._start, self._end)


def _delimiter(heading: str) -> str:
    return max(",\t;|", key=heading.count)


def _plain(name: str) -> str:
    return re.sub(r"[^a-zµ0-9]", "", name.strip().lower().removeprefix("\ufeff"))


def _columns(heading: Sequence[str]) -> Columns | None:
    """None where a trace, a span, a start or an end of it is not among them."""
    if not _LEAST_COLUMNS <= len(heading) <= MAX_COLUMNS:
        return None
    plain = [_plain(name) for name in heading]
    bare = [_without_unit(name) for name in plain]
    at: dict[str, int] = {}
    for meaning, spellings in _NAMES.items():
        names = spellings.split()
        place = next((_index(name, plain, bare) for name in names if _has(name, plain, bare)), None)
        if place is not None and (place not in at.values() or meaning == "clock"):
            at[meaning] = place
    if not {"trace", "id", "start"} <= at.keys() or not {"end", "duration"} & at.keys():
        return None
    if not {"service", "operation"} & at.keys():
        return None
    return Columns(
        at,
        start_unit=_unit(plain[at["start"]]),
        duration_unit=_unit(plain[at["duration"]]) if "duration" in at else None,
        is_success="status" in at and plain[at["status"]] == "success",
    )


def _has(name: str, plain: Sequence[str], bare: Sequence[str]) -> bool:
    return name in plain or name in bare


def _index(name: str, plain: Sequence[str], bare: Sequence[str]) -> int:
    return plain.index(name) if name in plain else bare.index(name)


def _without_unit(name: str) -> str:
    match = _UNIT_ENDING.match(name)
    return match[1] if match else name


def _unit(name: str) -> float | None:
    if name in {"status", "starts", "ts"}:
        return None
    match = _UNIT_ENDING.match(name)
    return _UNITS.get(match[2]) if match else None


def _span(row: Sequence[str], known: Columns, place: SpanPlace) -> Span:
    start = _moment(known.get(row, "start"), known.start_unit)
    identifier = values.identifier(known.get(row, "id"))
    if start is None or not identifier:
        message = "it tells no time"
        raise ValueError(message)
    service = values.text(known.get(row, "service"))
    pod = _POD.fullmatch(service)
    kind = known.get(row, "kind").lower().removeprefix("span_kind_")
    parent = known.get(row, "parent")
    failed = _has_failed(known.get(row, "status"), is_success=known.is_success)
    return Span(
        trace=values.identifier(known.get(row, "trace")),
        id=identifier,
        parent="" if parent.lower() in _NO_PARENT else values.identifier(parent),
        service=pod[1] if pod else service,
        operation=values.text(known.get(row, "operation")),
        start=start,
        duration=_duration(row, known, start),
        place=place,
        kind=_KINDS.get(kind, SpanKind.INTERNAL),
        failed=failed,
        says=values.text(known.get(row, "says"), 300) if failed else "",
        peer=values.text(known.get(row, "peer")),
        clock=values.text(known.get(row, "clock")) or service,
        waited=kind != SpanKind.CONSUMER.value,
    )


_KINDS = {kind.value: kind for kind in SpanKind}


def _duration(row: Sequence[str], known: Columns, start: int) -> int:
    text = known.get(row, "duration")
    with_unit = _WITH_UNIT.fullmatch(text)
    if with_unit:
        return round(float(with_unit[1]) * _UNITS[with_unit[2]])
    end = _moment(known.get(row, "end"), known.start_unit)
    if end is not None:  # surer than a duration without a unit
        return end - start
    return round(float(text or 0) * (known.duration_unit or _MILLISECONDS))


def _moment(text: str, unit: float | None) -> int | None:
    """µs since 1970, from ISO 8601 or a number, whose size tells its unit."""
    try:
        number = float(text)
    except ValueError:
        return _of_text(text)
    by_size = next((unit for least, unit in _EPOCHS if number >= least), unit)
    exact = int(text) if text.isdecimal() else number
    if by_size is None:
        return None
    return values.moment(int(exact * by_size) if by_size >= 1 else int(exact) // 1000)


def _of_text(text: str) -> int | None:
    at = from_iso(text)
    return values.moment(round(at.timestamp() * 1e6)) if at else None


def _has_failed(text: str, *, is_success: bool) -> bool:
    status = text.lower().removeprefix("status_code_").removeprefix("statuscode.")
    if is_success:
        return status in {"false", "0", "no"}
    if status in _FAILED:
        return True
    if status in _FINE:
        return False
    code = values.whole(status)
    return code is not None and code >= 500  # noqa: PLR2004 - HTTP
