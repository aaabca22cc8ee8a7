"""Traces say where the fault enters, what was waited for, and who calls whom."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from core.evidence.events.table import COLUMNS
from core.evidence.extractor import Detected, Exhibit, Head
from core.evidence.extractors.trace import TraceExtractor
from core.evidence.model import DataType, Extraction, Finding, FindingKind, Level, PlainFile
from core.investigation.situation import topology
from core.redaction.engine import Redactor

FILES = Path(__file__).parent.parent / "spans" / "files"
STORIES = sorted(path.name for path in FILES.iterdir())
JSONS = [name for name in STORIES if "csv" not in name]


@dataclass
class Kept:
    """A table that keeps all it is told."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    kinds: dict[int, int] = field(default_factory=dict)

    def add(self, events: pl.DataFrame) -> None:
        assert dict(events.schema) == dict(COLUMNS)
        self.frames.append(events)

    def close(self, kinds: dict[int, int]) -> None:
        self.kinds = kinds


def extract(path: Path, table: Kept | None = None) -> Extraction:
    extractor = TraceExtractor()
    detected = extractor.detect(Head(path.read_bytes()[:65536], path.name))
    exhibit = Exhibit(
        original=PlainFile(path),
        name=path.name,
        service=None,
        detected=detected or Detected(DataType.TRACE, 1.0, "trace"),
        redactor=Redactor(b"key"),
        table=table or Kept(),
    )
    return extractor.enrich(extractor.extract(exhibit), exhibit)


def of_kind(extraction: Extraction, kind: FindingKind) -> list[Finding]:
    return [finding for finding in extraction.findings if finding.kind is kind]


def told(path: Path, spans: list[dict[str, object]]) -> Extraction:
    path.write_text(json.dumps(spans))
    return extract(path)


def zipkin(n: int, **other: object) -> dict[str, object]:
    at = 1_795_080_600_000_000 + n
    plain = {"traceId": "a" * 16, "id": f"{n + 1:016x}", "name": "op", "timestamp": at}
    return {**plain, "duration": 100, "localEndpoint": {"serviceName": "api"}, **other}


@pytest.mark.parametrize("name", STORIES)
def test_detection_is_by_content(name: str) -> None:
    claim = TraceExtractor().detect(Head((FILES / name).read_bytes()[:65536], "x.txt"))
    assert claim is not None
    assert (claim.data_type, claim.extractor) == (DataType.TRACE, "trace")
    assert claim.confidence > 0.9
    assert TraceExtractor().detect(Head(b'{"msg": "x", "traceID": "5", "duration": 3}')) is None
    assert TraceExtractor().detect(Head(b"2026-11-19 hello")) is None


@pytest.mark.parametrize("name", STORIES)
def test_where_the_fault_enters_is_said_first(name: str) -> None:
    extraction = extract(FILES / name)
    first = extraction.findings[0]
    assert (extraction.events, extraction.errors, extraction.problem) == (180, 72, None)
    assert (first.kind, first.level, first.service) == (FindingKind.SPAN, Level.ERROR, "seats")
    assert first.text.text.startswith(
        "The fault enters at seats reserve: in 12 of 12 failing traces nothing below it fails,"
        " and it takes 2.41 s longer: "
    )
    assert first.signals == ("pool_wait_timeout",)
    assert first.data["entry"] is True
    assert extraction.onset == first.first
    assert f"{extraction.onset:%H:%M:%S}" == "09:32:00"


@pytest.mark.parametrize("name", JSONS)
def test_the_critical_path_of_the_slowest_and_of_a_typical_request(name: str) -> None:
    slowest, typical = of_kind(extract(FILES / name), FindingKind.PATH)
    assert slowest.text.text == (
        "Slowest web POST /buy: 2.43 s; its own work on the critical path:"
        " seats 2.41 s, shop 12 ms, web 9 ms"
    )
    assert slowest.data["service"] == "seats"
    assert slowest.data["path"] == (
        "web POST /buy > web POST > shop POST /orders > shop GET > seats GET /seats/{row}"
        " > seats reserve"
    )
    assert typical.data["service"] == "shop"
    duration = typical.data["duration_ms"]
    assert isinstance(duration, float)
    assert 30 < duration < 40


@pytest.mark.parametrize("name", JSONS)
def test_calls_have_the_shape_of_a_topology(name: str) -> None:
    calls = of_kind(extract(FILES / name), FindingKind.CALL)
    pairs = (("shop", "seats"), ("web", "shop"), ("seats", "seatdb"))
    assert topology(calls) == pairs
    assert calls[0].data["count"] == 24
    assert calls[0].data["errors"] == 12
    assert calls[0].data["p95_ms"] == pytest.approx(2410, rel=0.01)


@pytest.mark.parametrize("name", STORIES)
def test_the_clock_that_is_ahead_is_stated(name: str) -> None:
    [skew] = of_kind(extract(FILES / name), FindingKind.SKEW)
    assert skew.data["seconds"] == pytest.approx(3.2, abs=0.02)
    assert skew.count == 24
    entry = extract(FILES / name).findings[0]
    assert entry.data["ahead_s"] == pytest.approx(3.2, abs=0.02)


@pytest.mark.parametrize("name", STORIES)
def test_a_finding_stands_where_its_locus_says(name: str) -> None:
    raw = (FILES / name).read_bytes()
    entry = extract(FILES / name).findings[0]
    part = raw[entry.locus.byte_start : entry.locus.byte_end]
    assert b"reserve" in part
    assert len(part) < 2000
    assert entry.locus.line_start == raw.count(b"\n", 0, entry.locus.byte_start) + 1


def test_failing_and_slow_spans_are_rows_of_the_table() -> None:
    table = Kept()
    extract(FILES / "zipkin.json", table)
    rows = [row for frame in table.frames for row in frame.iter_rows(named=True)]
    errors = [row for row in rows if row["level"] == list(Level).index(Level.ERROR)]
    assert len(errors) == 72
    assert {len(row["ids"]) for row in rows} == {1}
    assert {row["kind"] for row in rows} <= set(table.kinds)
    raw = (FILES / "zipkin.json").read_bytes()
    for row in errors:
        span = json.loads(raw[row["byte_start"] : row["byte_end"]])
        assert span["traceId"] == row["ids"][0]


def test_secrets_in_tags_and_names_do_not_get_out(tmp_path: Path) -> None:
    secret = "AKIA" + "Q7ZL3MPXT4NRV2WB"
    tags = {"error": f"denied for key {secret}"}
    spans = [zipkin(n, tags=tags, name=f"get {secret}") for n in range(3)]
    extraction = told(tmp_path / "z.json", spans)
    assert secret not in repr(extraction)
    assert "denied for key" in extraction.findings[0].text.text


def test_what_is_compressed_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "zipkin.json.gz"
    path.write_bytes(gzip.compress((FILES / "zipkin.json").read_bytes()))
    assert extract(path).findings[0].text == extract(FILES / "zipkin.json").findings[0].text


def test_circles_orphans_and_twins_are_told_and_read(tmp_path: Path) -> None:
    spans = [
        zipkin(0, parentId=f"{2:016x}"),
        zipkin(1, parentId=f"{1:016x}"),
        zipkin(2, parentId="f" * 16),
        zipkin(2, parentId="f" * 16),
        zipkin(3, duration=-7),
    ]
    extraction = told(tmp_path / "z.json", spans)
    assert extraction.events == 5
    for sentence in ("1 spans came twice", "not in the file", "1 circles", "end before they begin"):
        assert sentence in str(extraction.problem)


def test_ten_thousand_spans_in_one_trace_one_below_the_other(tmp_path: Path) -> None:
    spans = [
        zipkin(n, parentId=f"{n:016x}" if n else None, duration=30_000 - 2 * n)
        for n in range(10_000)
    ]
    extraction = told(tmp_path / "z.json", spans)
    assert extraction.events == 10_000
    assert of_kind(extraction, FindingKind.PATH)[0].count == 10_000
