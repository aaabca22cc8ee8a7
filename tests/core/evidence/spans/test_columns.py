"""Tables of spans, whatever their columns are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UnreadableEvidence
from core.evidence.model import PlainFile
from core.evidence.spans.columns import is_heading
from core.evidence.spans.formats import SpanFormat, read_spans
from tests.core.evidence.spans.sample_spans import BEGAN, written

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.spans.model import Span

US, MS, NS = str(BEGAN), str(BEGAN // 1000), str(BEGAN * 1000)
TABLES = [
    "trace_id,span_id,parent_id,service,operation,start,duration_ms,status\n"
    f"t,s,p,api,get,{US},12.5,ERROR\n",
    "TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano,Error\n"
    f"t,s,p,api-7c5d9f8b6-x2lqz,get,{NS},{BEGAN * 1000 + 12_500_000},true\n",
    "traceId;spanId;parentSpanId;serviceName;name;startTime;duration;statusCode\n"
    f't;s;p;api;"get";{MS};12.5ms;500\n',
    "trace\tspan\tparent\tservice_name\toperation_name\ttimestamp\telapsed_us\tsuccess\n"
    "t\ts\tp\tapi\tget\t2026-11-19T09:30:00Z\t12500\tfalse\n",
    "trace.id,span.id,parent.id,app,endpoint,started_at,latency_seconds,outcome\n"
    "t,s,p,api,get,2026-11-19 09:30:00,0.0125,failure\n",
]


def read(path: Path, content: str) -> list[Span]:
    return read_spans(PlainFile(written(path, content)), SpanFormat.CSV)[0]


@pytest.mark.parametrize("content", TABLES)
def test_names_and_units_are_understood(content: str, tmp_path: Path) -> None:
    assert is_heading(content.partition("\n")[0])
    [span] = read(tmp_path / "x.csv", content)
    assert (span.trace, span.id, span.parent) == ("t", "s", "p")
    assert (span.service, span.operation, span.failed) == ("api", "get", True)
    assert (span.start, span.duration) == (BEGAN, 12_500)


@pytest.mark.parametrize(
    "heading",
    [
        "time,value,host",
        "timestamp,level,service,message",
        "id,name,start,end",
        "trace_id,level,message",
        "",
        "," * 5000,
    ],
)
def test_other_tables_are_left_alone(heading: str) -> None:
    assert not is_heading(heading)


def test_a_field_over_several_lines_is_one_row(tmp_path: Path) -> None:
    head = TABLES[0].partition("\n")[0] + ",message\n"
    rows = f't,s1,,api,get,{US},1,ERROR,"broke\nhere"\nt,s2,,api,get,{US},1,OK,\n'
    spans = read(tmp_path / "x.csv", head + rows)
    assert [(span.place.line_start, span.place.line_end) for span in spans] == [(2, 3), (4, 4)]
    assert spans[0].says == "broke here"


@pytest.mark.parametrize("none", ["", "root", "None", "null", "0"])
def test_a_root_has_no_parent(none: str, tmp_path: Path) -> None:
    [span] = read(tmp_path / "x.csv", TABLES[0].replace(",p,", f",{none},"))
    assert span.parent == ""


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(st.lists(st.text(max_size=12), max_size=10), max_size=6))
def test_no_row_raises_anything_but_a_named_error(
    rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    body = "\n".join(",".join(row) for row in rows)
    content = TABLES[0].partition("\n")[0] + "\n" + body
    path = tmp_path_factory.mktemp("rows") / "x.csv"
    path.write_bytes(content.encode("utf-8", errors="surrogatepass"))
    try:
        spans, reading = read_spans(PlainFile(path), SpanFormat.CSV)
    except UnreadableEvidence:
        return
    assert len(spans) == reading.spans
