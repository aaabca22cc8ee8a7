"""Builds traces from spans: who calls whom, what a request waits for, and how far clocks differ.

From the end backwards, the child that ended last is what was waited for, then what came before it
(CRISP: Zhang et al., "Critical Path Analysis of Large-Scale Microservice Architectures", 2022).

A call that is waited for lies within its caller's span. With the callee's clock ahead by d, it is
seen d later: `child.end - parent.end <= d <= child.start - parent.start`. Many calls narrow that
down from both sides, as in NTP (RFC 5905, section 8).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.spans.model import Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALLING = frozenset({SpanKind.CLIENT, SpanKind.PRODUCER})
_ROOT = -1
LEAST_PAIRS = 5
_TOLERANCE = 1_000  # µs: finer than what clocks of a data centre agree to
_MOST_PAIRS = 5_000  # of one pair of clocks
_TAIL = 0.1  # of the bounds is left to spans that break the rule


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


def build_forest(spans: Iterable[Span]) -> Forest:
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
    distinct: dict[tuple[str, bool, str], Span] = {}
    for span in group:
        key = (span.id, span.kind in _CALLING, span.service if span.shared else "")
        known = distinct.get(key)
        if known is None or span.duration > known.duration:
            distinct[key] = span
    return sorted(distinct.values(), key=lambda span: (span.start, -span.duration))


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
    by_pair: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for trace in traces:
        for caller, callee, span in _calls(trace):
            by_pair[caller, callee].append(span)
    calls = [
        Call(
            caller=caller,
            callee=callee,
            count=len(spans),
            errors=sum(span.failed for span in spans),
            p95=int(np.quantile([span.duration for span in spans], 0.95)),
            example=next((span for span in spans if span.failed), spans[0]),
        )
        for (caller, callee), spans in by_pair.items()
    ]
    return sorted(calls, key=lambda call: (-call.count, call.caller, call.callee))


def _calls(trace: Trace) -> Iterator[tuple[str, str, Span]]:
    for at, span in enumerate(trace.spans):
        parent = trace.parents[at]
        caller = trace.spans[parent].service if parent >= 0 else ""
        if caller and span.waited and span.service and span.service != caller:
            yield caller, span.service, span
        if calls_untraced_peer(trace, at):
            yield span.service, span.peer, span


def calls_untraced_peer(trace: Trace, at: int) -> bool:
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
    return sorted(inside, key=lambda interval: (-interval[2], interval[1]))


def _inside(
    trace: Trace, children: Sequence[int], start: int, end: int
) -> list[tuple[int, int, int]]:
    inside = []
    for child in children:
        span = trace.spans[child]
        began, ended = max(span.start, start), min(span.end, end)
        if span.waited and began <= ended:
            inside.append((child, began, ended))
    return inside


def _covered(trace: Trace, at: int, start: int, end: int) -> int:
    if not trace.children[at]:
        return 0
    total, until = 0, start
    inside = _inside(trace, trace.children[at], start, end)
    for _, began, ended in sorted(inside, key=lambda interval: interval[1]):
        total += max(0, ended - max(began, until))
        until = max(until, ended)
    return total


@dataclass(frozen=True, kw_only=True)
class Skew:
    """The clock `one` is ahead of `other` by about `seconds`, at least `low`, at most `high`.

    `sure` is the share of the `pairs` that cannot be with clocks that agree.
    """

    one: str
    other: str
    seconds: float
    low: float
    high: float
    pairs: int
    sure: float


def find_skews(traces: Iterable[Trace]) -> list[Skew]:
    """Between pairs of clocks that call each other; the largest first."""
    bounds: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for parent, child in _waited_calls(traces):
        pair = (child.clock, parent.clock)
        low, high = _bounds(parent, child)
        if pair[0] > pair[1]:
            pair, low, high = (pair[1], pair[0]), -high, -low
        if len(bounds[pair]) < _MOST_PAIRS:
            bounds[pair].append((low, high))
    skews = [skew for pair, seen in bounds.items() if (skew := _skew(pair, seen)) is not None]
    return sorted(skews, key=lambda skew: -abs(skew.seconds))


def clock_offsets(traces: Sequence[Trace], skews: Sequence[Skew]) -> dict[str, int]:
    """µs by which each clock is ahead of the most used one; those that agree are left out."""
    if not skews:
        return {}
    linked: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for parent, child in _waited_calls(traces):
        linked[parent.clock].setdefault(child.clock, 0)
        linked[child.clock].setdefault(parent.clock, 0)
    for skew in skews:
        micros = round(skew.seconds * 1e6)
        linked[skew.other][skew.one], linked[skew.one][skew.other] = micros, -micros
    used = Counter(span.clock for trace in traces for span in trace.spans)
    known = {used.most_common(1)[0][0]: 0}
    waiting = list(known)
    while waiting:
        at = waiting.pop()
        for name, ahead in linked[at].items():
            if name not in known:
                known[name] = known[at] + ahead
                waiting.append(name)
    return {name: ahead for name, ahead in known.items() if ahead}


def correct_clocks(trace: Trace, ahead: Mapping[str, int]) -> Trace:
    """The trace by one clock."""
    if not ahead:
        return trace
    spans = [span._replace(start=span.start - ahead.get(span.clock, 0)) for span in trace.spans]
    return Trace(spans, trace.parents, trace.children)


def _waited_calls(traces: Iterable[Trace]) -> Iterator[tuple[Span, Span]]:
    """Parents and children by different clocks, where the child fits into its parent."""
    for trace in traces:
        for at, parent in enumerate(trace.parents):
            if parent < 0:
                continue
            caller, other = trace.spans[parent], trace.spans[at]
            if caller.clock != other.clock and other.waited and other.duration <= caller.duration:
                yield caller, other


def _bounds(parent: Span, child: Span) -> tuple[int, int]:
    """Of how far the child's clock is ahead.

    That a child ends late says something only of a call: other work may go on without its parent.
    """
    high = child.start - parent.start
    is_call = parent.kind is SpanKind.CLIENT and child.kind is SpanKind.SERVER
    return child.end - parent.end if is_call or high < 0 else high - parent.duration, high


def _skew(pair: tuple[str, str], seen: list[tuple[int, int]]) -> Skew | None:
    """None where the clocks may agree, or too few calls tell."""
    if len(seen) < LEAST_PAIRS:
        return None
    lows, highs = np.array(seen, dtype=np.float64).T
    low, high = float(np.quantile(lows, 1 - _TAIL)), float(np.quantile(highs, _TAIL))
    middle = float(np.median((lows + highs) / 2))
    impossible = (lows > _TOLERANCE) | (highs < -_TOLERANCE)
    sure = float(impossible.mean())
    if (min(low, high) <= _TOLERANCE and max(low, high) >= -_TOLERANCE) or sure < 0.5:  # noqa: PLR2004
        return None
    low, high = min(low, high), max(low, high)
    return Skew(
        one=pair[0],
        other=pair[1],
        seconds=min(max(middle, low), high) / 1e6,
        low=low / 1e6,
        high=high / 1e6,
        pairs=len(seen),
        sure=sure,
    )
