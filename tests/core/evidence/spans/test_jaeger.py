"""What is particular to Jaeger's JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.evidence.model import PlainFile
from core.evidence.spans.formats import SpanFormat, detect_format, read_spans
from core.evidence.spans.model import SpanKind
from tests.core.evidence.spans.sample_spans import written

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.spans.model import Span

PLAIN = {
    "traceID": "1f",
    "spanID": "2e",
    "operationName": "get",
    "startTime": 1_795_080_600_000_000,
    "duration": 5,
    "processID": "p1",
}
PROCESSES = {"p1": {"serviceName": "api", "tags": [{"key": "hostname", "value": "api-0"}]}}


def read(path: Path, document: object) -> list[Span]:
    return read_spans(PlainFile(written(path, json.dumps(document))), SpanFormat.JAEGER)[0]


def span(**other: Any) -> dict[str, Any]:
    return {**PLAIN, **other}


def test_processes_may_stand_before_or_behind_the_spans(tmp_path: Path) -> None:
    trace = {"traceID": "1f", "spans": [span()], "processes": PROCESSES}
    other = {"processes": PROCESSES, "spans": [span()], "traceID": "1f"}
    for document in ({"data": [trace]}, {"data": [other]}, [trace], trace):
        [read_span] = read(tmp_path / "j.json", document)
        assert (read_span.service, read_span.clock) == ("api", "api-0")


def test_references_tags_and_logs(tmp_path: Path) -> None:
    logs = [{"timestamp": 1, "fields": [{"key": "exception.message", "value": "broke"}]}]
    tags = [{"key": "error", "value": True}, {"key": "span.kind", "value": "client"}]
    references = [
        {"refType": "FOLLOWS_FROM", "traceID": "1f", "spanID": "aa"},
        {"refType": "CHILD_OF", "traceID": "other", "spanID": "bb"},
        {"refType": "CHILD_OF", "traceID": "1f", "spanID": "cc"},
    ]
    document = span(references=references, tags=tags, logs=logs)
    [read_span] = read(
        tmp_path / "j.json", {"data": [{"spans": [document], "processes": PROCESSES}]}
    )
    assert (read_span.parent, read_span.waited, read_span.kind) == ("cc", True, SpanKind.CLIENT)
    assert (read_span.failed, read_span.says) == (True, "broke")
    later = span(references=references[:1])
    [read_span] = read(tmp_path / "j.json", {"data": [{"spans": [later], "processes": PROCESSES}]})
    assert (read_span.parent, read_span.waited) == ("aa", False)


def test_a_span_may_carry_its_own_process(tmp_path: Path) -> None:
    document = span(processID="", process=PROCESSES["p1"], parentSpanID="dd")
    [read_span] = read(tmp_path / "j.json", {"data": [{"spans": [document]}]})
    assert (read_span.service, read_span.parent) == ("api", "dd")


def test_spans_may_lie_a_line_each_outside_of_traces(tmp_path: Path) -> None:
    own = span(process={"serviceName": "api"})
    hit = {"_index": "jaeger-span", "_source": span(spanID="3f")}
    lines = f"{json.dumps(own)}\n{json.dumps(hit)}\n"
    assert detect_format(lines) is SpanFormat.JAEGER_SPANS
    spans, reading = read_spans(
        PlainFile(written(tmp_path / "spans", lines)), SpanFormat.JAEGER_SPANS
    )
    assert [(each.id, each.service) for each in spans] == [("2e", "api"), ("3f", "")]
    assert not reading.damaged
