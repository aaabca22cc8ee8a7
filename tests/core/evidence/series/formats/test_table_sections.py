"""Several tables in one CSV, as InfluxDB answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.extractor import Head, extractors
from core.evidence.model import DataType, PlainFile
from core.evidence.pipeline import detect
from core.evidence.series.readers import SeriesFormat, find_format, read_series

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.series.model import SeriesReading

MINUTES = range(12)


def annotated(measurement: str, field: str, sort: str, first: int) -> str:
    heading = (
        "#group,false,false,true,true,false,false,true,true,true\r\n"
        "#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,"
        f"{sort},string,string,string\r\n#default,_result,,,,,,,,\r\n"
        ",result,table,_start,_stop,_time,_value,_field,_measurement,host\r\n"
    )
    return heading + "".join(
        f",,{at},2026-04-02T08:00:00Z,2026-04-02T09:00:00Z,2026-04-02T08:{n:02}:00Z,"
        f"{first + n},{field},{measurement},{host}\r\n"
        for at, host in enumerate(("a", "b"))
        for n in MINUTES
    )


ANSWER = annotated("cpu", "user", "double", 1) + "\r\n" + annotated("mem", "used", "long", 500)


def read(path: Path, text: str) -> SeriesReading:
    path.write_bytes(text.encode())
    assert detect(Head(text.encode(), path.name), extractors()).data_type is DataType.METRIC
    return read_series(PlainFile(path))


def test_annotated_tables_are_read_each_under_its_heading(tmp_path: Path) -> None:
    assert find_format(ANSWER.encode()) is SeriesFormat.SECTIONS
    reading = read(tmp_path / "influx.csv", ANSWER + "\r\n")
    assert [(each.name, dict(each.labels)) for each in reading.series] == [
        (name, {"host": host}) for name in ("cpu_user", "mem_used") for host in ("a", "b")
    ]
    assert reading.problem is None
    last = reading.series[-1]
    assert last.values.tolist() == [500 + n for n in MINUTES]
    span = last.span(11, 11)
    assert ANSWER.encode()[span.byte_start : span.byte_end].endswith(b"511,used,mem,b\r\n")
    assert span.line_start == ANSWER.count("\n")


def test_one_annotated_table_has_no_series_of_table_numbers(tmp_path: Path) -> None:
    reading = read(tmp_path / "influx.csv", annotated("cpu", "user", "double", 1))
    assert {each.name for each in reading.series} == {"cpu_user"}


def test_a_series_that_goes_on_in_the_next_table_is_one(tmp_path: Path) -> None:
    parts = [
        "time,load\n" + "".join(f"2026-04-02T0{hour}:{n:02}:00Z,{n}\n" for n in MINUTES)
        for hour in (8, 9)
    ]
    queue = "time,queue\n" + "".join(f"2026-04-02T08:{n:02}:00Z,{n}\n" for n in MINUTES)
    reading = read(tmp_path / "both.csv", "\n".join([*parts, queue]))
    assert [(each.name, len(each.times)) for each in reading.series] == [
        ("load", 24),
        ("queue", 12),
    ]


def test_tables_of_other_things_are_no_series() -> None:
    people = "name,city\nann,Oslo\nbob,Bergen\n\nticket,owner\nT-1,ann\nT-2,bob\n"
    claim = detect(Head(people.encode(), "a.csv"), extractors())
    assert claim.data_type is not DataType.METRIC
