from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.errors import UnreadableEvidence
from core.evidence.extractor import Head
from core.evidence.model import PlainFile
from core.evidence.series.readers import detect_series, read_series

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.series.model import SeriesReading

T = 1_775_116_800  # 2026-04-02T08:00:00Z
SERVICES = ("seats", "tickets")
TIMES = range(T, T + 300, 10)


def lines(form: str) -> str:
    return "".join(
        form.format(service=service, time=at, value=at % 97 + 0.5) + "\n"
        for at in TIMES
        for service in SERVICES
    )


def pairs(scale: int) -> list[list[float]]:
    return [[at * scale, at % 97 + 0.5] for at in TIMES]


GRAPHITE = [
    {"target": f"prod.{service}.load", "datapoints": [[value, at] for at, value in pairs(1)]}
    for service in SERVICES
]
DATADOG = {
    "status": "ok",
    "series": [
        {"metric": "load", "pointlist": pairs(1000), "scope": f"service:{service},env:prod"}
        for service in SERVICES
    ],
}
OPENTSDB = [
    {"metric": "load", "tags": {"service": service}, "dps": {str(at): v for at, v in pairs(1)}}
    for service in SERVICES
]
PUT = [
    {"metric": "load", "timestamp": at, "value": value, "tags": {"service": service}}
    for service in SERVICES
    for at, value in pairs(1)
]
INFLUX = {
    "results": [
        {
            "series": [
                {
                    "name": "cpu",
                    "tags": {"service": service},
                    "columns": ["time", "load"],
                    "values": pairs(1000),
                }
                for service in SERVICES
            ]
        }
    ]
}
RAW = "".join(
    f"prod.{service}.load,{T},{T + 300},10|" + ",".join(str(value) for _, value in pairs(1)) + "\n"
    for service in SERVICES
)
CSV = "".join(
    f"prod.{service}.load,{datetime.fromtimestamp(at, tz=UTC):%Y-%m-%d %H:%M:%S},{value}\r\n"
    for service in SERVICES
    for at, value in pairs(1)
)
FILES = {
    "graphite_raw": RAW,
    "graphite_csv": CSV,
    "graphite": lines("prod.{service}.load {value} {time}"),
    "graphite_tags": lines("load.five;service={service} {value} {time}"),
    "put": lines("put load.five {time} {value} service={service} host=a-1"),
    "influx": lines('cpu,service={service},host=a\\ 1 load={value},note="a b" {time}000000000'),
    "influx_ms": lines("cpu,service={service} load={value} {time}000"),
    "render": json.dumps(GRAPHITE),
    "datadog": json.dumps(DATADOG, indent=1),
    "query": json.dumps(OPENTSDB),
    "put_json": json.dumps(PUT),
    "influx_json": json.dumps(INFLUX),
}


def read(folder: Path, text: str) -> SeriesReading:
    file = folder / "points"
    file.write_text(text)
    return read_series(PlainFile(file))


@pytest.mark.parametrize("name", FILES)
def test_points_are_read_with_their_times_services_and_lines(name: str, tmp_path: Path) -> None:
    claim = detect_series(Head(FILES[name].encode(), "points.txt"))
    assert claim is not None
    assert claim.confidence > 0.9
    reading = read(tmp_path, FILES[name])
    assert [member.labels["service"] for member in reading.series] == list(SERVICES)
    for member in reading.series:
        assert member.times.tolist() == list(TIMES)
        assert member.values.tolist() == [at % 97 + 0.5 for at in TIMES]
        span = member.span(3, 3)
        cited = FILES[name].encode()[span.byte_start : span.byte_end].decode()
        assert str(member.values[3]) in cited


def test_what_is_no_measurement_is_counted(tmp_path: Path) -> None:
    reading = read(tmp_path, FILES["influx"] + "cut,off lo\n# a remark\n")
    assert reading.problem == "1 lines are no points; 60 fields hold text"


def test_targets_of_graphite_are_functions_too_and_have_gaps(tmp_path: Path) -> None:
    name = 'summarize(stats.shop.errors, "1min", "sum")'
    text = f"{name},{T},{T + 180},60|1.0,None,3.0\n"
    [series] = read(tmp_path, text).series
    assert (series.name, series.times.tolist(), series.missing) == (name, [T, T + 120], 1)
    quoted = name.replace('"', '""')
    [series] = read(tmp_path, f'"{quoted}",2026-04-02 08:00:00,1.0\n' * 2).series
    assert (series.name, series.times.tolist()) == (name, [T])


def test_the_part_of_a_path_that_is_a_quantity_is_no_service(tmp_path: Path) -> None:
    text = lines("web1.cpu.user {value} {time}") + lines("web1.memory.used {value} {time}")
    assert [member.labels for member in read(tmp_path, text).series] == [{}, {}]


@pytest.mark.parametrize(
    "text",
    [
        "port 6379\ntimeout 300\n" * 20,
        "2026-04-02 08:00:00 INFO a.b 3 1775116800\n" * 20,
        '{"timestamp": 1775116800, "metric": "x", "level": "info", "msg": "y"}\n' * 20,
        "a=1 b=2 1775116800\n" * 20,
        "ann,2026-04-02 08:00:00,3\nbob,2026-04-02 09:00:00,1\n" * 20,
        "deploy of shop,1775116800,1775116900,ok|done\n" * 20,
    ],
)
def test_other_texts_are_not_claimed(text: str) -> None:
    claim = detect_series(Head(text.encode(), "x.txt"))
    assert claim is None or "time-series database" not in claim.reason


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_or_damaged_is_read_or_refused(name: str, tmp_path: Path) -> None:
    text = FILES[name]
    for damaged in (text[: len(text) // 2], text.replace(".5", "e999"), text.replace("1775", "-9")):
        try:
            read(tmp_path, damaged)
        except UnreadableEvidence:
            continue


@pytest.mark.parametrize(
    "line", ["a," * 4_000, "a=" * 4_000, "\\" * 8_000, 'a b="' + '\\"' * 4_000]
)
def test_hostile_lines_cost_little(line: str) -> None:
    text = FILES["influx"] + f"{line}\n" * 20
    start = time.process_time()
    detect_series(Head(text.encode()[:65_536], "x"))
    assert time.process_time() - start < 1
