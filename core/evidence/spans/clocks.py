"""By how much the clocks of two hosts differ, as far as calls between them tell.

A call that is waited for lies within its caller's span. With the callee's clock ahead by d, it is
seen d later: `child.end - parent.end <= d <= child.start - parent.start`. Many calls narrow that
down from both sides, as in NTP (RFC 5905, section 8).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.spans.model import Span, SpanKind
from core.evidence.spans.traces import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

LEAST_PAIRS = 5


_TOLERANCE = 1_000  # µs: finer than what clocks of a data centre agree to


_MOST_PAIRS = 5_000  # of one pair of clocks


_TAIL = 0.1  # of the bounds is left to spans that break the rule


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
    for parent, child in _calls(traces):
        pair = (child.clock, parent.clock)
        low, high = _bounds(parent, child)
        if pair[0] > pair[1]:
            pair, low, high = (pair[1], pair[0]), -high, -low
        if len(bounds[pair]) < _MOST_PAIRS:
            bounds[pair].append((low, high))
    found = [skew for pair, seen in bounds.items() if (skew := _skew(pair, seen)) is not None]
    return sorted(found, key=lambda skew: -abs(skew.seconds))


def offsets(traces: Sequence[Trace], skews: Sequence[Skew]) -> dict[str, int]:
    """µs by which each clock is ahead of the most used one; those that agree are left out."""
    if not skews:
        return {}
    linked: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for parent, child in _calls(traces):
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


def corrected(trace: Trace, ahead: Mapping[str, int]) -> Trace:
    """The trace by one clock."""
    if not ahead:
        return trace
    spans = [span._replace(start=span.start - ahead.get(span.clock, 0)) for span in trace.spans]
    return Trace(spans, trace.parents, trace.children)


def _calls(traces: Iterable[Trace]) -> Iterator[tuple[Span, Span]]:
    """Parents and children by different clocks, where the child fits into its parent."""
    for trace in traces:
        for at, parent in enumerate(trace.parents):
            if parent < 0:
                continue
            one, other = trace.spans[parent], trace.spans[at]
            if one.clock != other.clock and other.waited and other.duration <= one.duration:
                yield one, other


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
