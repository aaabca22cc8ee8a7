"""Detects the format of a file of measurements and reads its series."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum

from core.errors import UnreadableEvidence
from core.evidence.detection.json_exports import find_export
from core.evidence.extractor import Detected, Head
from core.evidence.lines import read_text
from core.evidence.model import DataType, Original
from core.evidence.series import (
    json_documents,
    nested_series,
    prometheus,
    promtool,
    snapshots,
    stored_points,
    table_sections,
    tables,
)
from core.evidence.series.model import MAX_BYTES, SeriesReading
from core.evidence.series.table_layout import find_layout, is_time_heading
from core.evidence.series.tables import table_confidence
from core.text.sentences import sentences

say = sentences("evidence.series_reading")

_SURE, _MOST = 0.97, 0.98
_START = 8_000  # characters in which a document says what it is
_SAMPLE = 400  # lines
_MANY_LINES = 600  # in which tables that are printed again and again come again
_LEAST_LINES = 0.5  # of an exposition, that are in its format
_WIDE = 0.9
_NESTED = 0.97
_MAY_BE_SERIES = frozenset({DataType.METRIC, DataType.CONFIG})
_POINT_LINES = 0.8  # of a file of points


class SeriesFormat(StrEnum):
    """The formats in which measurements are written."""

    EXPORT = "export"
    ANSWER = "answer"
    CLOUDWATCH = "cloudwatch"
    OTLP = "otlp"
    POINT_DOCUMENT = "point_document"
    NESTED = "nested"
    EXPOSITION = "exposition"
    POINT_LINES = "point_lines"
    QUERY = "query"
    SNAPSHOTS = "snapshots"
    SECTIONS = "sections"
    TABLE = "table"


REASONS = {
    SeriesFormat.EXPORT: say.later("victoriametrics_export"),
    SeriesFormat.ANSWER: say.later("prometheus_answer"),
    SeriesFormat.CLOUDWATCH: say.later("cloudwatch_answer"),
    SeriesFormat.OTLP: say.later("opentelemetry_metrics"),
    SeriesFormat.POINT_DOCUMENT: say.later("stored_points"),
    SeriesFormat.NESTED: say.later("nested_series"),
    SeriesFormat.EXPOSITION: say.later("exposition"),
    SeriesFormat.POINT_LINES: say.later("stored_points"),
    SeriesFormat.QUERY: say.later("promtool_query"),
    SeriesFormat.SNAPSHOTS: say.later("snapshots"),
    SeriesFormat.SECTIONS: say.later("number_tables"),
    SeriesFormat.TABLE: say.later("number_table"),
}


_DOCUMENT_MARKS = {
    SeriesFormat.EXPORT: re.compile(
        r'^\s*\{\s*"metric"\s*:\s*\{[^{}]{0,4000}\}\s*,\s*"values"\s*:\s*\['
        r'\s*(?:-?[\d.]|null|"|\]\s*,\s*"timestamps")'
    ),
    SeriesFormat.ANSWER: re.compile(
        r'"resultType"\s*:\s*"(?:matrix|vector|scalar|string)"'
        r'|[\[{]\s*"metric"\s*:\s*\{[^{}]{0,4000}\}\s*,\s*"values?"\s*:'
        r'|^\s*\{\s*"status"\s*:\s*"error"\s*,\s*"errorType"\s*:'
    ),
    SeriesFormat.CLOUDWATCH: re.compile(
        r'"MetricDataResults"\s*:\s*\[|"Datapoints"\s*:\s*\[(?=[\s\S]{0,2000}"Timestamp"|\s*\])'
    ),
    SeriesFormat.OTLP: re.compile(r'"(?:resourceMetrics|scopeMetrics)"\s*:'),
}
_REMARK = re.compile(r"# (?:HELP|TYPE|EOF|UNIT)\b")
_SAMPLE_LINE = re.compile(
    r"[a-zA-Z_:][\w:]{0,300}+(?:\{.{0,8000}\})?[ \t]+"
    r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?(?:[eE][+-]?\d{1,4})?|\.\d{1,40}|Inf|NaN)"
    r"(?:[ \t]+-?\d[\d.]{0,30})?(?:[ \t]+#[ \t].{0,2000})?"
)
_MARKED = re.compile(r"# (?:HELP|TYPE|EOF)\b|[a-zA-Z_:][\w:]{0,300}\{|[a-z:]+_\w+ |\S+ \S+ 1\d{9}")
_UNMARKED = 0.55  # settings are a name and a number too: "port 6379"
_MANY_CELLS = 200  # of a heading that is longer than the head
_REFERENCE_TIME = datetime(2026, 1, 1, tzinfo=UTC)  # for times without a year: whether, not when


def detect_series(head: Head) -> Detected | None:
    """Claim a file of measurements, with confidence and reason; None where it is not one."""
    text = head.text.removeprefix("\ufeff")
    document = _document(text)
    if document is not None:
        return Detected(DataType.METRIC, _SURE, "metric", REASONS[document]().text)
    shares = (
        (SeriesFormat.EXPOSITION, _exposition_confidence(head.lines[:_SAMPLE])),
        (SeriesFormat.POINT_LINES, _points_confidence(head.lines[:_SAMPLE])),
        (SeriesFormat.QUERY, promtool.query_share(head.lines[:_SAMPLE])),
        (SeriesFormat.NESTED, _nested_confidence(head)),
        (SeriesFormat.SNAPSHOTS, _snapshots_confidence(head)),
        (SeriesFormat.SECTIONS, _sections_confidence(head)),
        (SeriesFormat.TABLE, _table_confidence(head)),
    )
    best, share = max(shares, key=lambda scored: scored[1])
    if share <= 0:
        return None
    return Detected(DataType.METRIC, round(min(_MOST, share), 2), "metric", REASONS[best]().text)


def find_format(raw: bytes) -> SeriesFormat | None:
    """The format of a file with this beginning; None where it is in none of them."""
    head = Head(raw)
    document = _document(head.text.removeprefix("\ufeff"))
    if document is not None:
        return document
    shares = (
        (SeriesFormat.EXPOSITION, _exposition_share),
        (SeriesFormat.POINT_LINES, stored_points.line_share),
        (SeriesFormat.QUERY, promtool.query_share),
    )
    for form, share in shares:
        if share(head.lines[:_SAMPLE]) >= _LEAST_LINES:
            return form
    if _nested_confidence(head):
        return SeriesFormat.NESTED
    if _snapshots_confidence(head):
        return SeriesFormat.SNAPSHOTS
    if _sections_confidence(head):
        return SeriesFormat.SECTIONS
    return SeriesFormat.TABLE if find_layout(raw) else None


def _document(text: str) -> SeriesFormat | None:
    """The format of a single JSON document, as systems export them; it may be cut off."""
    start = text.lstrip()[:_START]
    if not start.startswith(("{", "[")):
        return None
    known = next((form for form, mark in _DOCUMENT_MARKS.items() if mark.search(start)), None)
    if known is None and stored_points.is_document(start):
        return SeriesFormat.POINT_DOCUMENT
    return known


def _nested_confidence(head: Head) -> float:
    """The confidence that a JSON text is series, of whatever shape; 0 for a known other export."""
    if not head.text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return 0.0
    export = find_export(head)
    if export is not None and export.data_type not in _MAY_BE_SERIES:
        return 0.0
    return _NESTED if nested_series.nested_share(head.text.removeprefix("\ufeff")) else 0.0


def _exposition_confidence(lines: list[str]) -> float:
    """The confidence that it is exposition text; names without labels may be settings."""
    share = _exposition_share(lines) - 0.02
    return share if any(map(_MARKED.match, lines)) else _UNMARKED * share**2


def _points_confidence(lines: list[str]) -> float:
    """The confidence that each line is a point; a few such lines may stand in any text."""
    share = stored_points.line_share(lines)
    return share if share >= _POINT_LINES else 0.0


def _exposition_share(lines: list[str]) -> float:
    """The share of lines in the text format or OpenMetrics."""
    good = sum(bool(_REMARK.match(line) or _SAMPLE_LINE.fullmatch(line.strip())) for line in lines)
    return good / max(1, len(lines))


def _snapshots_confidence(head: Head) -> float:
    """The confidence that it is tables that a tool printed again and again, each with its time."""
    if head.text.lstrip("\ufeff \t\r\n").startswith(('{"', '{ "', "[{", "[[")):
        return 0.0  # JSON, a line or a document
    text = "\n".join(head.text.split("\n")[:_MANY_LINES])
    share = snapshots.snapshot_share(text, written=_REFERENCE_TIME)
    return min(_MOST, 2 * share) if share else 0.0


def _sections_confidence(head: Head) -> float:
    """The confidence that it is several tables of numbers over time, one below the other."""
    return table_sections.sections_confidence(_whole_lines(head), written=_REFERENCE_TIME)


def _whole_lines(head: Head) -> bytes:
    return head.raw if head.whole else head.raw[: head.raw.rfind(b"\n") + 1]


def _table_confidence(head: Head) -> float:
    """The confidence that it is a table of numbers over time, from its first complete lines."""
    raw = _whole_lines(head)
    if raw.count(b"\n") <= 1 and not head.whole:
        return _WIDE if _is_wide_heading(head.text) else 0.0
    return table_confidence(raw, written=_REFERENCE_TIME)


def _is_wide_heading(text: str) -> bool:
    """Whether all that is visible is the heading of a table of very many columns."""
    first, separator, rest = text.removeprefix("\ufeff").partition(",")
    return bool(separator) and is_time_heading(first) and rest.count(",") >= _MANY_CELLS


_LEAST_TELLING = 1024  # bytes
_HEAD = 64 * 2**10
_WIDE_HEAD = 2**20  # where a heading of very many columns leaves no room for rows
_LEAST_HEAD_LINES = 5
_DOCUMENT_READERS = {
    SeriesFormat.ANSWER: prometheus.read_answer,
    SeriesFormat.CLOUDWATCH: json_documents.read_cloudwatch,
    SeriesFormat.OTLP: json_documents.read_otlp,
    SeriesFormat.POINT_DOCUMENT: stored_points.read_document,
    SeriesFormat.NESTED: nested_series.read_nested,
}
_LINE_READERS = {
    SeriesFormat.EXPORT: prometheus.read_export,
    SeriesFormat.POINT_LINES: stored_points.read_lines,
    SeriesFormat.QUERY: promtool.read_query,
}
_DATED_READERS = {
    SeriesFormat.EXPOSITION: prometheus.read_exposition,
    SeriesFormat.SNAPSHOTS: snapshots.read_snapshots,
    SeriesFormat.SECTIONS: table_sections.read_sections,
    SeriesFormat.TABLE: tables.read,
}


def read_series(original: Original) -> SeriesReading:
    """Read all series. Of tables and scrapes larger than MAX_BYTES only the beginning is read.

    That a file of some size has no point is said: an empty answer is short, and silence would hide
    a form that nobody knew.

    Raises UnreadableEvidence where the format is unknown, or the document damaged or too large.
    """
    reading = _read(original)
    if reading.points or reading.problem or reading.size < _LEAST_TELLING:
        return reading
    return replace(reading, problem=say.raw("no_points"))


def _read(original: Original) -> SeriesReading:
    raw, is_whole = _read_limited(original)
    is_wide = raw.count(b"\n", 0, _HEAD) < _LEAST_HEAD_LINES
    chosen = find_format(raw[: _WIDE_HEAD if is_wide else _HEAD])
    if chosen is None:
        message = "no format of measurements that we know"
        raise UnreadableEvidence(message)
    if chosen in _DOCUMENT_READERS:
        if not is_whole:
            message = f"metrics of more than {MAX_BYTES // 2**20} MiB in one document"
            raise UnreadableEvidence(message)
        return _DOCUMENT_READERS[chosen](raw)
    raw = raw if is_whole else raw[: raw.rfind(b"\n") + 1]
    reading = _read_lines(chosen, raw, original.written)
    return reading if is_whole else _with_truncation_problem(reading)


def _read_lines(chosen: SeriesFormat, raw: bytes, written: datetime) -> SeriesReading:
    if chosen in _LINE_READERS:
        return _LINE_READERS[chosen](raw)
    return _DATED_READERS[chosen](raw, written=written)


def _with_truncation_problem(reading: SeriesReading) -> SeriesReading:
    return replace(
        reading,
        problem=say.raw("first_read", mb=MAX_BYTES // 2**20),
    )


def _read_limited(original: Original) -> tuple[bytes, bool]:
    """The text up to MAX_BYTES, and whether that is all of it."""
    chunks, size = [], 0
    for chunk in read_text(original):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            return b"".join(chunks)[:MAX_BYTES], False
    return b"".join(chunks), True
