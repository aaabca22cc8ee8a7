"""Turns traces of a file into findings: faults, paths, calls and clocks; and the calls per minute.

Of a call there are two spans, the caller's around the callee's. What the caller waited longer than
the callee worked was lost between them: on the network, in a queue, in a process that got no CPU.
Findings of the calls of each minute are read by `core.investigation.causes`, and never shown.
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
from core.evidence.signatures import match
from core.evidence.spans.descriptions import (
    OperationWriter,
    PathWriter,
    SpanWords,
    format_duration,
    moment,
)
from core.evidence.spans.faults import TraceAnalysis
from core.evidence.spans.traces import Trace, find_calls, own_times
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.evidence.spans.faults import FaultEntry, Operation
    from core.evidence.spans.model import Span
    from core.jobs.model import Scalar
    from core.redaction.engine import Redactor

say = sentences("evidence.span_findings")

MAX_OPERATIONS = 30
MAX_CALLS = 1_000
_MAX_SKEWS = 10
_MAX_ENTRIES = 3
MAX_RATED_SERVICES = 1_000
MINUTES = 240  # that are told apart; longer files are told by several minutes at once
_MICROS = 60_000_000
_HANDLES_ERRORS = re.compile(r"(?i)error|exception")  # in the name of an operation
_NAME = 200  # characters of it that are looked at
MAX_RATED_OPERATIONS = 1_000  # of all services; each is counted by itself
OTHER = "(other)"
_IDS = re.compile(r"[0-9a-fA-F]{8}[0-9a-fA-F-]{0,40}|\d{1,40}")


def make_span_findings(study: TraceAnalysis, *, file: str, redactor: Redactor) -> Iterator[Finding]:
    """Yield where the fault enters first, then the paths, operations, calls and clocks."""
    words = SpanWords(file, redactor)
    yield from _entries(study, FaultEntryWriter(words, study))
    paths = PathWriter(words, study)
    yield paths.path(study.slowest, say("slowest"))
    if study.typical is not study.slowest:
        yield paths.path(study.typical, say("typical"))
    behaviours = OperationWriter(words, study)
    yield from map(behaviours.operation, _notable(study))
    yield from map(behaviours.call, find_calls(study.traces)[:MAX_CALLS])
    yield from map(behaviours.skew, study.skews[:_MAX_SKEWS])


def _entries(study: TraceAnalysis, entries: FaultEntryWriter) -> Iterator[Finding]:
    """Of the fault, and of delays elsewhere."""
    failures = study.failures[:_MAX_ENTRIES]
    yield from map(entries.failure, failures)
    failing = {(failure.service, failure.operation) for failure in failures}
    slow = [delay for delay in study.delays if (delay.service, delay.operation) not in failing]
    yield from map(entries.delay, slow[:_MAX_ENTRIES])


def _notable(study: TraceAnalysis) -> Sequence[Operation]:
    """Operations that fail, or that became slow."""
    notable = [
        operation
        for operation in study.operations
        if operation.failed
        or (operation.slow_since is not None and operation.after > operation.limit)
    ]
    return notable[:MAX_OPERATIONS]


@dataclass(frozen=True)
class FaultEntryWriter:
    """Tells where the fault and the delay of a study enter."""

    words: SpanWords
    study: TraceAnalysis

    def failure(self, fault_entry: FaultEntry) -> Finding:
        peer = self.words.name(fault_entry.peer)
        to = say("calling", peer=peer) if fault_entry.peer else RedactedText.EMPTY
        text = say(
            "fault_enters",
            at=self.words.at(fault_entry.service, fault_entry.operation),
            to=to,
            n=fault_entry.here,
            all=fault_entry.traces,
            more=self._delayed(fault_entry),
            says=self.words.quoted(fault_entry.example.says),
        )
        return self._entry(fault_entry, text, Level.ERROR)

    def _delayed(self, fault_entry: FaultEntry) -> RedactedText:
        """Describe the time that a failing place also takes."""
        place = (fault_entry.service, fault_entry.operation)
        extra = [
            late.extra for late in self.study.delays if (late.service, late.operation) == place
        ]
        return say("and_longer", by=format_duration(extra[0])) if extra else RedactedText.EMPTY

    def delay(self, fault_entry: FaultEntry) -> Finding:
        to = (
            say("to_peer", peer=self.words.name(fault_entry.peer))
            if fault_entry.peer
            else RedactedText.EMPTY
        )
        text = say(
            "delay_enters",
            at=self.words.at(fault_entry.service, fault_entry.operation),
            to=to,
            extra=format_duration(fault_entry.extra),
            n=fault_entry.here,
            all=fault_entry.traces,
        )
        return self._entry(fault_entry, text, Level.WARNING)

    def _entry(self, fault_entry: FaultEntry, text: RedactedText, level: Level) -> Finding:
        known = next(
            other
            for other in self.study.operations
            if (other.service, other.operation) == (fault_entry.service, fault_entry.operation)
        )
        since = known.since if level is Level.ERROR else known.slow_since
        return Finding(
            kind=FindingKind.SPAN,
            level=level,
            text=text,
            locus=self.words.locus(fault_entry.example),
            count=fault_entry.here,
            first=moment(since or fault_entry.first),
            last=moment(known.last),
            service=self.words.service(fault_entry.service),
            signals=match(fault_entry.example.says, level) if fault_entry.example.says else (),
            data={
                "entry": True,
                "service": self.words.name(fault_entry.service).text,
                "operation": self.words.name(fault_entry.operation).text,
                "peer": self.words.name(fault_entry.peer).text if fault_entry.peer else None,
                "traces": fault_entry.traces,
                "extra_ms": fault_entry.extra / 1000,
                **self.study.clock_of(fault_entry.example),
            },
        )


class CallKind(StrEnum):
    """The sides from which the calls of a service are counted."""

    ASKED = "asked"  # ms lost when it was called
    ASKING = "asking"  # ms lost when it called others
    OWN = "own"  # ms of its own work beyond what is usual for the operation
    FAILED = "failed"  # spans that fail though nothing they called does


@dataclass(frozen=True)
class RateMinute:
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
    beats: tuple[RateMinute, ...]
    ms: float
    at: float
    peer: str


class _Seen(NamedTuple):
    service: str
    sort: CallKind
    ms: float
    span: Span
    peer: str


def make_rate_findings(traces: Sequence[Trace], *, file: str, redactor: Redactor) -> list[Finding]:
    """One finding a service and sort, those of the most spans first, at most MAX_FINDINGS."""
    groups: defaultdict[tuple[str, CallKind], list[_Seen]] = defaultdict(list)
    for call in _seen(traces):
        if call.service:
            groups[call.service, call.sort].append(call)
    lost = [
        call.ms for (_, sort), seen in groups.items() if sort is CallKind.ASKED for call in seen
    ]
    typical = float(np.median(lost)) if lost else 0.0
    width = _width(traces)
    ranked = sorted(groups.values(), key=lambda seen: -len(seen))
    return [
        _rate_finding(seen, typical, width, file, redactor) for seen in ranked[:MAX_RATED_SERVICES]
    ]


def read_rate(data: Mapping[str, Scalar]) -> RequestRate:
    """As `make_rate_findings` wrote it."""
    kept: dict[str, Any] = json.loads(str(data["pace"]))
    beats = tuple(RateMinute(*values) for values in kept["beats"])
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
    """Return whether it fails by its status, or because it handles an error."""
    return span.failed or bool(_HANDLES_ERRORS.search(span.operation[:_NAME]))


def _rate_finding(
    seen: Sequence[_Seen], typical: float, width: int, file: str, redactor: Redactor
) -> Finding:
    minutes: defaultdict[int, list[_Seen]] = defaultdict(list)
    for call in seen:
        minutes[call.span.start // _MICROS // width * width].append(call)
    beats = [
        RateMinute(minute, len(those), round(sum(call.ms for call in those), 3))
        for minute, those in sorted(minutes.items())
    ]
    worst = max(beats, key=lambda beat: beat.weight)
    shown = max(minutes[worst.minute], key=lambda call: (call.ms, -call.span.start))
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
        text=say("spans_in_minutes", n=len(seen), m=len(beats)),
        locus=_rate_locus(shown.span, file, redactor),
        count=len(seen),
        first=_rate_moment(60 * beats[0].minute),
        last=_rate_moment(60 * beats[-1].minute),
        service=redactor.clean(shown.service).line().text or None,
        data={"pace": json.dumps({**vars(kept), "beats": [astuple(beat) for beat in beats]})},
    )


def _rate_locus(span: Span, file: str, redactor: Redactor) -> Locus:
    return Locus(
        file=file,
        line_start=span.place.line_start,
        line_end=span.place.line_end,
        byte_start=span.place.byte_start,
        byte_end=span.place.byte_end,
        first=_rate_moment(span.start / 1e6),
        last=_rate_moment(span.end / 1e6),
        span=redactor.clean(span.id).text,
    )


def _rate_moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def limit_operation_names(spans: Sequence[Span]) -> Sequence[Span]:
    """The same spans; where there are too many names, numbers in them become `*`.

    What then is still too many is one operation a service.
    """
    if not _are_many(spans):
        return spans
    masked = _renamed(spans, lambda name: _IDS.sub("*", name))
    if not _are_many(masked):
        return masked
    counts = Counter((span.service, span.operation) for span in masked)
    kept = {key for key, _ in counts.most_common(MAX_RATED_OPERATIONS // 2)}
    return [
        span if (span.service, span.operation) in kept else span._replace(operation=OTHER)
        for span in masked
    ]


def _are_many(spans: Sequence[Span]) -> bool:
    return len({(span.service, span.operation) for span in spans}) > MAX_RATED_OPERATIONS


def _renamed(spans: Sequence[Span], rename: Callable[[str], str]) -> list[Span]:
    names = {name: rename(name) for name in {span.operation for span in spans}}
    return [span._replace(operation=names[span.operation]) for span in spans]
