"""How did the calls of each service go, minute by minute? What a file keeps for ranking causes.

Of a call we see two spans, the caller's around the callee's. What the caller waited longer than
the callee worked was lost between them: on the network, in a queue, in a process that got no CPU.
"""

from __future__ import annotations

import heapq
import json
import re
from collections import defaultdict
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from core.clean import Clean
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.spans.critical import own_times
from core.evidence.spans.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from core.evidence.model import Scalar
    from core.evidence.spans.forest import Trace
    from core.redaction.engine import Redactor

MAX_SERVICES = 500
MINUTES = 240  # that are told apart; longer files are told by several minutes at once
_EXAMPLES = 3  # of each sort and service
_MICROS = 60_000_000
_HANDLES_ERRORS = re.compile(r"(?i)error|exception")  # in the name of an operation


class Sort(StrEnum):
    """What is counted of a service."""

    ASKED = "asked"  # ms lost when it was called
    ASKING = "asking"  # ms lost when it called others
    OWN = "own"  # ms of its own work beyond what is usual for the operation
    FAILED = "failed"  # spans that fail though nothing they called does


@dataclass(frozen=True)
class Beat:
    """Of one sort in one minute (since 1970): how many spans, and their ms together."""

    minute: int
    sort: Sort
    spans: int
    ms: float


@dataclass(frozen=True)
class Example:
    """One span that stands for many. at: seconds since 1970. peer: the other service of a call."""

    sort: Sort
    at: float
    ms: float
    span: str
    peer: str
    lines: tuple[int, int]
    place: tuple[int, int]


@dataclass(frozen=True)
class Pace:
    """Of one service. typical: the ms that are lost between the two sides of any call here."""

    typical: float
    beats: tuple[Beat, ...]
    examples: tuple[Example, ...]


@dataclass
class _Tally:
    sums: defaultdict[tuple[int, Sort], list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    largest: defaultdict[Sort, list[tuple[float, int, Span, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, sort: Sort, minute: int, ms: float, span: Span, peer: str) -> None:
        self.sums[minute, sort].append(ms)
        entry = (ms, -span.start, span, peer)
        largest = self.largest[sort]
        if len(largest) < _EXAMPLES:
            heapq.heappush(largest, entry)
        elif entry[:2] > largest[0][:2]:
            heapq.heapreplace(largest, entry)


def tell_pace(traces: Sequence[Trace], *, file: str, redactor: Redactor) -> list[Finding]:
    """One finding a service, those with the most spans first."""
    width = _width(traces)
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
    for service, sort, ms, span, peer in _seen(traces):
        tallies[service].add(sort, span.start // _MICROS // width * width, ms, span, peer)
    losses = [
        ms
        for one in tallies.values()
        for (_, sort), every in one.sums.items()
        if sort is Sort.ASKED
        for ms in every
    ]
    typical = float(np.median(losses)) if losses else 0.0
    ranked = sorted(tallies.items(), key=lambda one: (-_spans(one[1]), one[0]))
    return [
        _finding(service, one, typical, file, redactor)
        for service, one in ranked[:MAX_SERVICES]
        if service
    ]


def read_pace(data: Mapping[str, Scalar]) -> Pace:
    """As `tell_pace` wrote it."""
    kept: dict[str, Any] = json.loads(str(data.get("pace", "{}")))
    return Pace(
        typical=float(kept.get("typical", 0.0)),
        beats=tuple(Beat(one[0], Sort(one[1]), *one[2:]) for one in kept.get("beats", ())),
        examples=tuple(map(_example, kept.get("examples", ()))),
    )


def _example(kept: list[Any]) -> Example:
    sort, at, ms, span, peer, lines, place = kept
    return Example(Sort(sort), at, ms, span, peer, (lines[0], lines[1]), (place[0], place[1]))


def _width(traces: Sequence[Trace]) -> int:
    """Minutes that are told as one."""
    minutes = {span.start // _MICROS for trace in traces for span in trace.spans}
    width = 1
    while len({minute // width for minute in minutes}) > MINUTES:
        width *= 2
    return width


def _seen(traces: Sequence[Trace]) -> Iterator[tuple[str, Sort, float, Span, str]]:
    """Service, what is seen of it, its ms, the span to show and the other service of a call."""
    worked: defaultdict[tuple[str, str], list[tuple[float, Span]]] = defaultdict(list)
    for trace in traces:
        for at, own in enumerate(own_times(trace)):
            span = trace.spans[at]
            callee = _callee(trace, at)
            if callee is None:
                worked[span.service, span.operation].append((own / 1000, span))
            else:
                lost = max(0, span.duration - callee.duration) / 1000
                yield callee.service, Sort.ASKED, lost, span, span.service
                yield span.service, Sort.ASKING, lost, span, callee.service
            if _fails_by_itself(trace, at):
                yield span.service, Sort.FAILED, span.duration / 1000, span, ""
    for (service, _), every in worked.items():
        usual = float(np.median([ms for ms, _ in every]))
        for ms, span in every:
            yield service, Sort.OWN, ms - usual, span, ""


def _callee(trace: Trace, at: int) -> Span | None:
    """The one span of another service that this span does nothing but wait for."""
    children = trace.children[at]
    if len(children) != 1:
        return None
    only = trace.spans[children[0]]
    is_call = only.waited and only.service and only.service != trace.spans[at].service
    return only if is_call else None


def _fails_by_itself(trace: Trace, at: int) -> bool:
    return _fails(trace.spans[at]) and not any(
        _fails(trace.spans[child]) for child in trace.children[at]
    )


def _fails(span: Span) -> bool:
    """By its status, or because it is the work of handling an error."""
    return span.failed or bool(_HANDLES_ERRORS.search(span.operation[:200]))


def _spans(tally: _Tally) -> int:
    return sum(map(len, tally.sums.values()))


def _finding(service: str, tally: _Tally, typical: float, file: str, redactor: Redactor) -> Finding:
    every = [entry for entries in tally.largest.values() for entry in entries]
    spans = [span for _, _, span, _ in every]
    minutes = [minute for minute, _ in tally.sums]
    beats = [
        Beat(minute, sort, len(ms), round(sum(ms), 3))
        for (minute, sort), ms in sorted(tally.sums.items())
    ]
    examples = [
        _shown(sort, *entry, redactor)
        for sort, entries in tally.largest.items()
        for entry in sorted(entries, key=lambda entry: -entry[0])
    ]
    return Finding(
        kind=FindingKind.PACE,
        level=Level.INFO,
        text=Clean.say("{n} spans in {m} min", n=_spans(tally), m=len(set(minutes))),
        locus=Locus(
            file=file,
            line_start=min(span.place.line_start for span in spans),
            line_end=max(span.place.line_end for span in spans),
            byte_start=min(span.place.byte_start for span in spans),
            byte_end=max(span.place.byte_end for span in spans),
        ),
        count=_spans(tally),
        first=datetime.fromtimestamp(60 * min(minutes), tz=UTC),
        last=datetime.fromtimestamp(60 * max(minutes), tz=UTC),
        service=redactor.clean(service).line().text or None,
        data={"pace": json.dumps(_plain(typical, beats, examples))},
    )


def _plain(typical: float, beats: Iterable[Beat], examples: Iterable[Example]) -> dict[str, object]:
    return {
        "typical": round(typical, 3),
        "beats": [astuple(one) for one in beats],
        "examples": [astuple(one) for one in examples],
    }


def _shown(sort: Sort, ms: float, _: int, span: Span, peer: str, redactor: Redactor) -> Example:
    place = span.place
    return Example(
        sort=sort,
        at=span.start / 1e6,
        ms=round(ms, 3),
        span=redactor.clean(span.id).text,
        peer=redactor.clean(peer).line().text,
        lines=(place.line_start, place.line_end),
        place=(place.byte_start, place.byte_end),
    )
