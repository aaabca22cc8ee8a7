"""Every format tells the same story; damage ends in a result or a named error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UnreadableEvidence
from core.evidence.model import PlainFile
from core.evidence.spans import formats
from core.evidence.spans.formats import SpanFormat, detect_format, read_spans
from core.evidence.spans.model import Span, SpanKind, SpanReading
from tests.core.evidence.spans.sample_spans import written

if TYPE_CHECKING:
    from random import Random

FILES = Path(__file__).parent / "files"
STORIES = {
    "jaeger_constructed.json": SpanFormat.JAEGER,
    "otlp_file_exporter.jsonl": SpanFormat.OTLP,
    "otlp_protobuf.json": SpanFormat.OTLP,
    "zipkin.json": SpanFormat.ZIPKIN,
    "spans_constructed.csv": SpanFormat.CSV,
}
ZIPKIN = {"traceId": "a" * 16, "id": "b" * 16, "name": "x", "timestamp": 1_795_080_600_000_000}


def read(path: Path) -> tuple[list[Span], SpanReading]:
    form = detect_format(path.read_bytes()[:65536].decode(errors="replace"))
    assert form is not None
    return read_spans(PlainFile(path), form)


def told(span: Span) -> tuple[object, ...]:
    return (span.trace, span.id, span.parent, span.service, span.operation, span.start, span.failed)


@pytest.mark.parametrize(("name", "form"), STORIES.items())
def test_each_format_is_known_and_tells_the_same(name: str, form: SpanFormat) -> None:
    path = FILES / name
    raw = path.read_bytes()
    assert detect_format(raw[:65536].decode()) is form
    spans, reading = read(path)
    assert reading.problem is None
    assert (reading.size, reading.lines) == (len(raw), raw.count(b"\n"))
    expected, _ = read(FILES / "otlp_file_exporter.jsonl")
    assert sorted(map(told, spans)) == sorted(map(told, expected))
    assert sorted(span.duration for span in spans) == sorted(span.duration for span in expected)


@pytest.mark.parametrize("name", [name for name in STORIES if name.endswith(("json", "jsonl"))])
def test_a_span_stands_where_its_place_says(name: str) -> None:
    raw = (FILES / name).read_bytes()
    for span in read(FILES / name)[0]:
        in_file = json.loads(raw[span.place.byte_start : span.place.byte_end])
        assert span.operation in (in_file.get("name"), in_file.get("operationName"))
        assert raw.count(b"\n", 0, span.place.byte_start) + 1 == span.place.line_start


def test_rows_stand_where_their_places_say() -> None:
    raw = (FILES / "spans_constructed.csv").read_bytes()
    for span in read(FILES / "spans_constructed.csv")[0]:
        line = raw[span.place.byte_start : span.place.byte_end].decode()
        assert span.id in line
        assert line == raw.decode().splitlines(keepends=True)[span.place.line_start - 1]


@pytest.mark.parametrize("name", STORIES)
def test_a_file_that_was_cut_off_tells_what_is_left(name: str, tmp_path: Path) -> None:
    raw = (FILES / name).read_bytes()
    path = written(tmp_path / name, raw[: len(raw) * 2 // 3])
    spans, reading = read(path)
    assert 90 < len(spans) < 150
    if not name.endswith("csv"):
        assert reading.problem is not None


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(sorted(STORIES)), seed=st.randoms(use_true_random=False))
def test_damage_never_raises_anything_else(
    name: str, seed: Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = bytearray((FILES / name).read_bytes()[:6000])
    for _ in range(seed.randint(1, 30)):
        at = seed.randrange(len(raw))
        raw[at : at + seed.randint(0, 9)] = bytes(seed.choices(b'{}[]",:\\ x\n0\xff', k=3))
    path = written(tmp_path_factory.mktemp("damage") / name, bytes(raw))
    try:
        spans, _ = read_spans(PlainFile(path), STORIES[name])
    except UnreadableEvidence:
        return
    assert spans


def test_one_broken_line_harms_no_other(tmp_path: Path) -> None:
    lines = [json.dumps({**ZIPKIN, "id": f"{n:016x}", "duration": 5}) for n in range(1, 10)]
    lines[4] = lines[4][:50]
    spans, reading = read(written(tmp_path / "z.ndjson", "\n".join(lines)))
    assert [span.id for span in spans] == [f"{n:016x}" for n in (1, 2, 3, 4, 6, 7, 8, 9)]
    assert [span.place.line_start for span in spans] == [1, 2, 3, 4, 6, 7, 8, 9]
    assert reading.problem == "1 spans are damaged and were left out"


def test_a_negative_duration_is_told_and_taken_as_none(tmp_path: Path) -> None:
    spans, reading = read(written(tmp_path / "z.json", json.dumps([{**ZIPKIN, "duration": -5}])))
    assert spans[0].duration == 0
    assert reading.negative == 1


def test_more_spans_than_are_kept_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_SPANS", 5)
    document = [{**ZIPKIN, "id": f"{n:016x}"} for n in range(1, 9)]
    spans, reading = read(written(tmp_path / "z.json", json.dumps(document)))
    assert len(spans) == 5
    assert reading.beyond == 3
    assert "split the file" in str(reading.problem)


def test_nothing_to_read_is_a_named_error(tmp_path: Path) -> None:
    elsewhere = json.dumps({"hits": [{**ZIPKIN, "id": "b" * 16}]})
    for content in (elsewhere, '{"data": [{"traceID": 7, "spans": [{}]}]}'):
        with pytest.raises(UnreadableEvidence):
            read(written(tmp_path / "x.json", content))


def test_a_trace_of_many_services_in_an_array_of_traces(tmp_path: Path) -> None:
    document = [[{**ZIPKIN, "kind": "CLIENT"}], [{**ZIPKIN, "id": "c" * 16, "kind": "SERVER"}]]
    spans, _ = read(written(tmp_path / "z.json", json.dumps(document)))
    assert [span.kind for span in spans] == [SpanKind.CLIENT, SpanKind.SERVER]


def test_what_holds_no_spans_is_of_no_format() -> None:
    heads = ["", "hello", '{"a": 1}', "time,value\n1,2\n"]
    heads += ['{"traceId": "0123456789abcdef", "name": "x", "duration": 5, "msg": "served"}\n']
    heads += ['{"traceID": "0123456789abcdef", "spanID": "0123456789abcdef", "msg": "served"}\n']
    assert [detect_format(head) for head in heads] == [None] * 6
