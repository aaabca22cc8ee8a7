"""Series in JSON that no product's documentation describes, and in some that one does."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.evidence.extractor import Head, extractors
from core.evidence.model import DataType, PlainFile
from core.evidence.pipeline import detect
from core.evidence.series.readers import read_series

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from core.evidence.series.model import SeriesReading

T = 1_775_116_800  # 2026-04-02T08:00:00Z
TIMES = list(range(T, T + 600, 60))
VALUES = [round(1.25 + n, 2) for n in range(10)]
ISO = [datetime.fromtimestamp(at, tz=UTC).isoformat() for at in TIMES]
PAIRS = [list(pair) for pair in zip(TIMES, VALUES, strict=True)]
MILLIS = [[at * 1000, value] for at, value in PAIRS]
POINTS = [{"ts": at, "v": value} for at, value in zip(ISO, VALUES, strict=True)]


def typed(at: str, value: float) -> dict[str, object]:
    return {"interval": {"startTime": at, "endTime": at}, "value": {"doubleValue": value}}


GOOGLE = {
    "timeSeries": [
        {
            "metric": {"type": "run/latency", "labels": {"host": host}},
            "resource": {"type": "gce_instance", "labels": {"zone": "eu-1"}},
            "metricKind": "GAUGE",
            "points": [typed(at, value) for at, value in zip(ISO, VALUES, strict=True)][::-1],
        }
        for host in ("a", "b")
    ]
}
AZURE = {
    "timespan": f"{ISO[0]}/{ISO[-1]}",
    "value": [
        {
            "name": {"value": "Percentage CPU", "localizedValue": "CPU in Prozent"},
            "unit": "Percent",
            "timeseries": [{"data": [{"timeStamp": p["ts"], "average": p["v"]} for p in POINTS]}],
        }
    ],
}
DATADOG = {
    "data": {
        "attributes": {
            "series": [{"group_tags": ["host:a"]}, {"group_tags": ["host:b"]}],
            "times": [at * 1000 for at in TIMES],
            "values": [VALUES, VALUES],
        }
    }
}
ROWS = [
    {"time": at, "host": host, "cpu": value}
    for at, value in zip(ISO, VALUES, strict=True)
    for host in ("a", "b")
]
DOCUMENTS: Mapping[str, tuple[object, list[tuple[str, dict[str, str]]]]] = {
    "hosts": (
        {"a": {"cpu": PAIRS, "mem": PAIRS}, "b": {"cpu": PAIRS}},
        [("cpu", {"instance": "a"}), ("mem", {"instance": "a"}), ("cpu", {"instance": "b"})],
    ),
    "quantity_first": (
        {"cpu": {"a": MILLIS, "b": MILLIS}},
        [("cpu", {"instance": "a"}), ("cpu", {"instance": "b"})],
    ),
    "called": ({"services": {"a": {"p99": PAIRS}}}, [("p99", {"service": "a"})]),
    "named": (
        {"service": "a", "metrics": [{"name": "p99", "unit": "ms", "points": POINTS}]},
        [("p99", {"service": "a"})],
    ),
    "turned": ({"load": [[value, at] for at, value in PAIRS]}, [("load", {})]),
    "by_time": ({"load": dict(zip(ISO, VALUES, strict=True))}, [("load", {})]),
    "beside": ({"time": ISO, "cpu": VALUES, "mem": VALUES}, [("cpu", {}), ("mem", {})]),
    "rows": (ROWS, [("cpu", {"host": "a"}), ("cpu", {"host": "b"})]),
    "long": (
        [{"t": at, "metric": "load", "value": str(value)} for at, value in PAIRS],
        [("load", {})],
    ),
    "google": (GOOGLE, [("run/latency", {"host": "a"}), ("run/latency", {"host": "b"})]),
    "azure": (AZURE, [("Percentage CPU", {})]),
    "datadog": (DATADOG, [("", {"host": "a"}), ("", {"host": "b"})]),
}


def read(path: Path, text: str) -> SeriesReading:
    path.write_text(text)
    return read_series(PlainFile(path))


def kind_of(text: str) -> DataType:
    return detect(Head(text.encode()[:65_536], "export.json"), extractors()).data_type


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_series_are_read_by_their_shape(name: str, indent: int | None, tmp_path: Path) -> None:
    document, expected = DOCUMENTS[name]
    text = json.dumps(document, indent=indent)
    assert kind_of(text) is DataType.METRIC
    reading = read(tmp_path / "export.json", text)
    assert [(each.name, dict(each.labels)) for each in reading.series] == expected
    assert reading.problem is None
    for series in reading.series:
        assert series.times.tolist() == TIMES
        assert series.values.tolist() == VALUES
        span = series.span(4, 4)
        assert text.encode()[: span.byte_start].count(b"\n") + 1 == span.line_start


def test_a_point_is_cited_where_it_stands(tmp_path: Path) -> None:
    text = json.dumps({"a": {"cpu": PAIRS}, "b": {"cpu": PAIRS}}, indent=1)
    _, second = read(tmp_path / "a.json", text).series
    span = second.span(3, 3)
    assert text.encode()[span.byte_start : span.byte_end].split() == [b"1775116980,", b"4.25", b"]"]
    assert span.byte_start > len(text) / 2
    flat = json.dumps({"cpu": dict(zip(ISO, VALUES, strict=True))}, indent=1)
    [series] = read(tmp_path / "b.json", flat).series
    span = series.span(3, 3)
    assert flat[span.byte_start : span.byte_end] == '"2026-04-02T08:03:00+00:00": 4.25'


def test_lines_of_objects_are_rows(tmp_path: Path) -> None:
    text = "".join(json.dumps(row) + "\n" for row in ROWS)
    assert kind_of(text) is DataType.METRIC
    reading = read(tmp_path / "a.jsonl", text)
    assert [dict(each.labels) for each in reading.series] == [{"host": "a"}, {"host": "b"}]
    assert reading.series[1].span(0, 0).line_start == 2


def test_a_document_that_is_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    text = json.dumps({"a": {"cpu": PAIRS, "mem": PAIRS}})[:-70]
    assert kind_of(text) is DataType.METRIC
    reading = read(tmp_path / "a.json", text)
    assert reading.problem == "the file ends in the middle: probably cut off while copying"
    assert [len(each.times) for each in reading.series] == [10, 6]


@pytest.mark.parametrize(
    "text",
    ["[" * 60_000, "[" * 30_000 + "]," * 15_000, '{"a":' * 12_000, "[[1775116800,1]," * 4_000],
)
def test_hostile_documents_cost_little(text: str) -> None:
    start = time.process_time()
    kind_of(text)
    assert time.process_time() - start < 2


def test_missing_values_are_gaps(tmp_path: Path) -> None:
    holes = [[at, None if n == 4 else value] for n, (at, value) in enumerate(PAIRS)]
    [series] = read(tmp_path / "a.json", json.dumps({"cpu": holes})).series
    assert (len(series.times), series.missing) == (9, 1)


@pytest.mark.parametrize(
    "document",
    [
        [{"id": n, "created": at, "priority": 3, "title": f"it {n}"} for n, at in enumerate(ISO)],
        [{"time": at, "ticket": n, "amount": 7} for n, at in enumerate(ISO)],
        [{"date": at, "version": f"1.{n}", "downloads": n} for n, at in enumerate(ISO)],
        [{"time": at, "setting": "pool", "old": n, "new": n + 1} for n, at in enumerate(ISO)],
        [{"time": at, "level": "info", "message": "took", "ms": 5} for at in ISO],
        [{"time": T + n * n * 60, "amount": 7, "items": 3} for n in range(20)],
        {"windows": [[T, 5], [T + 60, 6]], "port": 80, "log": {"level": "info"}, "hosts": ["a"]},
        {"features": [{"geometry": {"coordinates": [[10.5, 59.1], [10.6, 59.2]] * 9}}]},
        {"builds": [{"name": f"b{n}", "started_at": at, "ms": 5} for n, at in enumerate(ISO)]},
        {"items": [{"timestamp": ISO[0], "usage": {"cpu": "12m", "memory": "40Mi"}}] * 9},
    ],
)
def test_other_documents_are_no_series(document: object) -> None:
    assert kind_of(json.dumps(document)) is not DataType.METRIC
