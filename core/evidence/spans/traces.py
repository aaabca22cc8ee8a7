"""Which spans make a trace, who calls whom, and what a request waited for.

From the end backwards, the child that ended last is what was waited for, then what came before it
(CRISP: Zhang et al., "Critical Path Analysis of Large-Scale Microservice Architectures", 2022).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.evidence.spans.model import Span, SpanKind

_CALLING = frozenset({SpanKind.CLIENT, SpanKind.PRODUCER})
_ROOT = -1


@dataclass(frozen=True)
class Trace:
    """One request. `parents` and `children` are places in `spans`; a root's parent is -1."""

    spans: Sequence[Span]
    parents: Sequence[int]
    children: Sequence[Sequence[int]]

    @property
    def root(self) -> int:
        """The longest of the roots: where parents are missing there are several."""
        roots = (at for at, parent in enumerate(self.parents) if parent == _ROOT)
        return max(roots, key=lambda at: self.spans[at].duration)


@dataclass(frozen=True)
class Forest:
    """All traces of a file, and how many spans had ids that do not add up."""

    traces: Sequence[Trace]
    duplicates: int = 0
    orphans: int = 0
    cycles: int = 0


def grow(spans: Iterable[Span]) -> Forest:
    """Duplicates are left out, circles cut at their earliest span, orphans become roots."""
    groups: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        groups[span.trace].append(span)
    traces, duplicates, orphans, cycles = [], 0, 0, 0
    for group in groups.values():
        own = _distinct(group)
        duplicates += len(group) - len(own)
        parents, missing = _parents(own)
        orphans += missing
        cycles += _cut_circles(own, parents)
        traces.append(Trace(own, parents, _children(own, parents)))
    return Forest(traces, duplicates, orphans, cycles)


def _distinct(group: list[Span]) -> list[Span]:
    """One span an id and side: the two sides of a call may share an id (Zipkin)."""
    found: dict[tuple[str, bool, str], Span] = {}
    for span in group:
        key = (span.id, span.kind in _CALLING, span.service if span.shared else "")
        known = found.get(key)
        if known is None or span.duration > known.duration:
            found[key] = span
    return sorted(found.values(), key=lambda span: (span.start, -span.duration))


def _parents(spans: Sequence[Span]) -> tuple[list[int], int]:
    """The parent of each, and how many name one that is not there."""
    calling = {span.id: at for at, span in enumerate(spans) if span.kind in _CALLING}
    serving = {span.id: at for at, span in enumerate(spans) if span.kind not in _CALLING}
    parents, missing = [], 0
    for at, span in enumerate(spans):
        if span.id in calling and span.id in serving and serving[span.id] == at:
            parents.append(calling[span.id])
            continue
        parent = serving.get(span.parent, calling.get(span.parent, _ROOT))
        missing += parent == _ROOT and bool(span.parent)
        parents.append(_ROOT if parent == at else parent)
    return parents, missing


def _cut_circles(spans: Sequence[Span], parents: list[int]) -> int:
    """Makes a root of one span in every circle of parents."""
    seen, cut = [0] * len(spans), 0
    for start in range(len(spans)):
        at, mark = start, start + 1
        while at != _ROOT and not seen[at]:
            seen[at] = mark
            at = parents[at]
        if at != _ROOT and seen[at] == mark:
            circle = [at]
            while parents[circle[-1]] != at:
                circle.append(parents[circle[-1]])
            parents[min(circle)] = _ROOT  # spans are in order of their start
            cut += 1
    return cut


def _children(spans: Sequence[Span], parents: Sequence[int]) -> list[list[int]]:
    children: list[list[int]] = [[] for _ in spans]
    for at, parent in enumerate(parents):
        if parent != _ROOT:
            children[parent].append(at)
    return children


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


@dataclass(frozen=True)
class PathStep:
    """A span on the path (its place in the trace), and the µs that were its own work."""

    at: int
    own: int


def critical_path(trace: Trace) -> list[PathStep]:
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
    return [PathStep(at, own[at]) for at in order]


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
