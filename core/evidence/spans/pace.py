"""How the calls of each service went, minute by minute.

Of a call we see two spans, the caller's around the callee's. What the caller waited longer than
the callee worked was lost between them: on the network, in a queue, in a process that got no CPU.
Findings of this kind are read by `core.investigation.ranking`, and told by nobody.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.spans.traces import Trace, own_times
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.evidence.spans.model import Span
    from core.jobs.model import Scalar
    from core.redaction.engine import Redactor

MAX_FINDINGS = 1_000
MINUTES = 240  # that are told apart; longer files are told by several minutes at once
_MICROS = 60_000_000
_HANDLES_ERRORS = re.compile(r"(?i)error|exception")  # in the name of an operation
_NAME = 200  # characters of it that are looked at


class CallKind(StrEnum):
    """What is counted of a service."""

    ASKED = "asked"  # ms lost when it was called
    ASKING = "asking"  # ms lost when it called others
    OWN = "own"  # ms of its own work beyond what is usual for the operation
    FAILED = "failed"  # spans that fail though nothing they called does


@dataclass(frozen=True)
class Beat:
    """One minute (since 1970): how many spans, and their ms together."""

    minute: int
    spans: int
    ms: float

    @property
    def weight(self) -> float:
        """The mean, of few spans less: one is chance."""
        return self.ms / (self.spans + 1)


@dataclass(frozen=True, kw_only=True)
class RequestRate:
    """Of one service and sort, minute by minute, with the span that shows it best.

    typical: ms that are lost between the two sides of any call in the file. ms: of the span that
    is shown, at seconds since 1970. peer: the other service of a call, "" where there is none.
    """

    sort: CallKind
    typical: float
    beats: tuple[Beat, ...]
    ms: float
    at: float
    peer: str


class _Seen(NamedTuple):
    service: str
    sort: CallKind
    ms: float
    span: Span
    peer: str


def tell_pace(traces: Sequence[Trace], *, file: str, redactor: Redactor) -> list[Finding]:
    """One finding a service and sort, those of the most spans first, at most MAX_FINDINGS."""
    groups: defaultdict[tuple[str, CallKind], list[_Seen]] = defaultdict(list)
    for one in _seen(traces):
        if one.service:
            groups[one.service, one.sort].append(one)
    lost = [one.ms for (_, sort), seen in groups.items() if sort is CallKind.ASKED for one in seen]
    typical = float(np.median(lost)) if lost else 0.0
    width = _width(traces)
    ranked = sorted(groups.values(), key=lambda seen: -len(seen))
    return [_finding(seen, typical, width, file, redactor) for seen in ranked[:MAX_FINDINGS]]


def read_pace(data: Mapping[str, Scalar]) -> RequestRate:
    """As `tell_pace` wrote it."""
    kept: dict[str, Any] = json.loads(str(data["pace"]))
    beats = tuple(Beat(*one) for one in kept["beats"])
    return RequestRate(**{**kept, "sort": CallKind(kept["sort"]), "beats": beats})


def _width(traces: Sequence[Trace]) -> int:
    """Minutes that are told as one."""
    minutes = {span.start // _MICROS for trace in traces for span in trace.spans}
    width = 1
    while len({minute // width for minute in minutes}) > MINUTES:
        width *= 2
    return width


def _seen(traces: Sequence[Trace]) -> Iterator[_Seen]:
    """All that is counted."""
    worked: defaultdict[tuple[str, str], list[tuple[float, Span]]] = defaultdict(list)
    for trace in traces:
        for at, own in enumerate(own_times(trace)):
            span, callee = trace.spans[at], _callee(trace, at)
            if callee is None:
                worked[span.service, span.operation].append((own / 1000, span))
            else:
                lost = max(0, span.duration - callee.duration) / 1000
                yield _Seen(callee.service, CallKind.ASKED, lost, span, span.service)
                yield _Seen(span.service, CallKind.ASKING, lost, span, callee.service)
            if _fails_by_itself(trace, at):
                yield _Seen(span.service, CallKind.FAILED, span.duration / 1000, span, "")
    for (service, _), every in worked.items():
        usual = float(np.median([ms for ms, _ in every]))
        for ms, span in every:
            yield _Seen(service, CallKind.OWN, ms - usual, span, "")


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
    return span.failed or bool(_HANDLES_ERRORS.search(span.operation[:_NAME]))


def _finding(
    seen: Sequence[_Seen], typical: float, width: int, file: str, redactor: Redactor
) -> Finding:
    minutes: defaultdict[int, list[_Seen]] = defaultdict(list)
    for one in seen:
        minutes[one.span.start // _MICROS // width * width].append(one)
    beats = [
        Beat(minute, len(those), round(sum(one.ms for one in those), 3))
        for minute, those in sorted(minutes.items())
    ]
    worst = max(beats, key=lambda beat: beat.weight)
    shown = max(minutes[worst.minute], key=lambda one: (one.ms, -one.span.start))
    kept = RequestRate(
        sort=shown.sort,
        typical=round(typical, 3),
        beats=tuple(beats),
        ms=round(shown.ms, 3),
        at=shown.span.start / 1e6,
        peer=redactor.clean(shown.peer).line().text,
    )
    return Finding(
        kind=FindingKind.PACE,
        level=Level.INFO,
        text=RedactedText.format("{n} spans in {m} min", n=len(seen), m=len(beats)),
        locus=_locus(shown.span, file, redactor),
        count=len(seen),
        first=_moment(60 * beats[0].minute),
        last=_moment(60 * beats[-1].minute),
        service=redactor.clean(shown.service).line().text or None,
        data={"pace": json.dumps({**vars(kept), "beats": [astuple(beat) for beat in beats]})},
    )


def _locus(span: Span, file: str, redactor: Redactor) -> Locus:
    return Locus(
        file=file,
        line_start=span.place.line_start,
        line_end=span.place.line_end,
        byte_start=span.place.byte_start,
        byte_end=span.place.byte_end,
        first=_moment(span.start / 1e6),
        last=_moment(span.end / 1e6),
        span=redactor.clean(span.id).text,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


MAX_OPERATIONS = 1_000  # of all services; each is counted by itself
OTHER = "(other)"
_IDS = re.compile(r"[0-9a-fA-F]{8}[0-9a-fA-F-]{0,40}|\d{1,40}")


def with_few_names(spans: Sequence[Span]) -> Sequence[Span]:
    """The same spans; where there are too many names, numbers in them become `*`.

    What then is still too many is one operation a service.
    """
    if not _are_many(spans):
        return spans
    masked = _renamed(spans, lambda name: _IDS.sub("*", name))
    if not _are_many(masked):
        return masked
    counts = Counter((span.service, span.operation) for span in masked)
    kept = {key for key, _ in counts.most_common(MAX_OPERATIONS // 2)}
    return [
        span if (span.service, span.operation) in kept else span._replace(operation=OTHER)
        for span in masked
    ]


def _are_many(spans: Sequence[Span]) -> bool:
    return len({(span.service, span.operation) for span in spans}) > MAX_OPERATIONS


def _renamed(spans: Sequence[Span], rename: Callable[[str], str]) -> list[Span]:
    names = {name: rename(name) for name in {span.operation for span in spans}}
    return [span._replace(operation=names[span.operation]) for span in spans]
