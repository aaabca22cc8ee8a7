"""Tables of many mostly empty columns, headings of several rows, and the points of k6."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from core.evidence.extractor import Head, extractors
from core.evidence.model import DataType, PlainFile
from core.evidence.pipeline import detect
from core.evidence.series.readers import read_series

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.series.model import SeriesReading

COLUMNS = 400
CLOUDWATCH = "\n".join(
    [
        "Id,m1,m2",
        "Label,CPUUtilization,DatabaseConnections",
        "InstanceId,i-0abc,i-0abc",
        "Timestamp,Average,Sum",
        *(f"2026/01/01 12:{n:02}:00,{20 + n / 10},{100 + n}" for n in range(30)),
    ]
)


def read(path: Path, text: str) -> SeriesReading:
    path.write_text(text)
    return read_series(PlainFile(path))


def kind_of(text: str, name: str) -> DataType:
    return detect(Head(text.encode()[:65_536], name), extractors()).data_type


def sparse_table() -> str:
    rows = ["Time," + ",".join(f"metric_{n}" for n in range(COLUMNS))]
    for minute in range(60):
        cells = [""] * COLUMNS
        cells[7], cells[399] = str(minute), str(100 - minute)
        rows.append(f"2026-01-01 12:{minute:02}:00,{','.join(cells)}")
    return "\n".join(rows)


def point(second: int, value: float, *, metric: str = "http_req_duration") -> str:
    tags = {"method": "GET", "status": "200", "url": f"https://shop.example/?{second}"}
    data = {"time": f"2026-01-01T12:00:{second:02}.5Z", "value": value, "tags": tags}
    row = {"metric": metric, "type": "Point", "data": data}
    return json.dumps(row, separators=(",", ":"))


def test_a_table_of_mostly_empty_columns_is_one_of_metrics(tmp_path: Path) -> None:
    table = sparse_table()
    assert kind_of(table, "export.csv") is DataType.METRIC
    series = {each.name: each for each in read(tmp_path / "export.csv", table).series}
    assert set(series) == {"metric_7", "metric_399"}
    assert list(series["metric_7"].values[:3]) == [0, 1, 2]


def test_a_column_that_is_blank_for_hundreds_of_rows_is_read(tmp_path: Path) -> None:
    rows = ["time,load,late"]
    rows += [
        f"2026-01-01 {12 + n // 60}:{n % 60:02}:00,{n},{n if n > 250 else ''}" for n in range(300)
    ]
    series = {each.name: each for each in read(tmp_path / "late.csv", "\n".join(rows)).series}
    assert len(series["late"].values) == 49


def test_words_still_make_it_a_log() -> None:
    rows = ["time,message"]
    rows += [f"2026-01-01 12:00:{n:02},order {n} lost on its way to {n * 7}" for n in range(50)]
    assert kind_of("\n".join(rows), "orders.csv") is DataType.LOG


def test_a_heading_of_several_rows_names_its_columns(tmp_path: Path) -> None:
    assert kind_of(CLOUDWATCH, "cloudwatch.csv") is DataType.METRIC
    reading = read(tmp_path / "cloudwatch.csv", CLOUDWATCH)
    assert [each.name for each in reading.series] == [
        "CPUUtilization Average",
        "DatabaseConnections Sum",
    ]
    assert reading.problem is None
    assert reading.series[0].span(0, 0).line_start == 5


def test_the_points_of_k6_are_series(tmp_path: Path) -> None:
    declared = '{"type":"Metric","data":{"name":"http_req_duration"},"metric":"http_req_duration"}'
    text = "\n".join([declared, *(point(n, 100.0 + n) for n in range(40))])
    assert kind_of(text, "k6.json") is DataType.METRIC
    (series,) = read(tmp_path / "k6.json", text).series
    assert (series.name, dict(series.labels)) == (
        "http_req_duration",
        {"method": "GET", "status": "200"},
    )
    assert list(series.values[:2]) == [100.0, 101.0]
    assert series.span(0, 0).line_start == 2


def test_a_point_of_k6_that_is_cut_off_is_counted(tmp_path: Path) -> None:
    text = "\n".join([*(point(n, 1.0) for n in range(40)), point(41, 1.0)[:80]])
    reading = read(tmp_path / "k6.json", text)
    assert reading.problem
    assert reading.points == 40
