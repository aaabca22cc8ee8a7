"""Datadog, X-Ray, SkyWalking and Zipkin's first version tell one story, each in its own words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from core.evidence.extractor import Head, extractors
from core.evidence.model import DataType, PlainFile
from core.evidence.pipeline import detect
from core.evidence.spans.formats import SpanFormat, detect_format, read_spans
from core.evidence.spans.model import SpanKind

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.spans.model import Span, SpanReading

T = 1_775_116_800_000_000  # µs: 2026-04-02T08:00:00Z


class Call(NamedTuple):
    """number: of the span, from 1; parent: 0 for a root."""

    trace: int
    number: int
    parent: int
    service: str
    operation: str
    start: int
    duration: int
    failed: bool = False


STORY = [
    call
    for trace in range(3)
    for call in (
        Call(trace, 1, 0, "web", "GET /checkout", T + trace, 900_000, failed=True),
        Call(trace, 2, 1, "orders", "POST /orders", T + trace + 5_000, 890_000, failed=True),
        Call(trace, 3, 2, "orders-db", "INSERT", T + trace + 9_000, 500_000),
    )
]
TRACES = [[call for call in STORY if call.trace == trace] for trace in range(3)]


def hexed(call: Call, number: int) -> str:
    return f"{0xA0 + call.trace:014x}{number:02x}"


def datadog(call: Call) -> dict[str, object]:
    return {
        "trace_id": 7_000_000_000_000_000_000 + call.trace,
        "span_id": 100 * call.trace + call.number,
        "parent_id": 100 * call.trace + call.parent if call.parent else 0,
        "service": call.service,
        "name": "web.request",
        "resource": call.operation,
        "type": "sql" if call.service.endswith("db") else "web",
        "start": call.start * 1000,
        "duration": call.duration * 1000,
        "error": int(call.failed),
        "meta": {"error.message": "deadline exceeded", "error.type": "x"} if call.failed else {},
    }


def xray(trace: list[Call]) -> dict[str, Any]:
    web, orders, database = (
        {
            "id": hexed(call, call.number),
            "name": call.service,
            "start_time": call.start / 1e6,
            "end_time": (call.start + call.duration) / 1e6,
            "http": {
                "request": {"method": "GET", "url": "https://shop/checkout?cart=7"},
                "response": {"status": 502 if call.failed else 200},
            },
            **({"fault": True, "cause": {"exceptions": [{"message": "deadline exceeded"}]}}
               if call.failed else {}),
        }
        for call in trace
    )  # fmt: skip
    database |= {"namespace": "aws", "aws": {"operation": "PutItem"}}
    orders |= {"namespace": "remote", "subsegments": [database]}
    trace_id = f"1-69ce5b80-{trace[0].trace:024x}"
    return web | {"trace_id": trace_id, "subsegments": [orders]}


def skywalking(call: Call) -> dict[str, object]:
    above = {"traceId": f"t.{call.trace}", "parentSpanId": 0, "type": "CROSS_PROCESS"}
    return {
        "traceId": f"t.{call.trace}",
        "segmentId": f"s.{call.trace}.{call.number}",
        "spanId": 0,
        "parentSpanId": -1,
        "refs": [above | {"parentSegmentId": f"s.{call.trace}.{call.parent}"}]
        if call.parent
        else [],
        "serviceCode": call.service,
        "serviceInstanceName": f"{call.service}@1",
        "startTime": call.start // 1000,
        "endTime": (call.start + call.duration) // 1000,
        "endpointName": call.operation,
        "type": "Entry",
        "isError": call.failed,
        "tags": [{"key": "http.method", "value": "GET"}],
        "logs": [{"time": 1, "data": [{"key": "message", "value": "deadline exceeded"}]}],
    }


def segment(call: Call) -> dict[str, object]:
    span = skywalking(call)
    references = [
        {**reference, "parentTraceSegmentId": reference["parentSegmentId"]}
        for reference in span["refs"]  # type: ignore[attr-defined]
    ]
    renamed = {"operationName": span["endpointName"], "spanType": "Entry", "refs": references}
    return {
        "traceId": span["traceId"],
        "traceSegmentId": span["segmentId"],
        "service": call.service,
        "serviceInstance": f"{call.service}@1",
        "spans": [span | renamed],
    }


def zipkin(call: Call) -> dict[str, object]:
    endpoint = {"serviceName": call.service, "ipv4": "10.0.0.7"}
    return {
        "traceId": hexed(call, 0x77),
        "id": hexed(call, call.number),
        **({"parentId": hexed(call, call.parent)} if call.parent else {}),
        "name": call.operation,
        "annotations": [
            {"timestamp": call.start, "value": "sr", "endpoint": endpoint},
            {"timestamp": call.start + call.duration, "value": "ss", "endpoint": endpoint},
        ],
        "binaryAnnotations": [{"key": "error", "value": "deadline exceeded", "endpoint": endpoint}]
        if call.failed
        else [],
    }


def tree(trace: list[Call]) -> str:
    lines = (
        f"{'   ' * call.parent}{'└─ ' if call.parent else ''}{call.service} {call.operation}"
        f" {call.duration // 1000}ms{' ERROR: deadline exceeded' if call.failed else ''}"
        for call in trace
    )
    at = f"2026-04-02T08:00:00.{trace[0].trace:06}Z"
    return f"trace {hexed(trace[0], 0x77)} {at}\n" + "\n".join(lines) + "\n"


STORED = [{"Id": "x", "Segments": [{"Id": "y", "Document": json.dumps(xray(t))}]} for t in TRACES]
QUERIED = [{"data": {"trace": {"spans": [skywalking(c) for c in trace]}}} for trace in TRACES]
TEXTS = {
    SpanFormat.DATADOG: json.dumps([[datadog(call) for call in trace] for trace in TRACES]),
    SpanFormat.XRAY: json.dumps({"Traces": STORED, "UnprocessedTraceIds": []}),
    SpanFormat.XRAY_LINES: "".join(json.dumps(xray(trace)) + "\n" for trace in TRACES),
    SpanFormat.SKYWALKING: json.dumps(QUERIED),
    SpanFormat.SKYWALKING_SEGMENTS: json.dumps([segment(call) for call in STORY], indent=1),
    SpanFormat.ZIPKIN: json.dumps([zipkin(call) for call in STORY]),
    SpanFormat.TREE: "\n".join(map(tree, TRACES)),
}


def read(path: Path, text: str, form: SpanFormat) -> tuple[list[Span], SpanReading]:
    path.write_text(text, encoding="utf-8")
    assert detect_format(text[:65_536]) is form
    claim = detect(Head(text.encode()[:65_536], path.name), extractors())
    assert claim.data_type is DataType.TRACE
    return read_spans(PlainFile(path), form)


@pytest.mark.parametrize("form", TEXTS)
def test_each_format_tells_the_story(form: SpanFormat, tmp_path: Path) -> None:
    spans, reading = read(tmp_path / "spans", TEXTS[form], form)
    assert reading.problem is None
    is_xray = form in {SpanFormat.XRAY, SpanFormat.XRAY_LINES}
    by_id = {span.id: span for span in spans}
    parents = [by_id[span.parent].operation if span.parent else "" for span in spans]
    for span, parent, call in zip(spans, parents, STORY, strict=True):
        exact = 1 if form in {SpanFormat.DATADOG, SpanFormat.ZIPKIN} else 1_000
        at = call.start if form is not SpanFormat.TREE else T + call.trace
        assert abs(span.start - at) <= exact
        assert abs(span.duration - call.duration) <= exact
        assert (span.failed, span.says) == (call.failed, "deadline exceeded" * call.failed)
        assert bool(parent) is bool(call.parent)
        if not is_xray:  # its subsegments are calls of the segment's service
            assert (span.service, span.operation) == (call.service, call.operation)
    assert len({span.trace for span in spans}) == 3


def test_subsegments_are_calls_of_their_segment(tmp_path: Path) -> None:
    text = json.dumps([xray(trace) for trace in TRACES], indent=1)
    spans, _ = read(tmp_path / "segments.json", text, SpanFormat.XRAY)
    seen = [(span.service, span.operation, span.kind, span.peer) for span in spans[:3]]
    assert seen == [
        ("web", "GET /checkout", SpanKind.SERVER, ""),
        ("web", "orders", SpanKind.CLIENT, "orders"),
        ("web", "orders-db PutItem", SpanKind.CLIENT, "orders-db"),
    ]


def test_damaged_spans_are_left_out_and_counted(tmp_path: Path) -> None:
    calls = [[datadog(call) for call in trace] for trace in TRACES]
    del calls[1][1]["start"]
    calls[2][2]["start"] = "yesterday"
    spans, reading = read(tmp_path / "a.json", json.dumps(calls), SpanFormat.DATADOG)
    assert (len(spans), reading.problem) == (7, "2 spans are damaged and were left out")
    segments = [xray(trace) for trace in TRACES]
    del segments[0]["subsegments"][0]["end_time"]
    del segments[1]["start_time"]
    spans, reading = read(tmp_path / "b.json", json.dumps(segments), SpanFormat.XRAY)
    assert (len(spans), reading.damaged) == (4, 2)
    listed = [segment(call) for call in STORY]
    listed[4]["spans"] = [{"spanId": "none"}]
    text = json.dumps(listed)
    spans, reading = read(tmp_path / "c.json", text, SpanFormat.SKYWALKING_SEGMENTS)
    assert (len(spans), reading.damaged) == (8, 1)


def test_spans_that_are_cut_off_are_read_up_to_there(tmp_path: Path) -> None:
    text = TEXTS[SpanFormat.DATADOG]
    spans, reading = read(tmp_path / "a.json", text[:-100], SpanFormat.DATADOG)
    assert (len(spans), reading.is_cut_off) == (8, True)


def test_both_sides_in_a_span_of_zipkins_are_two(tmp_path: Path) -> None:
    both = zipkin(STORY[1])
    caller = {"serviceName": "web"}
    both["annotations"] = [
        {"timestamp": T, "value": "cs", "endpoint": caller},
        *both["annotations"],  # type: ignore[misc]
        {"timestamp": T + 950_000, "value": "cr", "endpoint": caller},
    ]
    text = json.dumps([both])
    client, server = read(tmp_path / "a.json", text, SpanFormat.ZIPKIN)[0]
    assert (client.service, client.kind, client.duration) == ("web", SpanKind.CLIENT, 950_000)
    assert (server.service, server.kind, server.shared) == ("orders", SpanKind.SERVER, True)


def test_a_tree_may_be_drawn_with_letters_and_tell_offsets(tmp_path: Path) -> None:
    text = """Trace ID: 4bf92f3577b34da6 started 2026-04-02 08:00:00.250
web: GET /checkout [920ms]
|-- orders: POST /orders @ +5ms (900ms) error="no room"
|   |-- [orders-db] INSERT 400ms
|   `-- [orders-db] SELECT 450ms
`-- cart: GET /cart 1.5s
"""
    spans, _ = read(tmp_path / "tree.txt", text, SpanFormat.TREE)
    assert [(span.service, span.operation) for span in spans] == [
        ("web", "GET /checkout"),
        ("orders", "POST /orders"),
        ("orders-db", "INSERT"),
        ("orders-db", "SELECT"),
        ("cart", "GET /cart"),
    ]
    assert [span.start - spans[0].start for span in spans] == [0, 5_000, 5_000, 405_000, 0]
    assert (spans[1].failed, spans[1].says, spans[1].place.line_start) == (True, "no room", 3)


@pytest.mark.parametrize(
    "text",
    [
        "Run of 2026-11-25 09:50:00\nsuite 300 ms\n├─ posts 120 ms\n├─ gets 2 ms\n└─ cart 20 ms\n",
        "graphical.target @12s\n└─multi.target @2s\n  └─docker @8s +4s\n    └─net @2s +6s\n",
        "trace of files\n├── src 1 s\n├── test 2 s\n└── docs 3 s\n",
        json.dumps([{"trace_id": "4bf9", "span_id": "a1", "level": "info", "msg": "took 5 ms"}]),
        json.dumps([{"id": 1, "start": 5, "duration": 7, "name": "build"}] * 3),
    ],
)
def test_other_texts_are_no_spans(text: str) -> None:
    assert detect_format(text) is None
