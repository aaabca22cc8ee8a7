from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.masks import MAX_OF_A_LINE, find_ids

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
UUID = "7f1d3c1e-0b52-4d0a-9c44-6a1d8f2b7c10"


def ids_of(*lines: str) -> list[list[str] | None]:
    return find_ids(pl.Series(lines, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"served trace_id={TRACE} in 3 ms", [TRACE]),
        ('{"requestId":"req-12","msg":"x"}', ["req-12"]),
        (r'{"log":"{\"correlation_id\":\"c-0001\"}\n"}', ["c-0001"]),
        ("X-Request-ID: abcd1234 done", ["abcd1234"]),
        ("[sessionId: s_99887]", ["s_99887"]),
        (f"deleting {UUID} now", [UUID]),
        (f"traceparent: 00-{TRACE}-00f067aa0ba902b7-01", [TRACE]),
        (f"INFO [orders,{TRACE},] order taken", [TRACE]),
        ("reqId=aaaa1 traceId=bbbb2 reqId=aaaa1", ["aaaa1", "bbbb2"]),
        ("request_id=null nothing there", None),
        ("user id=12345 is no request", None),
        (f"commit {TRACE} is not named as one", None),
        ("request id-less", None),
        ("", None),
    ],
)
def test_what_is_an_id(line: str, expected: list[str] | None) -> None:
    assert ids_of(line) == [expected]


def test_lines_keep_their_order() -> None:
    lines = [f"n {n}" if n % 3 else f"trace_id=t-{n:05}" for n in range(1000)]
    ids = ids_of(*lines)
    assert ids == [None if n % 3 else [f"t-{n:05}"] for n in range(1000)]


def test_where_every_line_has_one() -> None:
    assert ids_of(*[f"trace_id=t-{n:05}" for n in range(500)]) == [
        [f"t-{n:05}"] for n in range(500)
    ]


def test_a_line_has_few() -> None:
    (ids,) = ids_of(" ".join(f"reqId=r-{n:04}" for n in range(100)))
    assert ids is not None
    assert len(ids) == MAX_OF_A_LINE


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_lines(lines: list[str]) -> None:
    assert len(ids_of(*lines)) == len(lines)
