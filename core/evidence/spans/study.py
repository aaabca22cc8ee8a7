"""What follows from the traces of one file: its clocks, operations, faults and delays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from core.evidence.spans.clocks import Skew, corrected, find_skews, offsets
from core.evidence.spans.faults import (
    FaultEntry,
    Operation,
    delays_enter,
    failures_enter,
    operations,
)
from core.evidence.spans.traces import Forest, Trace

if TYPE_CHECKING:
    from core.evidence.spans.model import Span


@dataclass(frozen=True)
class Study:
    """Traces of one file by one clock, and what follows from them. Computed once each."""

    forest: Forest

    @cached_property
    def skews(self) -> list[Skew]:
        return find_skews(self.forest.traces)

    @cached_property
    def ahead(self) -> dict[str, int]:
        """µs by which clocks are ahead of the most used one."""
        return offsets(self.forest.traces, self.skews)

    @cached_property
    def traces(self) -> list[Trace]:
        return [corrected(trace, self.ahead) for trace in self.forest.traces]

    @cached_property
    def operations(self) -> list[Operation]:
        return operations(self.traces)

    @cached_property
    def failures(self) -> list[FaultEntry]:
        return failures_enter(self.traces, self.operations)

    @cached_property
    def delays(self) -> list[FaultEntry]:
        return delays_enter(self.traces)

    @cached_property
    def onset(self) -> int | None:
        """µs since 1970: when the operation where the fault enters began to fail or slow down."""
        since = {(one.service, one.operation): one for one in self.operations}
        begun = [
            (since[one.service, one.operation].since or one.first) for one in self.failures[:1]
        ]
        begun += [
            since[one.service, one.operation].slow_since or one.first for one in self.delays[:1]
        ]
        return min(begun, default=None)

    def clock_of(self, span: Span) -> dict[str, float]:
        """By how much the span's own clock is ahead of the times that are told, where it is."""
        ahead = self.ahead.get(span.clock, 0)
        return {"ahead_s": ahead / 1e6} if ahead else {}

    @property
    def slowest(self) -> Trace:
        return max(self.traces, key=lambda trace: trace.spans[trace.root].duration)

    @property
    def typical(self) -> Trace:
        """The median of the slowest's kind of request."""
        root = self.slowest.spans[self.slowest.root]
        kind = [one for one in self.traces if _kind(one) == (root.service, root.operation)]
        kind.sort(key=lambda trace: trace.spans[trace.root].duration)
        return kind[(len(kind) - 1) // 2]


def _kind(trace: Trace) -> tuple[str, str]:
    root = trace.spans[trace.root]
    return root.service, root.operation
