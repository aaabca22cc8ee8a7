"""What do spans say? Their faults, paths, calls and clocks as findings, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.clean import Clean
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.spans.calls import Call, calls_the_unseen, find_calls
from core.evidence.spans.clocks import Skew, corrected, find_skews, offsets
from core.evidence.spans.critical import Step, critical_path
from core.evidence.spans.faults import Entry, Operation, delays_enter, failures_enter, operations
from core.evidence.spans.forest import Forest, Trace
from core.investigation.signatures import match
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.spans.model import Span

MAX_OPERATIONS = 30
MAX_CALLS = 1_000
_MAX_SKEWS = 10
_MAX_ENTRIES = 3
_STEPS_TOLD = 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    def failures(self) -> list[Entry]:
        return failures_enter(self.traces, self.operations)

    @cached_property
    def delays(self) -> list[Entry]:
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


@dataclass(frozen=True)
class Teller:
    """Tells a study in the words of one file, redacted."""

    file: str
    study: Study
    redactor: Redactor

    def findings(self) -> Iterator[Finding]:
        """Where the fault enters first, then the paths, operations, calls and clocks."""
        yield from map(self._failure, self.study.failures[:_MAX_ENTRIES])
        told = {(one.service, one.operation) for one in self.study.failures[:_MAX_ENTRIES]}
        slow = [one for one in self.study.delays if (one.service, one.operation) not in told]
        yield from map(self._delay, slow[:_MAX_ENTRIES])
        yield self._path(self.study.slowest, Clean.say("Slowest"))
        if self.study.typical is not self.study.slowest:
            yield self._path(self.study.typical, Clean.say("Typical"))
        yield from map(self._operation, self._notable())
        yield from map(self._call, find_calls(self.study.traces)[:MAX_CALLS])
        yield from map(self._skew, self.study.skews[:_MAX_SKEWS])

    def _notable(self) -> Sequence[Operation]:
        """Operations that fail, or that became slow."""
        found = [
            one
            for one in self.study.operations
            if one.failed or (one.slow_since is not None and one.after > one.limit)
        ]
        return found[:MAX_OPERATIONS]

    def _name(self, text: str) -> Clean:
        return self.redactor.clean(text).line() if text else Clean.say("(unnamed)")

    def _at(self, service: str, operation: str) -> Clean:
        return Clean.say(
            "{service} {what}", service=self._name(service), what=self._name(operation)
        )

    def _locus(self, span: Span) -> Locus:
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

    def _failure(self, one: Entry) -> Finding:
        to = Clean.say(" calling {peer}", peer=self._name(one.peer)) if one.peer else Clean.EMPTY
        said = self.redactor.clean(one.example.says).line()
        says = Clean.say(': "{said}"', said=said) if said else Clean.EMPTY
        text = Clean.say(
            "The fault enters at {at}{to}: in {n} of {all} failing traces"
            " nothing below it fails{more}{says}",
            at=self._at(one.service, one.operation),
            to=to,
            n=one.here,
            all=one.traces,
            more=self._delayed(one),
            says=says,
        )
        return self._entry(one, text, Level.ERROR)

    def _delayed(self, one: Entry) -> Clean:
        """What a place that fails also takes."""
        place = (one.service, one.operation)
        extra = [
            late.extra for late in self.study.delays if (late.service, late.operation) == place
        ]
        return Clean.say(", and it takes {by} longer", by=took(extra[0])) if extra else Clean.EMPTY

    def _delay(self, one: Entry) -> Finding:
        to = Clean.say(" (to {peer})", peer=self._name(one.peer)) if one.peer else Clean.EMPTY
        text = Clean.say(
            "The delay enters at {at}{to}: {extra} more of its own time in each slow trace,"
            " in {n} of {all}",
            at=self._at(one.service, one.operation),
            to=to,
            extra=took(one.extra),
            n=one.here,
            all=one.traces,
        )
        return self._entry(one, text, Level.WARNING)

    def _entry(self, one: Entry, text: Clean, level: Level) -> Finding:
        known = next(
            other
            for other in self.study.operations
            if (other.service, other.operation) == (one.service, one.operation)
        )
        since = known.since if level is Level.ERROR else known.slow_since
        return Finding(
            kind=FindingKind.SPAN,
            level=level,
            text=text,
            locus=self._locus(one.example),
            count=one.here,
            first=moment(since or one.first),
            last=moment(known.last),
            service=self._service(one.service),
            signals=match(one.example.says, level) if one.example.says else (),
            data={
                "entry": True,
                "service": self._name(one.service).text,
                "operation": self._name(one.operation).text,
                "peer": self._name(one.peer).text if one.peer else None,
                "traces": one.traces,
                "extra_ms": one.extra / 1000,
                **self._told_by(one.example),
            },
        )

    def _service(self, name: str) -> str | None:
        return self.redactor.clean(name).line().text or None

    def _path(self, trace: Trace, which: Clean) -> Finding:
        steps = critical_path(trace)
        root, parts = trace.spans[trace.root], self._parts(trace, steps)
        total = max(1, root.duration)
        shares = [
            Clean.say("{name} {took}", name=name, took=took(own))
            for name, own in parts[:_STEPS_TOLD]
        ]
        heaviest = trace.spans[max(steps, key=lambda step: step.own).at]
        text = Clean.say(
            "{which} {at}: {took}; its own work on the critical path: {parts}",
            which=which,
            at=self._at(root.service, root.operation),
            took=took(root.duration),
            parts=Clean.join(", ", shares),
        )
        told = steps[:50]
        path = Clean.join(" > ", [self._step(trace.spans[step.at]) for step in told])
        return Finding(
            kind=FindingKind.PATH,
            level=Level.ERROR if root.failed else Level.INFO,
            text=text,
            locus=self._locus(heaviest),
            count=len(steps),
            first=moment(root.start),
            last=moment(root.end),
            service=self._service(heaviest.service),
            data={
                "trace": self.redactor.clean(root.trace).text,
                "which": which.text.lower(),
                "duration_ms": root.duration / 1000,
                "service": parts[0][0].text,
                "own_ms": parts[0][1] / 1000,
                "share": round(parts[0][1] / total, 3),
                "path": path.text,
            },
        )

    def _step(self, span: Span) -> Clean:
        return self._at(span.service, span.operation)

    def _parts(self, trace: Trace, steps: Sequence[Step]) -> list[tuple[Clean, int]]:
        """µs of own work by service, the most first. A call to the unseen is its peer's."""
        own: dict[str, int] = {}
        for step in steps:
            span = trace.spans[step.at]
            is_unseen = calls_the_unseen(trace, step.at)
            name = f"{span.service} > {span.peer}" if is_unseen else span.service
            own[name] = own.get(name, 0) + step.own
        ranked = sorted(own.items(), key=lambda part: -part[1])
        return [(self._name(name), micros) for name, micros in ranked]

    def _operation(self, one: Operation) -> Finding:
        fails = bool(one.failed)
        since = one.since if fails else one.slow_since
        example = one.example or one.worst
        first = since or (example.start if fails else one.worst.start)
        return Finding(
            kind=FindingKind.SPAN,
            level=Level.ERROR if fails else Level.WARNING,
            text=self._failing(one) if fails else self._slow(one),
            locus=self._locus(example),
            count=one.failed or one.count,
            first=moment(first),
            last=moment(one.last),
            service=self._service(one.service),
            signals=match(example.says, Level.ERROR) if example.says else (),
            buckets=dict(sorted(one.minutes.items())[:600]),
            data=self._figures(one),
        )

    def _failing(self, one: Operation) -> Clean:
        said = self.redactor.clean(one.example.says if one.example else "").line()
        rest = self._rest(one)
        return Clean.say(
            "{at} fails in {n} of {all} ({share} %, elsewhere {rest} %), p95 {p95}{since}{says}",
            at=self._at(one.service, one.operation),
            n=one.failed,
            all=one.count,
            share=round(100 * one.share, 1),
            rest=round(100 * rest, 1),
            p95=took(one.p95),
            since=_since(one.since),
            says=Clean.say(': "{said}"', said=said) if said else Clean.EMPTY,
        )

    def _slow(self, one: Operation) -> Clean:
        return Clean.say(
            "{at} became slow{since}: p95 {after}, usually {before}",
            at=self._at(one.service, one.operation),
            since=_since(one.slow_since),
            after=took(one.after),
            before=took(one.before),
        )

    def _rest(self, one: Operation) -> float:
        """The error share of all other spans of the file."""
        spans = sum(other.count for other in self.study.operations) - one.count
        failed = sum(other.failed for other in self.study.operations) - one.failed
        return failed / spans if spans else 0.0

    def _figures(self, one: Operation) -> dict[str, str | int | float | bool | None]:
        return {
            "service": self._name(one.service).text,
            "operation": self._name(one.operation).text,
            "spans": one.count,
            "failed": one.failed,
            "share": round(one.share, 4),
            "p50_ms": one.p50 / 1000,
            "p95_ms": one.p95 / 1000,
            "p99_ms": one.p99 / 1000,
            **self._told_by(one.example or one.worst),
        }

    def _told_by(self, span: Span) -> dict[str, float]:
        """By how much the span's own clock is ahead of the times that are told, where it is."""
        ahead = self.study.ahead.get(span.clock, 0)
        return {"ahead_s": ahead / 1e6} if ahead else {}

    def _call(self, call: Call) -> Finding:
        one, other = self._name(call.caller), self._name(call.callee)
        errors = Clean.say(", {n} fail", n=call.errors) if call.errors else Clean.EMPTY
        return Finding(
            kind=FindingKind.CALL,
            level=Level.INFO,
            text=Clean.say(
                "{caller} calls {callee}: {times}{errors}, p95 {p95}",
                caller=one,
                callee=other,
                times=_times(call.count),
                errors=errors,
                p95=took(call.p95),
            ),
            locus=self._locus(call.example),
            count=call.count,
            data={
                "caller": one.text,
                "callee": other.text,
                "count": call.count,
                "errors": call.errors,
                "p95_ms": call.p95 / 1000,
            },
        )

    def _skew(self, skew: Skew) -> Finding:
        ahead, behind = (skew.one, skew.other) if skew.seconds > 0 else (skew.other, skew.one)
        one, other = self._name(ahead), self._name(behind)
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
            text=Clean.say(
                "The clock of {one} is ahead of that of {other} by {by} ({low} to {high},"
                " by {n} calls, {sure} % of them impossible otherwise); spans are told by one"
                " clock",
                one=one,
                other=other,
                by=took(round(abs(skew.seconds) * 1e6)),
                low=took(round(low * 1e6)),
                high=took(round(high * 1e6)),
                n=skew.pairs,
                sure=round(100 * skew.sure),
            ),
            locus=self._locus(example),
            count=skew.pairs,
            data={
                "one": one.text,
                "other": other.text,
                "seconds": round(abs(skew.seconds), 6),
                "low": round(low, 6),
                "high": round(high, 6),
                "sure": round(skew.sure, 3),
            },
        )


def moment(micros: int) -> datetime:
    """A time of µs since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def took(micros: int) -> Clean:
    """`2.3 s`, `45 ms`, `3 min 20 s`: to the figure that matters."""
    if micros < 1_000:  # noqa: PLR2004
        return Clean.say("{n} µs", n=micros)
    if micros < 1_000_000:  # noqa: PLR2004
        return Clean.say("{n} ms", n=_figure(micros / 1e3))
    if micros < 120_000_000:  # noqa: PLR2004
        return Clean.say("{n} s", n=_figure(micros / 1e6))
    minutes, seconds = divmod(round(micros / 1e6), 60)
    return Clean.say("{m} min {s} s", m=minutes, s=seconds)


def _figure(value: float) -> float:
    rounded = float(f"{value:.3g}")
    return int(rounded) if rounded == int(rounded) else rounded


def _times(count: int) -> Clean:
    return Clean.say("once") if count == 1 else Clean.say("{n} times", n=count)


def _since(micros: int | None) -> Clean:
    return Clean.EMPTY if micros is None else Clean.say(" since {at}", at=moment(micros))
