"""Writes the findings of a log in the order of their worth; each change on its own.

Unlike other lines these are not counted by kind: which one came just before the failure matters.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from core.evidence.logs.stack_frames import stored_frames
from core.evidence.logs.template_counts import bound_buckets, minute_of
from core.evidence.logs.templates import RANK, SERIOUS, MinedLog, Template, is_alert, prominence_key
from core.evidence.logs.trends import find_burst
from core.evidence.model import EARNEST, Finding, FindingKind, Level, Locus
from core.evidence.signatures import match
from core.redaction.engine import Redactor
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from core.evidence.logs.changes import LoggedChange
    from core.evidence.logs.stack_traces import StackTrace
    from core.text.redacted import RedactedText

say = sentences("evidence.log_findings")

MAX_ALERTS = 200
_MAX_BURSTS = 20
_MAX_TRACES = 40
_MAX_TEXT = 1_000
_MAX_TRACE_TEXT = 4_000


@dataclass(frozen=True)
class LogFindings:
    """Writes the findings of one log, under its name and redacted."""

    name: str
    service: str | None
    redactor: Redactor

    def of(
        self, mined: MinedLog, traces: Iterable[StackTrace], changes: Iterable[LoggedChange]
    ) -> Iterable[Finding]:
        """Yield what failed first and what is known or serious, then what is common."""
        yield from self._errors(mined)
        ranked = sorted(traces, key=lambda trace: (-trace.count, trace.line_start))
        shown = sorted(_shown(mined.templates, ranked), key=prominence_key)
        alerts = list(islice(filter(is_alert, shown), MAX_ALERTS))
        yield from map(self._template, alerts)
        yield from map(self.change, changes)
        yield from (self._trace(trace, mined) for trace in ranked[:_MAX_TRACES])
        yield from islice(self._bursts(mined, shown), _MAX_BURSTS)
        alert_ids = set(map(id, alerts))
        yield from (self._template(template) for template in shown if id(template) not in alert_ids)

    def change(self, change: LoggedChange) -> Finding:
        """What was changed, as its line tells it."""
        at = change.at.replace(tzinfo=UTC) if change.at else None
        return Finding(
            kind=FindingKind.CHANGE,
            level=change.level or Level.INFO,
            text=self.redactor.clean(change.text).cut(_MAX_TEXT),
            locus=self._locus(change, change.last_line),
            first=at,
            last=at,
            service=change.service or self.service,
            signals=change.signals,
        )

    def _template(self, template: Template, kind: FindingKind | None = None) -> Finding:
        known = FindingKind.SIGNAL if template.labels else FindingKind.TEMPLATE
        return Finding(
            kind=kind or known,
            level=template.level,
            text=self.redactor.clean(template.example).cut(_MAX_TEXT),
            locus=self._locus(template),
            count=template.count,
            first=template.first,
            last=template.last,
            service=template.service or self.service,
            signals=template.labels,
            buckets=bound_buckets(template.minutes),
            data=_earnest(template),
        )

    def _locus(self, source: Template | LoggedChange, last: int | None = None) -> Locus:
        """last: line, where it is of several."""
        return Locus(
            file=self.name,
            line_start=source.line,
            line_end=last or source.line,
            byte_start=source.byte_start,
            byte_end=source.byte_end,
        )

    def _errors(self, mined: MinedLog) -> Iterable[Finding]:
        """The first error, and all errors over time."""
        errors = errors_of(mined)
        if not errors:
            return
        first = min(errors, key=lambda template: template.line)
        yield self._template(first, FindingKind.FIRST_ERROR)
        minutes: Counter[int] = Counter()
        for template in errors:
            minutes.update(template.minutes)
        count = sum(template.count for template in errors)
        yield Finding(
            kind=FindingKind.ERROR_RATE,
            level=max((template.level for template in errors), key=RANK.__getitem__),
            text=_rate_text(count, mined, minutes),
            locus=Locus(
                file=self.name,
                line_start=first.line,
                line_end=max(template.last_line for template in errors),
            ),
            count=count,
            first=_least((template.first for template in errors), min),
            last=_least((template.last for template in errors), max),
            service=self.service,
            buckets=bound_buckets(minutes),
            data={"records": mined.records, "errors": count, "minutes_per_bucket": mined.step},
        )

    def _trace(self, trace: StackTrace, mined: MinedLog) -> Finding:
        newest = _new_within(trace, mined.templates)
        return Finding(
            kind=FindingKind.STACK_TRACE,
            level=Level.ERROR,
            text=self.redactor.clean(trace.text).cut(_MAX_TRACE_TEXT),
            locus=Locus(
                file=self.name,
                line_start=trace.line_start,
                line_end=trace.line_end,
                byte_start=trace.byte_start,
                byte_end=trace.byte_end,
            ),
            count=trace.count,
            first=newest.first if newest else None,
            service=self.service,
            signals=match(f"{trace.raised}: {trace.says}", Level.ERROR),
            data={
                "language": trace.language,
                "raised": trace.raised,
                **stored_frames(trace.frames),
                **(_earnest(newest) if newest else {}),
            },
        )

    def _bursts(self, mined: MinedLog, shown: Sequence[Template]) -> Iterable[Finding]:
        if mined.first is None or mined.last is None:
            return
        first, last = (minute_of(moment, mined.step) for moment in (mined.first, mined.last))
        for template in shown:
            burst = find_burst(template.minutes, first=first, last=last, step=mined.step)
            if burst is None:
                continue
            since = datetime.fromtimestamp(burst.minute * 60, tz=UTC)
            yield Finding(
                kind=FindingKind.BURST,
                level=template.level,
                text=self.redactor.clean(template.example).cut(_MAX_TEXT),
                locus=self._locus(template),
                count=template.count,
                first=max(since, template.first or since),
                last=template.last,
                service=template.service or self.service,
                signals=template.labels,
                buckets=bound_buckets(template.minutes),
                data={"peak": burst.peak, "usual": burst.usual, "minutes_per_bucket": mined.step},
            )


def errors_of(mined: MinedLog) -> list[Template]:
    """Records that are errors; lines that continue a record were counted with it."""
    return [
        template for template in mined.templates if template.level in SERIOUS and template.start
    ]


def _new_within(trace: StackTrace, templates: Sequence[Template]) -> Template | None:
    """The first kind of line that was new in the trace, which tells when the trace came first."""
    lines = range(trace.line_start, trace.line_end + 1)
    new = [(each.first, each) for each in templates if each.line in lines and each.first]
    return min(new, key=itemgetter(0))[1] if new else None


def _earnest(template: Template) -> dict[str, float]:
    """How long after its first line it began in earnest, in seconds; see `Template.earnest`."""
    if template.earnest is None or template.first is None:
        return {}
    return {EARNEST: (template.earnest - template.first).total_seconds()}


def _shown(templates: Sequence[Template], traces: Sequence[StackTrace]) -> Iterable[Template]:
    """Records, and lines within them that are serious; those of a trace are told with it."""
    traced = {
        line
        for trace in traces[:_MAX_TRACES]
        for line in range(trace.line_start, trace.line_end + 1)
    }
    for template in templates:
        if (
            template.start
            or bool(template.labels)
            or (is_alert(template) and template.line not in traced)
        ):
            yield template


def _rate_text(count: int, mined: MinedLog, minutes: Mapping[int, int]) -> RedactedText:
    share = round(100 * count / max(1, mined.records), 1)
    if not minutes:
        return say("error_rate", n=count, all=mined.records, share=share)
    worst = max(minutes, key=lambda minute: minutes[minute])
    return say(
        "error_rate_with_peak",
        n=count,
        all=mined.records,
        share=share,
        step=mined.step,
        at=datetime.fromtimestamp(worst * 60, tz=UTC),
        peak=minutes[worst],
    )


def _least(
    moments: Iterable[datetime | None], choose: Callable[[list[datetime]], datetime]
) -> datetime | None:
    known = [moment for moment in moments if moment is not None]
    return choose(known) if known else None
