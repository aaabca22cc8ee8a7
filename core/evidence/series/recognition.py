"""Is this file a file of measurements, and in which format?"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum

from core.evidence.extractor import Detected, Head
from core.evidence.model import DataType
from core.evidence.series.formats.table_layout import find_sheet, tells_time
from core.evidence.series.formats.tables import resemblance

_SURE, _MOST = 0.97, 0.98
_START = 8_000  # characters in which a document says what it is
_SAMPLE = 400  # lines
_LEAST_LINES = 0.5  # of an exposition, that are in its format
_WIDE = 0.9


class Format(StrEnum):
    """How measurements are written."""

    EXPORT = "an export of VictoriaMetrics"
    ANSWER = "an answer of Prometheus"
    CLOUDWATCH = "an answer of CloudWatch"
    OTLP = "metrics of OpenTelemetry"
    EXPOSITION = "a line for each sample, as programs expose them"
    TABLE = "a table of numbers over time"


_DOCUMENTS = {
    Format.EXPORT: re.compile(
        r'^\s*\{\s*"metric"\s*:\s*\{[^{}]{0,4000}\}\s*,\s*"values"\s*:\s*\['
        r'\s*(?:-?[\d.]|null|"|\]\s*,\s*"timestamps")'
    ),
    Format.ANSWER: re.compile(
        r'"resultType"\s*:\s*"(?:matrix|vector|scalar|string)"'
        r'|[\[{]\s*"metric"\s*:\s*\{[^{}]{0,4000}\}\s*,\s*"values?"\s*:'
        r'|^\s*\{\s*"status"\s*:\s*"error"\s*,\s*"errorType"\s*:'
    ),
    Format.CLOUDWATCH: re.compile(
        r'"MetricDataResults"\s*:\s*\[|"Datapoints"\s*:\s*\[(?=[\s\S]{0,2000}"Timestamp"|\s*\])'
    ),
    Format.OTLP: re.compile(r'"(?:resourceMetrics|scopeMetrics)"\s*:'),
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
_WHENEVER = datetime(2026, 1, 1, tzinfo=UTC)  # for times without a year: whether, not when


def claim(head: Head) -> Detected | None:
    """That it is metrics, how surely, and by what; None where it is not."""
    text = head.text.removeprefix("\ufeff")
    document = _document(text)
    if document is not None:
        return Detected(DataType.METRIC, _SURE, "metric", document.value)
    shares = (
        (Format.EXPOSITION, _exposition(head.lines[:_SAMPLE])),
        (Format.TABLE, _tabular(head)),
    )
    best, share = max(shares, key=lambda one: one[1])
    if share <= 0:
        return None
    return Detected(DataType.METRIC, round(min(_MOST, share), 2), "metric", best.value)


def find_format(raw: bytes) -> Format | None:
    """The format of the file that begins so; None where it is in none of them."""
    head = Head(raw)
    document = _document(head.text.removeprefix("\ufeff"))
    if document is not None:
        return document
    if _exposed(head.lines[:_SAMPLE]) >= _LEAST_LINES:
        return Format.EXPOSITION
    return Format.TABLE if find_sheet(raw) else None


def _document(text: str) -> Format | None:
    """One JSON document, as systems export them; it may be cut off."""
    start = text.lstrip()[:_START]
    if not start.startswith(("{", "[")):
        return None
    return next((one for one, mark in _DOCUMENTS.items() if mark.search(start)), None)


def _exposition(lines: list[str]) -> float:
    """How much it is one; names without labels, types or underscores could be settings."""
    share = _exposed(lines) - 0.02
    return share if any(map(_MARKED.match, lines)) else _UNMARKED * share**2


def _exposed(lines: list[str]) -> float:
    """Share of lines that are in the text format or OpenMetrics."""
    good = sum(bool(_REMARK.match(line) or _SAMPLE_LINE.fullmatch(line.strip())) for line in lines)
    return good / max(1, len(lines))


def _tabular(head: Head) -> float:
    """How much it is a table of numbers over time, from its first whole lines."""
    raw = head.raw if head.whole else head.raw[: head.raw.rfind(b"\n") + 1]
    if raw.count(b"\n") <= 1 and not head.whole:
        return _WIDE if _is_wide_heading(head.text) else 0.0
    return resemblance(raw, written=_WHENEVER)


def _is_wide_heading(text: str) -> bool:
    """Is all that is seen the heading of a table of very many columns?"""
    first, separator, rest = text.removeprefix("\ufeff").partition(",")
    return bool(separator) and tells_time(first) and rest.count(",") >= _MANY_CELLS
