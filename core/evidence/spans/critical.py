"""What did a request wait for? Its critical path: whose own work took which part of its time.

From the end backwards, the child that ended last is what was waited for, then what came before it
(CRISP: Zhang et al., "Critical Path Analysis of Large-Scale Microservice Architectures", 2022).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.spans.forest import Trace


@dataclass(frozen=True)
class Step:
    """A span on the path (its place in the trace), and the µs that were its own work."""

    at: int
    own: int


def critical_path(trace: Trace) -> list[Step]:
    """The spans that the root waited for, in the order of their start; each once."""
    root = trace.root
    own: Counter[int] = Counter()
    first = trace.spans[root]
    waiting = [(root, first.start, first.end)]
    while waiting:
        at, start, end = waiting.pop()
        cursor = end
        for child, began, ended in _latest_first(trace, at, start, end):
            if ended > cursor:  # ran beside one that ended later
                continue
            own[at] += cursor - ended
            waiting.append((child, began, ended))
            cursor = began
        own[at] += cursor - start
    order = sorted(own, key=lambda at: (trace.spans[at].start, at != root))
    return [Step(at, own[at]) for at in order]


def own_times(trace: Trace) -> list[int]:
    """µs of each span that none of its children covers."""
    return [
        span.duration - _covered(trace, at, span.start, span.end)
        for at, span in enumerate(trace.spans)
    ]


def _latest_first(trace: Trace, at: int, start: int, end: int) -> list[tuple[int, int, int]]:
    """Children that are waited for, as far as they lie between `start` and `end`."""
    inside = _inside(trace, trace.children[at], start, end)
    return sorted(inside, key=lambda one: (-one[2], one[1]))


def _inside(
    trace: Trace, children: Sequence[int], start: int, end: int
) -> list[tuple[int, int, int]]:
    found = []
    for child in children:
        span = trace.spans[child]
        began, ended = max(span.start, start), min(span.end, end)
        if span.waited and began <= ended:
            found.append((child, began, ended))
    return found


def _covered(trace: Trace, at: int, start: int, end: int) -> int:
    if not trace.children[at]:
        return 0
    total, until = 0, start
    inside = _inside(trace, trace.children[at], start, end)
    for _, began, ended in sorted(inside, key=lambda one: one[1]):
        total += max(0, ended - max(began, until))
        until = max(until, ended)
    return total
