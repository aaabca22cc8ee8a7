"""Spans and traces as tests plant them. Times in ms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.evidence.spans.model import Span, SpanKind, SpanPlace
from core.evidence.spans.traces import Trace, build_forest

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.spans.traces import Forest

BEGAN = 1_795_080_600_000_000  # µs since 1970
PLACE = SpanPlace(1, 1, 0, 1)


def span(name: str, start: float, took: float, parent: str = "", **other: Any) -> Span:
    """`service.operation#n`: the whole name is its id."""
    service, _, operation = name.partition(".")
    values = {"trace": "t1", "kind": SpanKind.INTERNAL, "clock": service, "place": PLACE, **other}
    return Span(
        id=name,
        parent=parent,
        service=service,
        operation=operation.partition("#")[0],
        start=BEGAN + round(start * 1000),
        duration=round(took * 1000),
        **values,
    )


def tree(*spans: Span) -> Trace:
    forest: Forest = build_forest(spans)
    return forest.traces[0]


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
