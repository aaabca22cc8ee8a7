"""Constructed: from opentelemetry-proto 1.x, `metrics.proto`, in its JSON mapping."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import UnreadableEvidence
from core.evidence.series.json_documents import read_otlp

START = 1_795_186_000


def attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def document(metrics: list[dict[str, Any]]) -> dict[str, Any]:
    resource = {"attributes": [attribute("service.name", "orders")]}
    scoped = [{"scope": {"name": "shop"}, "metrics": metrics}]
    return {"resourceMetrics": [{"resource": resource, "scopeMetrics": scoped}]}


def points(**values: list[object]) -> list[dict[str, Any]]:
    return [
        {
            "attributes": [attribute("pod", "a")],
            "timeUnixNano": str((START + at) * 10**9),
            **{name: row[at] for name, row in values.items()},
        }
        for at in range(len(next(iter(values.values()))))
    ]


def test_gauges_sums_and_histograms() -> None:
    raw = json.dumps(
        document(
            [
                {
                    "name": "pool.used",
                    "unit": "1",
                    "gauge": {"dataPoints": points(asInt=["8", "9"])},
                },
                {
                    "name": "orders",
                    "sum": {
                        "isMonotonic": True,
                        "aggregationTemporality": 2,
                        "dataPoints": points(asDouble=[1.0, 4.0]),
                    },
                },
                {
                    "name": "latency",
                    "histogram": {
                        "aggregationTemporality": 2,
                        "dataPoints": points(count=["10", "20"], sum=[1.0, 9.0]),
                    },
                },
            ]
        )
    ).encode()
    reading = read_otlp(raw)
    assert reading.points == 6
    by_name = {series.name: series for series in reading.series}
    assert set(by_name) == {"pool.used", "orders", "latency_count", "latency_sum"}
    assert (by_name["orders"].kind, by_name["latency_sum"].kind) == ("counter", "histogram")
    assert by_name["pool.used"].service == "orders"
    assert by_name["pool.used"].times.tolist() == [START, START + 1.0]
    span = by_name["orders"].span(1, 1)
    assert b'"asDouble": 4.0' in raw[span.byte_start : span.byte_end]


def test_a_document_a_line_as_a_collector_writes_them() -> None:
    lines = [
        json.dumps(document([{"name": "g", "gauge": {"dataPoints": points(asDouble=[n])[-1:]}}]))
        for n in (1.0, 2.0)
    ]
    assert read_otlp("\n".join(lines).encode()).points == 2


@pytest.mark.parametrize("raw", [b'{"resourceMetrics": []}', b'{"resourceMetrics": [', b"[]"])
def test_what_holds_nothing_is_a_named_error(raw: bytes) -> None:
    with pytest.raises(UnreadableEvidence):
        read_otlp(raw)
