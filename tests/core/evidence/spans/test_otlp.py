"""What is particular to OTLP's JSON: many spellings of the same message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from core.evidence.model import PlainFile
from core.evidence.spans.formats import SpanFormat, detect_format, read_spans
from core.evidence.spans.model import SpanKind
from tests.core.evidence.spans.sample_spans import BEGAN, written

if TYPE_CHECKING:
    from pathlib import Path

SPAN = {
    "traceId": "0102030405060708090a0b0c0d0e0f10",
    "spanId": "1112131415161718",
    "name": "get",
    "kind": 3,
    "startTimeUnixNano": str(BEGAN * 1000),
    "endTimeUnixNano": str(BEGAN * 1000 + 5_000_000),
    "status": {"code": 2, "message": "broke"},
    "attributes": [{"key": "peer.service", "value": {"stringValue": "db"}}],
}
PROTO = {
    "trace_id": "AQIDBAUGBwgJCgsMDQ4PEA==",
    "span_id": "ERITFBUWFxg=",
    "name": "get",
    "kind": "SPAN_KIND_CLIENT",
    "start_time_unix_nano": BEGAN * 1000,
    "end_time_unix_nano": BEGAN * 1000 + 5_000_000,
    "status": {"code": "STATUS_CODE_ERROR"},
    "events": [{"attributes": [{"key": "exception.message", "value": {"string_value": "broke"}}]}],
    "attributes": [{"key": "peer.service", "value": {"string_value": "db"}}],
}


def resource(key: str = "stringValue") -> dict[str, Any]:
    pairs = (("service.name", "api"), ("host.name", "api-0"))
    return {"attributes": [{"key": name, "value": {key: value}} for name, value in pairs]}


DOCUMENTS = [
    {"resourceSpans": [{"resource": resource(), "scopeSpans": [{"spans": [SPAN]}]}]},
    {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN]}], "resource": resource()}]},
    {
        "resourceSpans": [
            {"resource": resource(), "instrumentationLibrarySpans": [{"spans": [SPAN]}]}
        ]
    },
    {"batches": [{"resource": resource(), "scopeSpans": [{"spans": [SPAN]}]}]},
    {"trace": {"resourceSpans": [{"resource": resource(), "scopeSpans": [{"spans": [SPAN]}]}]}},
    {
        "resource_spans": [
            {"resource": resource("string_value"), "scope_spans": [{"spans": [PROTO]}]}
        ]
    },
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_spelling_is_the_same_span(document: object, tmp_path: Path) -> None:
    content = json.dumps(document)
    assert detect_format(content) is SpanFormat.OTLP
    [span], reading = read_spans(PlainFile(written(tmp_path / "o.json", content)), SpanFormat.OTLP)
    assert reading.problem is None
    assert (span.trace, span.id) == (SPAN["traceId"], SPAN["spanId"])
    assert (span.service, span.clock, span.operation) == ("api", "api-0", "get")
    assert (span.start, span.duration, span.kind) == (BEGAN, 5000, SpanKind.CLIENT)
    assert (span.failed, span.says, span.peer) == (True, "broke", "db")


def test_an_ok_status_is_no_failure_whatever_the_answer(tmp_path: Path) -> None:
    answer = [{"key": "http.status_code", "value": {"intValue": "500"}}]
    spans = [
        {**SPAN, "status": {"code": 1}, "attributes": answer},
        {**SPAN, "spanId": "22" * 8, "status": {}, "attributes": answer},
    ]
    document = {"resourceSpans": [{"resource": resource(), "scopeSpans": [{"spans": spans}]}]}
    path = written(tmp_path / "o.json", json.dumps(document))
    read_back, _ = read_spans(PlainFile(path), SpanFormat.OTLP)
    assert [span.failed for span in read_back] == [False, True]
