"""How do operations fare, and who calls whom, in words?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level
from core.evidence.spans.study import Study
from core.evidence.spans.wording import Words, moment, since, times, took
from core.signatures import match
from core.text.redacted import Clean

if TYPE_CHECKING:
    from core.evidence.spans.calls import Call
    from core.evidence.spans.clocks import Skew
    from core.evidence.spans.faults import Operation


@dataclass(frozen=True)
class Behaviours:
    """Tells the operations, calls and clocks of a study."""

    words: Words
    study: Study

    def operation(self, one: Operation) -> Finding:
        fails = bool(one.failed)
        since = one.since if fails else one.slow_since
        example = one.example or one.worst
        first = since or (example.start if fails else one.worst.start)
        return Finding(
            kind=FindingKind.SPAN,
            level=Level.ERROR if fails else Level.WARNING,
            text=self._failing(one) if fails else self._slow(one),
            locus=self.words.locus(example),
            count=one.failed or one.count,
            first=moment(first),
            last=moment(one.last),
            service=self.words.service(one.service),
            signals=match(example.says, Level.ERROR) if example.says else (),
            buckets=dict(sorted(one.minutes.items())[:600]),
            data=self._figures(one),
        )

    def _failing(self, one: Operation) -> Clean:
        rest = self._rest(one)
        return Clean.say(
            "{at} fails in {n} of {all} ({share} %, elsewhere {rest} %), p95 {p95}{since}{says}",
            at=self.words.at(one.service, one.operation),
            n=one.failed,
            all=one.count,
            share=round(100 * one.share, 1),
            rest=round(100 * rest, 1),
            p95=took(one.p95),
            since=since(one.since),
            says=self.words.quoted(one.example.says if one.example else ""),
        )

    def _slow(self, one: Operation) -> Clean:
        return Clean.say(
            "{at} became slow{since}: p95 {after}, usually {before}",
            at=self.words.at(one.service, one.operation),
            since=since(one.slow_since),
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
            "service": self.words.name(one.service).text,
            "operation": self.words.name(one.operation).text,
            "spans": one.count,
            "failed": one.failed,
            "share": round(one.share, 4),
            "p50_ms": one.p50 / 1000,
            "p95_ms": one.p95 / 1000,
            "p99_ms": one.p99 / 1000,
            **self.study.clock_of(one.example or one.worst),
        }

    def call(self, call: Call) -> Finding:
        one, other = self.words.name(call.caller), self.words.name(call.callee)
        errors = Clean.say(", {n} fail", n=call.errors) if call.errors else Clean.EMPTY
        return Finding(
            kind=FindingKind.CALL,
            level=Level.INFO,
            text=Clean.say(
                "{caller} calls {callee}: {times}{errors}, p95 {p95}",
                caller=one,
                callee=other,
                times=times(call.count),
                errors=errors,
                p95=took(call.p95),
            ),
            locus=self.words.locus(call.example),
            count=call.count,
            data={
                "caller": one.text,
                "callee": other.text,
                "count": call.count,
                "errors": call.errors,
                "p95_ms": call.p95 / 1000,
            },
        )

    def skew(self, skew: Skew) -> Finding:
        ahead, behind = (skew.one, skew.other) if skew.seconds > 0 else (skew.other, skew.one)
        one, other = self.words.name(ahead), self.words.name(behind)
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
            locus=self.words.locus(example),
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
