"""One trace of a file: by its id as people see it, the slowest, or one that failed."""

from __future__ import annotations

import json

import pytest

from core.evidence.spans.choice import choose_trace, read_traces, spans_in_order
from tests.core.evidence.tables import Text

pytestmark = pytest.mark.unit

IDS = ("4bf92f3577b34da6a3ce929d0e0e4736", "aaaa2f3577b34da6a3ce929d0e0e4736", "bbbb2f3577b34da6")


def a_span(trace: str, number: int, *, parent: int = 0, ms: int, error: bool = False) -> object:
    """Of Zipkin."""
    return {
        "traceId": trace,
        "id": f"{number:016x}",
        **({"parentId": f"{parent:016x}"} if parent else {}),
        "name": f"work {number}",
        "kind": "SERVER",
        "timestamp": 1_763_643_600_000_000 + number,
        "duration": ms * 1_000,
        "localEndpoint": {"serviceName": "checkout"},
        "tags": {"error": "refused"} if error else {},
    }


TRACES = read_traces(
    Text(
        json.dumps(
            [
                a_span(IDS[0], 1, ms=40),
                a_span(IDS[0], 2, parent=1, ms=30),
                a_span(IDS[0], 3, parent=2, ms=20),
                a_span(IDS[0], 4, parent=1, ms=5),
                a_span(IDS[1], 5, ms=900),
                a_span(IDS[2], 6, ms=10, error=True),
            ]
        ).encode()
    )
)


@pytest.mark.parametrize(
    ("wanted", "trace"),
    [
        ("slowest", IDS[1]),
        ("failed", IDS[2]),
        (IDS[0], IDS[0]),
        (IDS[0][:8], IDS[0]),
        ("4bf9", None),
        ("", None),
        ("nothing of the kind", None),
    ],
)
def test_which_trace(wanted: str, trace: str | None) -> None:
    chosen = choose_trace(TRACES, wanted, shown=str)
    assert (chosen.spans[0].trace if chosen else None) == trace


def test_an_id_that_is_hidden_is_not_found() -> None:
    assert choose_trace(TRACES, IDS[0], shown=lambda _: "«id»") is None


def test_spans_stand_below_the_one_they_are_part_of() -> None:
    chosen = choose_trace(TRACES, IDS[0], shown=str)
    assert chosen is not None
    ordered = [
        (each.span.operation, each.depth, each.parent.operation if each.parent else "")
        for each in spans_in_order(chosen)
    ]
    assert ordered == [
        ("work 1", 0, ""),
        ("work 2", 1, "work 1"),
        ("work 3", 2, "work 2"),
        ("work 4", 1, "work 1"),
    ]


def test_a_file_of_something_else_has_no_traces() -> None:
    assert read_traces(Text(b"2026-11-20 INFO all is well\n")) == ()
