"""Data frames, as Grafana's panel inspector and its API give them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.evidence.extractor import Head, extractors
from core.evidence.model import DataType, PlainFile
from core.evidence.pipeline import detect
from core.evidence.series.readers import read_series

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.series.model import SeriesReading

T = 1_775_116_800_000  # 2026-04-02T08:00:00Z
TIMES = [T + 15_000 * n for n in range(12)]
VALUES = [n / 4 for n in range(12)]


def frame(pod: str, **schema: object) -> dict[str, object]:
    value = {"name": "Value", "type": "number", "labels": {"pod": pod}, "config": {"unit": "s"}}
    fields = [{"name": "Time", "type": "time"}, value]
    return {
        "schema": {"refId": "A", "fields": fields, **schema},
        "data": {"values": [TIMES, VALUES]},
    }


FRAMES = [frame("a"), frame("b")]
REQUEST = {"url": "api/ds/query", "data": {"queries": [{"refId": "A", "expr": "rate(x[5m])"}]}}
NOTED = {"meta": {"executedQueryString": "Expr: rate(x[5m])\nStep: 15s"}}
IN_FIELDS = [
    {
        "refId": "A",
        "name": "rate(x[5m])",
        "fields": [
            {"name": "Time", "type": "time", "values": TIMES},
            {"name": "Value", "type": "number", "labels": {"pod": pod}, "values": VALUES},
        ],
    }
    for pod in ("a", "b")
]
DOCUMENTS = {
    "inspector": {"request": REQUEST, "response": {"results": {"A": {"frames": FRAMES}}}},
    "noted": {"results": {"A": {"status": 200, "frames": [frame(pod, **NOTED) for pod in "ab"]}}},
    "fields": IN_FIELDS,
}


def read(path: Path, document: object) -> SeriesReading:
    path.write_text(json.dumps(document))
    assert detect(Head(path.read_bytes(), path.name), extractors()).data_type is DataType.METRIC
    return read_series(PlainFile(path))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_field_is_named_after_its_query(name: str, tmp_path: Path) -> None:
    reading = read(tmp_path / "panel.json", DOCUMENTS[name])
    assert [(each.name, dict(each.labels)) for each in reading.series] == [
        ("rate(x[5m])", {"pod": "a"}),
        ("rate(x[5m])", {"pod": "b"}),
    ]
    for series in reading.series:
        assert (series.times * 1000).tolist() == TIMES
        assert series.values.tolist() == VALUES


def test_texts_of_a_long_frame_say_which_series(tmp_path: Path) -> None:
    fields = [
        {"name": "time", "type": "time"},
        {"name": "host", "type": "string"},
        {"name": "load", "type": "number"},
    ]
    columns = [TIMES, ["a", "b"] * 6, VALUES]
    document = {"frames": [{"schema": {"fields": fields}, "data": {"values": columns}}]}
    reading = read(tmp_path / "panel.json", document)
    assert [(each.name, dict(each.labels)) for each in reading.series] == [
        ("load", {"host": "a"}),
        ("load", {"host": "b"}),
    ]


def test_a_frame_without_times_is_none() -> None:
    fields = [{"name": "id", "type": "number"}, {"name": "who", "type": "string"}]
    document = [{"schema": {"fields": fields}, "data": {"values": [[1, 2, 3], ["a", "b", "c"]]}}]
    claim = detect(Head(json.dumps(document).encode(), "panel.json"), extractors())
    assert claim.data_type is not DataType.METRIC
