"""Finds slow and failing operations, since when, and the operation where the fault enters.

A fault enters where a span fails (or is slow by its own work) and all that it called is fine.
`TraceAnalysis` holds the traces of one file by one clock, and what follows from them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.evidence.spans.model import Span, SpanKind
from core.evidence.spans.traces import (
    Forest,
    Skew,
    Trace,
    clock_offsets,
    correct_clocks,
    find_skews,
    own_times,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Group = tuple[str, str]  # service and operation
_SLOWER = 2.0  # times the usual makes a trace slow, and
_LEAST_SLOW = 20_000  # µs more than usual
_LEAST_TRACES = 5  # of one kind tell what is usual
_LEAST_GAIN = 6.0  # nats by which "it began then" must beat "it was always so"
_LEAST_SIDE = 3
_NEARLY_ALL = 0.8


@dataclass(frozen=True, kw_only=True)
class Operation:
    """All spans of one service and operation. Times in µs; `since` in µs since 1970."""

    service: str
    operation: str
    count: int
    failed: int
    p50: int
    p95: int
    p99: int
    worst: Span
    example: Span | None  # the first that failed
    since: int | None  # when it began to fail; None where it always did, or never
    slow_since: int | None  # when its level rose
    limit: int  # longer than this is slow
    before: int  # µs, the median before `slow_since`
    after: int  # µs, the 95th percentile since
    last: int
    minutes: Mapping[int, int]  # failing spans per minute since 1970

    @property
    def share(self) -> float:
        return self.failed / self.count

    def is_slow(self, span: Span) -> bool:
        return span.duration > self.limit


@dataclass(frozen=True, kw_only=True)
class FaultEntry:
    """The place where a fault enters: of `traces` that fail (or are slow), `here` have it there.

    `extra` is the µs of its own work that a slow trace has more than usual, 0 for a failure.
    """

    service: str
    operation: str
    peer: str
    here: int
    traces: int
    first: int
    example: Span
    extra: int = 0


def summarise_operations(traces: Iterable[Trace]) -> list[Operation]:
    """Every service and operation; those that fail most first, then the slowest."""
    groups: defaultdict[Group, list[Span]] = defaultdict(list)
    for trace in traces:
        for span in trace.spans:
            groups[span.service, span.operation].append(span)
    summaries = [_operation(*group, spans) for group, spans in groups.items()]
    return sorted(summaries, key=lambda operation: (-operation.failed, -operation.p99))


def find_failure_entries(traces: Iterable[Trace], known: Iterable[Operation]) -> list[FaultEntry]:
    """Find the deepest failing span of each failing trace; the most frequent place first.

    Where that one only gave up waiting, by what it waited for.
    """
    slow = {(operation.service, operation.operation): operation.is_slow for operation in known}
    failing, by_place = 0, defaultdict[tuple[str, str, str], list[Span]](list)
    for trace in traces:
        deepest = [_waited_for(trace, at, slow) for at in _deepest_failures(trace)]
        failing += bool(deepest)
        for key, span in {_place(trace, at): trace.spans[at] for at in deepest}.items():
            by_place[key].append(span)
    entries = [_entry(key, spans, failing) for key, spans in by_place.items()]
    return sorted(entries, key=lambda entry: (-entry.here, entry.first))


def find_delay_entries(traces: Sequence[Trace]) -> list[FaultEntry]:
    """Find whose own work makes slow traces longer than usual ones of the same kind."""
    slow, usual = _split(traces)
    if not slow:
        return []
    normal = _usual_work(usual)
    extra: Counter[Group] = Counter()
    spans: defaultdict[Group, list[tuple[int, Span]]] = defaultdict(list)
    for trace in slow:
        for group, (own, span) in _work(trace).items():
            more = own - normal.get(group, 0)
            extra[group] += more
            spans[group].append((more, span))
    entries = [
        _delay(group, more // len(slow), spans[group], len(slow))
        for group, more in extra.most_common(3)
        if more > 0
    ]
    return [entry for entry in entries if entry.extra * 4 >= max(_LEAST_SLOW, entries[0].extra)]


def find_rise(times: npt.NDArray[np.int64], bad: npt.NDArray[np.bool_]) -> int | None:
    """Find when a share rose, as the likeliest split of yes and no; None if it did not.

    times: µs, ascending.
    """
    n, total = len(bad), int(bad.sum())
    if n < 2 * _LEAST_SIDE or not 0 < total < n:
        return None
    left_n = np.arange(1, n)
    left = np.cumsum(bad)[:-1]
    right, right_n = total - left, n - left_n
    gain = _likelihood(left, left_n) + _likelihood(right, right_n) - _likelihood(total, n)
    gain[: _LEAST_SIDE - 1] = 0.0
    gain[left / left_n * 2 > right / right_n] = 0.0  # at least twice the share, and a rise
    at = int(np.argmax(gain))
    return int(times[at + 1]) if gain[at] > _LEAST_GAIN else None


def _likelihood(hits: npt.ArrayLike, of: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The greatest log-likelihood of `hits` yeses in `of` answers."""
    yes, all_ = np.asarray(hits, dtype=np.float64), np.asarray(of, dtype=np.float64)
    share = np.clip(yes / all_, 1e-12, 1 - 1e-12)
    likelihood: npt.NDArray[np.float64] = yes * np.log(share) + (all_ - yes) * np.log(1 - share)
    return likelihood


def _operation(service: str, operation: str, spans: list[Span]) -> Operation:
    spans.sort(key=lambda span: span.start)
    times = np.array([span.start for span in spans], dtype=np.int64)
    took = np.array([span.duration for span in spans], dtype=np.int64)
    bad = np.array([span.failed for span in spans], dtype=bool)
    failing = [span for span in spans if span.failed]
    p50, p95, p99 = (int(np.quantile(took, q)) for q in (0.5, 0.95, 0.99))
    # A level that rose: the share of spans slower than most of all spans rose.
    limit = max(_SLOWER * float(np.quantile(took, 0.3)), float(_LEAST_SLOW))
    slow_since = find_rise(times, took > limit)
    usual = took[times < slow_since] if slow_since is not None else took
    since_then = took[times >= slow_since] if slow_since is not None else took
    return Operation(
        service=service,
        operation=operation,
        count=len(spans),
        failed=len(failing),
        p50=p50,
        p95=p95,
        p99=p99,
        worst=max(spans, key=lambda span: span.duration),
        example=failing[0] if failing else None,
        since=_first_after(find_rise(times, bad), failing),
        slow_since=slow_since,
        limit=int(limit),
        before=int(np.median(usual)),
        after=int(np.quantile(since_then, 0.95)),
        last=max(span.end for span in spans),
        minutes=Counter(span.start // 60_000_000 for span in failing),
    )


def _first_after(split: int | None, failing: Sequence[Span]) -> int | None:
    if split is None:
        return None
    return next((span.start for span in failing if span.start >= split), split)


def _deepest_failures(trace: Trace) -> Iterator[int]:
    """Failing spans without a failing span below them."""
    if not any(span.failed for span in trace.spans):
        return
    below = [False] * len(trace.spans)
    for at in _upwards(trace):
        span, parent = trace.spans[at], trace.parents[at]
        if span.failed and not below[at]:
            yield at
        if parent >= 0 and (span.failed or below[at]):
            below[parent] = True


def _waited_for(trace: Trace, at: int, slow: Mapping[Group, Callable[[Span], bool]]) -> int:
    """Below a failing span, the deepest one that took (nearly) all of its time, and too long."""
    while trace.children[at]:
        span = trace.spans[at]
        child = max(trace.children[at], key=lambda index: trace.spans[index].duration)
        other = trace.spans[child]
        is_long = other.duration >= _NEARLY_ALL * span.duration
        if not is_long or not slow[other.service, other.operation](other):
            return at
        at = child
    return at


def _upwards(trace: Trace) -> list[int]:
    """Every span before its parent."""
    order = [at for at, parent in enumerate(trace.parents) if parent < 0]
    for at in order:  # grows while it is read
        order.extend(trace.children[at])
    return order[::-1]


def _place(trace: Trace, at: int) -> tuple[str, str, str]:
    """Service and operation; and whom it calls, where that one wrote no span."""
    span = trace.spans[at]
    is_call = span.kind in {SpanKind.CLIENT, SpanKind.PRODUCER}
    peer = span.peer if is_call and not trace.children[at] else ""
    return span.service, span.operation, "" if peer == span.service else peer


def _entry(key: tuple[str, str, str], spans: list[Span], failing: int) -> FaultEntry:
    first = min(spans, key=lambda span: span.start)
    service, operation, peer = key
    return FaultEntry(
        service=service,
        operation=operation,
        peer=peer,
        here=len(spans),
        traces=failing,
        first=first.start,
        example=first,
    )


def _split(traces: Sequence[Trace]) -> tuple[list[Trace], list[Trace]]:
    """Slow traces and usual ones, each kind of request by its own measure."""
    kinds: defaultdict[Group, list[Trace]] = defaultdict(list)
    for trace in traces:
        root = trace.spans[trace.root]
        kinds[root.service, root.operation].append(trace)
    slow, usual = list[Trace](), list[Trace]()
    for kind in kinds.values():
        took = [trace.spans[trace.root].duration for trace in kind]
        limit = _limit(took)
        slow += [trace for trace, duration in zip(kind, took, strict=True) if duration > limit]
        usual += [trace for trace, duration in zip(kind, took, strict=True) if duration <= limit]
    return slow, usual


def _limit(took: Sequence[int]) -> float:
    """Return what is slow. Half of all may be slow: the lower third tells what is usual."""
    if len(took) < _LEAST_TRACES:
        return float("inf")
    base = float(np.quantile(np.array(took), 0.3))
    return max(_SLOWER * base, base + _LEAST_SLOW)


def _work(trace: Trace) -> dict[Group, tuple[int, Span]]:
    """µs of own work of each service and operation in a trace, with its longest span."""
    most: dict[Group, tuple[int, Span]] = {}
    for span, own in zip(trace.spans, own_times(trace), strict=True):
        group = (span.service, span.operation)
        total, longest = most.get(group, (0, span))
        longest = span if span.duration > longest.duration else longest
        most[group] = (total + own, longest)
    return most


def _usual_work(usual: Sequence[Trace]) -> dict[Group, int]:
    work: defaultdict[Group, list[int]] = defaultdict(list)
    for trace in usual:
        for group, (own, _) in _work(trace).items():
            work[group].append(own)
    return {group: int(np.median(own)) for group, own in work.items()}


def _delay(group: Group, extra: int, spans: list[tuple[int, Span]], slow: int) -> FaultEntry:
    here = [(more, span) for more, span in spans if more * 2 > extra]
    _, example = max(here or spans, key=lambda pair: pair[0])
    return FaultEntry(
        service=group[0],
        operation=group[1],
        peer=example.peer if example.peer != group[0] else "",
        here=len(here),
        traces=slow,
        first=min(span.start for _, span in here or spans),
        example=example,
        extra=extra,
    )


@dataclass(frozen=True)
class TraceAnalysis:
    """Traces of one file by one clock, and what follows from them. Computed once each."""

    forest: Forest

    @cached_property
    def skews(self) -> list[Skew]:
        return find_skews(self.forest.traces)

    @cached_property
    def ahead(self) -> dict[str, int]:
        """µs by which clocks are ahead of the most used one."""
        return clock_offsets(self.forest.traces, self.skews)

    @cached_property
    def traces(self) -> list[Trace]:
        return [correct_clocks(trace, self.ahead) for trace in self.forest.traces]

    @cached_property
    def operations(self) -> list[Operation]:
        return summarise_operations(self.traces)

    @cached_property
    def failures(self) -> list[FaultEntry]:
        return find_failure_entries(self.traces, self.operations)

    @cached_property
    def delays(self) -> list[FaultEntry]:
        return find_delay_entries(self.traces)

    @cached_property
    def onset(self) -> int | None:
        """µs since 1970: when the operation where the fault enters began to fail or slow down."""
        since = {
            (operation.service, operation.operation): operation for operation in self.operations
        }
        begun = [
            (since[failure.service, failure.operation].since or failure.first)
            for failure in self.failures[:1]
        ]
        begun += [
            since[delay.service, delay.operation].slow_since or delay.first
            for delay in self.delays[:1]
        ]
        return min(begun, default=None)

    def clock_of(self, span: Span) -> dict[str, float]:
        """Return by how much the span's own clock is ahead of the stated times, where it is."""
        ahead = self.ahead.get(span.clock, 0)
        return {"ahead_s": ahead / 1e6} if ahead else {}

    @property
    def slowest(self) -> Trace:
        return max(self.traces, key=lambda trace: trace.spans[trace.root].duration)

    @property
    def typical(self) -> Trace:
        """The median of the slowest's kind of request."""
        root = self.slowest.spans[self.slowest.root]
        kind = [
            trace
            for trace in self.traces
            if _kind_of_request(trace) == (root.service, root.operation)
        ]
        kind.sort(key=lambda trace: trace.spans[trace.root].duration)
        return kind[(len(kind) - 1) // 2]


def _kind_of_request(trace: Trace) -> tuple[str, str]:
    root = trace.spans[trace.root]
    return root.service, root.operation
