"""Metrics of OpenTelemetry as JSON: one document, or one a line as its collector's files have them.

Source: opentelemetry-proto 1.x, `metrics.proto`, in the mapping of "OTLP/HTTP: JSON Protobuf
Encoding" (64-bit integers are strings).
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import UnreadableEvidence
from core.evidence.series.formats.documents import DocumentPart, listing, load, mapping, number
from core.evidence.series.model import MAX_SERIES, Series, SeriesReading, series_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_POINT = re.compile(rb'"timeUnixNano"\s*:')
_CUMULATIVE = (2, "AGGREGATION_TEMPORALITY_CUMULATIVE")
_SIMPLE, _TALLIED = ("gauge", "sum"), ("histogram", "exponentialHistogram", "summary")

_Key = tuple[str, tuple[tuple[str, str], ...], str, str]


def read(raw: bytes) -> SeriesReading:
    """Read the series. Raises UnreadableEvidence where it is cut off or holds no points."""
    ground = DocumentPart(raw, 0, len(raw), _POINT)
    points: dict[_Key, list[tuple[float, float, int]]] = defaultdict(list)
    at = 0
    for document in _documents(raw):
        for key, time, value, is_first in _data_points(mapping(document)):
            at += is_first
            points[key].append((time, value, at - 1))
    series = tuple(_series(key, rows, ground) for key, rows in list(points.items())[:MAX_SERIES])
    if not series:
        message = "it begins like metrics of OpenTelemetry but holds no points"
        raise UnreadableEvidence(message)
    return SeriesReading(
        series=series,
        points=at,
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        size=len(raw),
        problem=f"the first {MAX_SERIES:,} of {len(points):,} series were read"
        if len(points) > MAX_SERIES
        else None,
    )


def _documents(raw: bytes) -> Iterator[object]:
    lines = [line for line in raw.splitlines() if line.strip()]
    if len(lines) > 1 and _is_whole(lines[0]):
        yield from map(load, lines)
    else:
        yield load(raw)


def _is_whole(line: bytes) -> bool:
    """Whether the first line is a document of its own."""
    line = line.strip()
    return line.startswith(b"{") and line.endswith(b"}")


def _series(key: _Key, rows: list[tuple[float, float, int]], ground: DocumentPart) -> Series:
    name, labels, kind, unit = key
    table = np.array(rows, dtype=np.float64)
    return series_of(
        name,
        dict(labels),
        (table[:, 0], table[:, 1]),
        ground,
        kind=kind,
        unit=unit,
        places=table[:, 2].astype(np.int64),
    )


def _data_points(document: dict[str, Any]) -> Iterator[tuple[_Key, float, float, bool]]:
    """Each value of each data point, and whether it is the first value of its point."""
    for resource in map(mapping, listing(document.get("resourceMetrics"))):
        named = _attributes(mapping(resource.get("resource")))
        service = {"service": named["service.name"]} if "service.name" in named else {}
        for scope in map(mapping, listing(resource.get("scopeMetrics"))):
            for metric in map(mapping, listing(scope.get("metrics"))):
                yield from _metric_points(metric, service)


def _metric_points(
    metric: dict[str, Any], service: dict[str, str]
) -> Iterator[tuple[_Key, float, float, bool]]:
    name, unit = str(metric.get("name", "")), str(metric.get("unit", ""))
    for form in (*_SIMPLE, *_TALLIED):
        data = mapping(metric.get(form))
        kind = _kind(form, data)
        for point in map(mapping, listing(data.get("dataPoints"))):
            labels = tuple(sorted({**service, **_attributes(point)}.items()))
            time = number(point.get("timeUnixNano")) / 1e9
            for at, (suffix, value) in enumerate(_values(form, point)):
                yield (name + suffix, labels, kind, unit), time, value, at == 0


def _kind(form: str, data: dict[str, Any]) -> str:
    if form in _TALLIED:
        is_growing = form == "summary" or data.get("aggregationTemporality") in _CUMULATIVE
        return "histogram" if is_growing else "delta"
    if data.get("isMonotonic") is True:
        return "counter" if data.get("aggregationTemporality") in _CUMULATIVE else "delta"
    return "gauge"


def _values(form: str, point: dict[str, Any]) -> Iterator[tuple[str, float]]:
    if form in _SIMPLE:
        yield "", number(point.get("asDouble", point.get("asInt")))
    else:
        yield "_count", number(point.get("count"))
        yield "_sum", number(point.get("sum"))


def _attributes(holder: dict[str, Any]) -> dict[str, str]:
    attributes = {}
    for attribute in map(mapping, listing(holder.get("attributes"))):
        value = next(iter(mapping(attribute.get("value")).values()), "")
        attributes[str(attribute.get("key", ""))] = str(value)
    return attributes
