"""Chooses one trace of a file: by its id, the slowest, or the longest of those that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.extractor import HEAD_BYTES
from core.evidence.lines import read_head
from core.evidence.spans.formats import detect_format, read_spans
from core.evidence.spans.model import Span
from core.evidence.spans.traces import Trace, build_forest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from core.evidence.model import Original

SLOWEST, FAILED = "slowest", "failed"
_LEAST_ID = 6  # characters of an id that is cut off


@dataclass(frozen=True)
class TraceSpan:
    """A span of a trace, the one it is part of, and how deep it lies."""

    span: Span
    parent: Span | None
    depth: int


def read_traces(original: Original) -> Sequence[Trace]:
    """All traces of a file; none where it holds none. Raises UnreadableEvidence."""
    head = read_head(original, HEAD_BYTES).decode("utf-8", errors="replace")
    form = detect_format(head)
    if form is None:
        return ()
    spans, _ = read_spans(original, form)
    return build_forest(spans).traces


def choose_trace(
    traces: Iterable[Trace], wanted: str, *, shown: Callable[[str], str]
) -> Trace | None:
    """The one of this id, or of its beginning; else the slowest, or the slowest that failed.

    shown: makes an id as people see it: one that is hidden is not found.
    """
    if wanted in {SLOWEST, FAILED}:
        fitting = [trace for trace in traces if wanted == SLOWEST or has_failed(trace)]
        return max(fitting, key=took, default=None)
    if len(wanted) < _LEAST_ID:
        return None
    of_id = (trace for trace in traces if trace.spans[0].trace.startswith(wanted))
    return next((each for each in of_id if shown(each.spans[0].trace).startswith(wanted)), None)


def took(trace: Trace) -> int:
    """How long its root took, in µs."""
    return trace.spans[trace.root].duration


def has_failed(trace: Trace) -> bool:
    """Whether any span of it failed."""
    return any(span.failed for span in trace.spans)


def spans_in_order(trace: Trace) -> list[TraceSpan]:
    """Each span below the one that it is part of, in order of their starts."""
    ordered = list[TraceSpan]()
    waiting = [(at, 0) for at, parent in enumerate(trace.parents) if parent < 0][::-1]
    while waiting:
        at, depth = waiting.pop()
        parent = trace.parents[at]
        above = trace.spans[parent] if parent >= 0 else None
        ordered.append(TraceSpan(trace.spans[at], above, depth))
        waiting += [(child, depth + 1) for child in reversed(trace.children[at])]
    return ordered
