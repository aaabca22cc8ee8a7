"""Spans in words: names, places, times, what takes the time, how operations fare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.signatures import match
from core.evidence.spans.faults import TraceAnalysis
from core.evidence.spans.traces import Call, PathStep, Trace, calls_untraced_peer, critical_path
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.spans.faults import Operation
    from core.evidence.spans.model import Span
    from core.evidence.spans.traces import Skew

say = sentences("evidence.spans")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class SpanWords:
    """The words of one file, redacted."""

    file: str
    redactor: Redactor

    def quoted(self, says: str) -> RedactedText:
        """`: "timeout"`, or nothing."""
        message = self.redactor.clean(says).line()
        return RedactedText.format(': "{said}"', said=message) if message else RedactedText.EMPTY

    def name(self, text: str) -> RedactedText:
        return self.redactor.clean(text).line() if text else say("unnamed")

    def at(self, service: str, operation: str) -> RedactedText:
        return RedactedText.format(
            "{service} {what}", service=self.name(service), what=self.name(operation)
        )

    def locus(self, span: Span) -> Locus:
        return Locus(
            file=self.file,
            line_start=span.place.line_start,
            line_end=span.place.line_end,
            byte_start=span.place.byte_start,
            byte_end=span.place.byte_end,
            first=moment(span.start),
            last=moment(span.end),
            span=self.redactor.clean(span.id).text,
        )

    def service(self, name: str) -> str | None:
        return self.redactor.clean(name).line().text or None


def moment(micros: int) -> datetime:
    """A time of µs since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def format_duration(micros: int) -> RedactedText:
    """`2.3 s`, `45 ms`, `3 min 20 s`: to the figure that matters."""
    if micros < 1_000:  # noqa: PLR2004
        return say("microseconds", n=micros)
    if micros < 1_000_000:  # noqa: PLR2004
        return say("milliseconds", n=_figure(micros / 1e3))
    if micros < 120_000_000:  # noqa: PLR2004
        return say("seconds", n=_figure(micros / 1e6))
    minutes, seconds = divmod(round(micros / 1e6), 60)
    return say("minutes_and_seconds", m=minutes, s=seconds)


def _figure(value: float) -> float:
    rounded = float(f"{value:.3g}")
    return int(rounded) if rounded == int(rounded) else rounded


def times(count: int) -> RedactedText:
    """`once`, `12 times`."""
    return say("once") if count == 1 else say("times", n=count)


def since(micros: int | None) -> RedactedText:
    """` since 14:05:00 UTC`; nothing where that is not known."""
    return RedactedText.EMPTY if micros is None else say("since", at=moment(micros))


_STEPS_TOLD = 4  # shares of services, in words
_STEPS_KEPT = 50


@dataclass(frozen=True)
class PathWriter:
    """Tells the critical paths of a study."""

    words: SpanWords
    study: TraceAnalysis

    def path(self, trace: Trace, which: RedactedText) -> Finding:
        steps = critical_path(trace)
        root, parts = trace.spans[trace.root], self._parts(trace, steps)
        total = max(1, root.duration)
        shares = [
            RedactedText.format("{name} {took}", name=name, took=format_duration(own))
            for name, own in parts[:_STEPS_TOLD]
        ]
        heaviest = trace.spans[max(steps, key=lambda step: step.own).at]
        text = say(
            "critical_path",
            which=which,
            at=self.words.at(root.service, root.operation),
            took=format_duration(root.duration),
            parts=RedactedText.join(", ", shares),
        )
        shown = steps[:_STEPS_KEPT]
        path = RedactedText.join(" > ", [self._step(trace.spans[step.at]) for step in shown])
        return Finding(
            kind=FindingKind.PATH,
            level=Level.ERROR if root.failed else Level.INFO,
            text=text,
            locus=self.words.locus(heaviest),
            count=len(steps),
            first=moment(root.start),
            last=moment(root.end),
            service=self.words.service(heaviest.service),
            data={
                "trace": self.words.redactor.clean(root.trace).text,
                "which": which.text.lower(),
                "duration_ms": root.duration / 1000,
                "service": parts[0][0].text,
                "own_ms": parts[0][1] / 1000,
                "share": round(parts[0][1] / total, 3),
                "path": path.text,
            },
        )

    def _step(self, span: Span) -> RedactedText:
        return self.words.at(span.service, span.operation)

    def _parts(self, trace: Trace, steps: Sequence[PathStep]) -> list[tuple[RedactedText, int]]:
        """µs of own work by service, the most first. A call to the unseen is its peer's."""
        own: dict[str, int] = {}
        for step in steps:
            span = trace.spans[step.at]
            is_unseen = calls_untraced_peer(trace, step.at)
            name = f"{span.service} > {span.peer}" if is_unseen else span.service
            own[name] = own.get(name, 0) + step.own
        ranked = sorted(own.items(), key=lambda part: -part[1])
        return [(self.words.name(name), micros) for name, micros in ranked]


@dataclass(frozen=True)
class OperationWriter:
    """Tells the operations, calls and clocks of a study."""

    words: SpanWords
    study: TraceAnalysis

    def operation(self, operation: Operation) -> Finding:
        fails = bool(operation.failed)
        since = operation.since if fails else operation.slow_since
        example = operation.example or operation.worst
        first = since or (example.start if fails else operation.worst.start)
        return Finding(
            kind=FindingKind.SPAN,
            level=Level.ERROR if fails else Level.WARNING,
            text=self._failing(operation) if fails else self._slow(operation),
            locus=self.words.locus(example),
            count=operation.failed or operation.count,
            first=moment(first),
            last=moment(operation.last),
            service=self.words.service(operation.service),
            signals=match(example.says, Level.ERROR) if example.says else (),
            buckets=dict(sorted(operation.minutes.items())[:600]),
            data=self._figures(operation),
        )

    def _failing(self, operation: Operation) -> RedactedText:
        rest = self._rest(operation)
        return say(
            "fails",
            at=self.words.at(operation.service, operation.operation),
            n=operation.failed,
            all=operation.count,
            share=round(100 * operation.share, 1),
            rest=round(100 * rest, 1),
            p95=format_duration(operation.p95),
            since=since(operation.since),
            says=self.words.quoted(operation.example.says if operation.example else ""),
        )

    def _slow(self, operation: Operation) -> RedactedText:
        return say(
            "became_slow",
            at=self.words.at(operation.service, operation.operation),
            since=since(operation.slow_since),
            after=format_duration(operation.after),
            before=format_duration(operation.before),
        )

    def _rest(self, operation: Operation) -> float:
        """The error share of all other spans of the file."""
        spans = sum(other.count for other in self.study.operations) - operation.count
        failed = sum(other.failed for other in self.study.operations) - operation.failed
        return failed / spans if spans else 0.0

    def _figures(self, operation: Operation) -> dict[str, str | int | float | bool | None]:
        return {
            "service": self.words.name(operation.service).text,
            "operation": self.words.name(operation.operation).text,
            "spans": operation.count,
            "failed": operation.failed,
            "share": round(operation.share, 4),
            "p50_ms": operation.p50 / 1000,
            "p95_ms": operation.p95 / 1000,
            "p99_ms": operation.p99 / 1000,
            **self.study.clock_of(operation.example or operation.worst),
        }

    def call(self, call: Call) -> Finding:
        caller, other = self.words.name(call.caller), self.words.name(call.callee)
        errors = say("calls_fail", n=call.errors) if call.errors else RedactedText.EMPTY
        return Finding(
            kind=FindingKind.CALL,
            level=Level.INFO,
            text=say(
                "calls",
                caller=caller,
                callee=other,
                times=times(call.count),
                errors=errors,
                p95=format_duration(call.p95),
            ),
            locus=self.words.locus(call.example),
            count=call.count,
            data={
                "caller": caller.text,
                "callee": other.text,
                "count": call.count,
                "errors": call.errors,
                "p95_ms": call.p95 / 1000,
            },
        )

    def skew(self, skew: Skew) -> Finding:
        ahead, behind = (skew.one, skew.other) if skew.seconds > 0 else (skew.other, skew.one)
        first, other = self.words.name(ahead), self.words.name(behind)
        low, high = sorted((abs(skew.low), abs(skew.high)))
        example = next(
            span
            for trace in self.study.forest.traces
            for span in trace.spans
            if span.clock == ahead
        )
        return Finding(
            kind=FindingKind.SKEW,
            level=Level.INFO,
            text=say(
                "clock_ahead",
                one=first,
                other=other,
                by=format_duration(round(abs(skew.seconds) * 1e6)),
                low=format_duration(round(low * 1e6)),
                high=format_duration(round(high * 1e6)),
                n=skew.pairs,
                sure=round(100 * skew.sure),
            ),
            locus=self.words.locus(example),
            count=skew.pairs,
            data={
                "one": first.text,
                "other": other.text,
                "seconds": round(abs(skew.seconds), 6),
                "low": round(low, 6),
                "high": round(high, 6),
                "sure": round(skew.sure, 3),
            },
        )
