"""Which spans make one trace, and who is whose parent? Whatever is wrong with their ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.spans.model import Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterable

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
