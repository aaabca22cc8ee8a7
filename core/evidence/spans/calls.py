"""Who calls whom, how often, and how does it go? The dependency graph, as spans tell it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.spans.model import Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.evidence.spans.forest import Trace

_ADDRESS = re.compile(r"[\d.]+(?::\d+)?|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]+\]?(?::\d+)?|localhost")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One service calls another: how often, how often in vain, and how long it waits (µs)."""

    caller: str
    callee: str
    count: int
    errors: int
    p95: int
    example: Span


def find_calls(traces: Iterable[Trace]) -> list[Call]:
    """Of pairs of services, the most frequent first. A message that nobody waits for is no call."""
    found: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for trace in traces:
        for caller, callee, span in _calls(trace):
            found[caller, callee].append(span)
    calls = [
        Call(
            caller=caller,
            callee=callee,
            count=len(spans),
            errors=sum(span.failed for span in spans),
            p95=int(np.quantile([span.duration for span in spans], 0.95)),
            example=next((span for span in spans if span.failed), spans[0]),
        )
        for (caller, callee), spans in found.items()
    ]
    return sorted(calls, key=lambda call: (-call.count, call.caller, call.callee))


def _calls(trace: Trace) -> Iterator[tuple[str, str, Span]]:
    for at, span in enumerate(trace.spans):
        parent = trace.parents[at]
        caller = trace.spans[parent].service if parent >= 0 else ""
        if caller and span.waited and span.service and span.service != caller:
            yield caller, span.service, span
        if calls_the_unseen(trace, at):
            yield span.service, span.peer, span


def calls_the_unseen(trace: Trace, at: int) -> bool:
    """To a server that writes no spans, named by its client: a database, an address has no name."""
    span = trace.spans[at]
    if span.kind is not SpanKind.CLIENT or trace.children[at] or not span.service:
        return False
    return bool(span.peer) and span.peer != span.service and not _ADDRESS.fullmatch(span.peer)
