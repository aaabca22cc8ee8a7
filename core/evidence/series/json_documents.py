"""Reads series from JSON documents of Amazon CloudWatch and OpenTelemetry, and locates their parts.

CloudWatch: Amazon CloudWatch API Reference, API version 2010-08-01, "GetMetricStatistics" (Label,
Datapoints with Timestamp, Unit and one or more statistics, in no order) and "GetMetricData"
(MetricDataResults with Id, Label, Timestamps and Values, newest first by default); both as the AWS
command line prints them.

OpenTelemetry: opentelemetry-proto 1.x, `metrics.proto`, in the mapping of "OTLP/HTTP: JSON Protobuf
Encoding" (64-bit integers are strings); one document, or one a line as its collector's files have
them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from core.clock import from_iso
from core.errors import UnreadableEvidence
from core.evidence.series.model import MAX_SERIES, FileRange, Series, SeriesReading, make_series
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

say = sentences("evidence.series_reading")

_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?")
_RESULT = re.compile(rb'\{\s*"Id"\s*:')
_DATAPOINT = re.compile(rb'\{(?=[^{}]{0,400}"Timestamp"\s*:)')
_QUOTED_TIME = re.compile(rb'"?\d{4}-\d\d-\d\dT')
_STATISTICS = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
_OTLP_POINT = re.compile(rb'"timeUnixNano"\s*:')
_CUMULATIVE = (2, "AGGREGATION_TEMPORALITY_CUMULATIVE")
_SIMPLE, _TALLIED = ("gauge", "sum"), ("histogram", "exponentialHistogram", "summary")
_OtlpKey = tuple[str, tuple[tuple[str, str], ...], str, str]


def load(raw: bytes) -> object:
    """Parse a document. Raises UnreadableEvidence that names the byte at which it breaks."""
    text = raw.decode("utf-8-sig", errors="replace")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode())
        where = "it is cut off there" if error.pos >= len(text.rstrip()) else "it is damaged there"
        message = f"not JSON after byte {at:,} of {len(raw):,}: {where}"
        raise UnreadableEvidence(message) from error
    except (ValueError, RecursionError) as error:
        message = "JSON nested deeper, or with longer numbers, than any system writes"
        raise UnreadableEvidence(message) from error


@dataclass(frozen=True)
class DocumentPart:
    """A part of a document, from `start` to `end` (bytes), in which `mark` begins each point.

    Places are the numbers of its points. A point without a mark stands in the whole part.
    """

    raw: bytes
    start: int
    end: int
    mark: re.Pattern[bytes]

    def span(self, first: int, last: int) -> FileRange:
        marks = self._marks
        begin, end = self.start, self.end
        if last < len(marks):
            begin = int(marks[first])
            end = int(marks[last + 1]) if last + 1 < len(marks) else self._after(int(marks[last]))
        line = self.raw.count(b"\n", 0, begin) + 1
        end = begin + len(self.raw[begin:end].rstrip(b" \t\r\n,"))
        return FileRange(line, line + self.raw.count(b"\n", begin, end), begin, end)

    def _after(self, start: int) -> int:
        """The end of the last point, including its closing bracket."""
        closing = b"]" if self.raw[start : start + 1] == b"[" else b"}"
        closing_at = self.raw.find(closing, start, self.end)
        return closing_at + 1 if closing_at >= 0 else self.end

    @cached_property
    def _marks(self) -> np.ndarray:
        starts = (match.start() for match in self.mark.finditer(self.raw, self.start, self.end))
        return np.fromiter(starts, dtype=np.int64)


def parts(raw: bytes, opening: re.Pattern[bytes], mark: re.Pattern[bytes]) -> list[DocumentPart]:
    """Split into parts that begin with `opening`, each up to the next beginning."""
    starts = [match.start() for match in opening.finditer(raw)]
    return [
        DocumentPart(raw, start, end, mark) for start, end in pairwise([*starts, len(raw.rstrip())])
    ]


def part_at(
    parts_found: list[DocumentPart], number: int, raw: bytes, mark: re.Pattern[bytes]
) -> DocumentPart:
    """The part with this number, or the whole document where parts are written differently."""
    return (
        parts_found[number] if number < len(parts_found) else DocumentPart(raw, 0, len(raw), mark)
    )


def number(value: object) -> float:
    """A number as JSON or a string spells it ("NaN" and "+Inf" too); NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return float("nan")
    try:
        return float(value)
    except (ValueError, OverflowError):
        return float("nan")


def seconds(value: object) -> float:
    """A time as seconds since 1970: a number of seconds, or ISO 8601; NaN for anything else."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        at = from_iso(value)
        return at.timestamp() if at else float("nan")
    return number(value)


def mapping(value: object) -> dict[str, Any]:
    """The value where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: object) -> list[Any]:
    """The value where it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def labels(value: object) -> dict[str, str]:
    """The items of a JSON object as strings."""
    return {str(key): str(text) for key, text in mapping(value).items()}


def read_cloudwatch(raw: bytes) -> SeriesReading:
    """Read the series. Raises UnreadableEvidence where it is cut off or has no datapoints."""
    document = mapping(load(raw))
    if "MetricDataResults" in document:
        results = listing(document["MetricDataResults"])
        series = tuple(_of_data(results[:MAX_SERIES], raw))
        problem = _incomplete_problem(results)
    elif "Datapoints" in document:
        series = tuple(_of_statistics(document, raw))
        problem = None
    else:
        message = "it begins like a CloudWatch answer but holds no datapoints"
        raise UnreadableEvidence(message)
    return SeriesReading(
        series=series,
        points=sum(len(member.times) + member.missing for member in series),
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        size=len(raw),
        problem=problem,
    )


def _incomplete_problem(results: list[Any]) -> str | None:
    """The problem where results are incomplete: CloudWatch flags results that it sent in part."""
    states = [mapping(result).get("StatusCode", "Complete") for result in results]
    lacking = sum(state != "Complete" for state in states)
    if lacking:
        return say.raw("results_incomplete", n=str(lacking), all=str(len(states)))
    uneven = sum(_is_uneven(mapping(result)) for result in results)
    if uneven:
        return say.raw("results_uneven", n=str(uneven), all=str(len(states)))
    if len(results) > MAX_SERIES:
        return say.raw("first_series_read", n=MAX_SERIES, all=len(results))
    return None


def _is_uneven(result: dict[str, Any]) -> bool:
    return len(listing(result.get("Timestamps"))) != len(listing(result.get("Values")))


def _of_data(results: list[Any], raw: bytes) -> Iterator[Series]:
    places = parts(raw, _RESULT, _QUOTED_TIME)
    for at, result in enumerate(map(mapping, results)):
        values = listing(result.get("Values"))
        times = listing(result.get("Timestamps"))[: len(values)]
        points = (
            np.array([seconds(time) for time in times], dtype=np.float64),
            np.array([number(value) for value in values[: len(times)]], dtype=np.float64),
        )
        name = str(result.get("Label") or result.get("Id") or "")
        yield make_series(name, {}, points, part_at(places, at, raw, _QUOTED_TIME))


def _of_statistics(document: dict[str, Any], raw: bytes) -> Iterator[Series]:
    name = str(document.get("Label", ""))
    rows = [mapping(row) for row in listing(document["Datapoints"])]
    times = np.array([seconds(row.get("Timestamp")) for row in rows], dtype=np.float64)
    unit = next((str(row["Unit"]) for row in rows if "Unit" in row), "None")
    ground = DocumentPart(raw, 0, len(raw), _DATAPOINT)
    for statistic in _statistics_present(rows):
        values = np.array([_statistic(row, statistic) for row in rows], dtype=np.float64)
        labels = {"statistic": statistic, **({"unit": unit} if unit != "None" else {})}
        yield make_series(name, labels, (times, values), ground)


def _statistics_present(rows: list[dict[str, Any]]) -> list[str]:
    extended = {str(key) for row in rows for key in mapping(row.get("ExtendedStatistics"))}
    plain = [statistic for statistic in _STATISTICS if any(statistic in row for row in rows)]
    return [*plain, *sorted(extended)][:MAX_SERIES]


def _statistic(row: dict[str, Any], name: str) -> float:
    return number(row.get(name, mapping(row.get("ExtendedStatistics")).get(name)))


def read_otlp(raw: bytes) -> SeriesReading:
    """Read the series. Raises UnreadableEvidence where it is cut off or holds no points."""
    ground = DocumentPart(raw, 0, len(raw), _OTLP_POINT)
    points: dict[_OtlpKey, list[tuple[float, float, int]]] = defaultdict(list)
    at = 0
    for document in _otlp_documents(raw):
        for key, time, value, is_first in _data_points(mapping(document)):
            at += is_first
            points[key].append((time, value, at - 1))
    series = tuple(
        _otlp_series(key, rows, ground) for key, rows in list(points.items())[:MAX_SERIES]
    )
    if not series:
        message = "it begins like metrics of OpenTelemetry but holds no points"
        raise UnreadableEvidence(message)
    return SeriesReading(
        series=series,
        points=at,
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        size=len(raw),
        problem=say.raw("first_series_read", n=MAX_SERIES, all=len(points))
        if len(points) > MAX_SERIES
        else None,
    )


def _otlp_documents(raw: bytes) -> Iterator[object]:
    lines = [line for line in raw.splitlines() if line.strip()]
    if len(lines) > 1 and _is_whole_document(lines[0]):
        yield from map(load, lines)
    else:
        yield load(raw)


def _is_whole_document(line: bytes) -> bool:
    """Whether the first line is a document of its own."""
    line = line.strip()
    return line.startswith(b"{") and line.endswith(b"}")


def _otlp_series(
    key: _OtlpKey, rows: list[tuple[float, float, int]], ground: DocumentPart
) -> Series:
    name, labels, kind, unit = key
    table = np.array(rows, dtype=np.float64)
    return make_series(
        name,
        dict(labels),
        (table[:, 0], table[:, 1]),
        ground,
        kind=kind,
        unit=unit,
        places=table[:, 2].astype(np.int64),
    )


def _data_points(document: dict[str, Any]) -> Iterator[tuple[_OtlpKey, float, float, bool]]:
    """Each value of each data point, and whether it is the first value of its point."""
    for resource in map(mapping, listing(document.get("resourceMetrics"))):
        named = _otlp_attributes(mapping(resource.get("resource")))
        service = {"service": named["service.name"]} if "service.name" in named else {}
        for scope in map(mapping, listing(resource.get("scopeMetrics"))):
            for metric in map(mapping, listing(scope.get("metrics"))):
                yield from _metric_points(metric, service)


def _metric_points(
    metric: dict[str, Any], service: dict[str, str]
) -> Iterator[tuple[_OtlpKey, float, float, bool]]:
    name, unit = str(metric.get("name", "")), str(metric.get("unit", ""))
    for form in (*_SIMPLE, *_TALLIED):
        data = mapping(metric.get(form))
        kind = _otlp_kind(form, data)
        for point in map(mapping, listing(data.get("dataPoints"))):
            labels = tuple(sorted({**service, **_otlp_attributes(point)}.items()))
            time = number(point.get("timeUnixNano")) / 1e9
            for at, (suffix, value) in enumerate(_otlp_values(form, point)):
                yield (name + suffix, labels, kind, unit), time, value, at == 0


def _otlp_kind(form: str, data: dict[str, Any]) -> str:
    if form in _TALLIED:
        is_growing = form == "summary" or data.get("aggregationTemporality") in _CUMULATIVE
        return "histogram" if is_growing else "delta"
    if data.get("isMonotonic") is True:
        return "counter" if data.get("aggregationTemporality") in _CUMULATIVE else "delta"
    return "gauge"


def _otlp_values(form: str, point: dict[str, Any]) -> Iterator[tuple[str, float]]:
    if form in _SIMPLE:
        yield "", number(point.get("asDouble", point.get("asInt")))
    else:
        yield "_count", number(point.get("count"))
        yield "_sum", number(point.get("sum"))


def _otlp_attributes(holder: dict[str, Any]) -> dict[str, str]:
    attributes = {}
    for attribute in map(mapping, listing(holder.get("attributes"))):
        value = next(iter(mapping(attribute.get("value")).values()), "")
        attributes[str(attribute.get("key", ""))] = str(value)
    return attributes
