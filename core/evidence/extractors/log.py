"""What does a log say? Its kinds of lines with counts and bursts, errors, traces and changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from core.clean import Clean
from core.evidence import likeness
from core.evidence.bursts import find_burst
from core.evidence.changes import Change, ChangeFinder, is_change
from core.evidence.model import DataType, Extraction, Finding, FindingKind, Level, Locus
from core.evidence.templates import Labels, Mined, Template, mine
from core.evidence.traces import Trace, TraceFinder
from core.investigation.signatures import literals, match
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from core.evidence.extractor import Detected, Exhibit, Head
    from core.evidence.lines import Block

MAX_FINDINGS = 400
_MAX_BURSTS = 20
_MAX_TRACES = 40
_MAX_BUCKETS = 600
_MAX_TEXT = 1_000
_MAX_TRACE_TEXT = 4_000
_SERIOUS = frozenset({Level.ERROR, Level.FATAL})
_RANK = {level: rank for rank, level in enumerate(Level)}


class LogExtractor:
    """Reads logs."""

    name = "log"

    def detect(self, head: Head) -> Detected | None:
        return likeness.log(head)

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction

    def extract(self, exhibit: Exhibit) -> Extraction:
        """At most MAX_FINDINGS: what failed first and what is known, then what is common."""
        return _Telling(exhibit.name, exhibit.service, exhibit.redactor).of(exhibit)


@dataclass(frozen=True)
class _Telling:
    """What one log says, under its name and redacted."""

    name: str
    service: str | None
    redactor: Redactor

    def of(self, exhibit: Exhibit) -> Extraction:
        traces, changes = TraceFinder(), ChangeFinder()

        def watch(block: Block, columns: pl.DataFrame) -> None:
            traces.watch(block)
            changes.watch(block, columns)

        mined = mine(
            exhibit.original,
            reference=exhibit.original.written,
            notable=literals(),
            label=_labels,
            watch=watch,
        )
        found = self._findings(mined, traces.found.values(), changes.found())
        return Extraction(
            data_type=DataType.LOG,
            extractor="log",
            confidence=exhibit.detected.confidence,
            events=mined.records,
            lines=mined.lines,
            size=mined.size,
            errors=sum(template.count for template in _errors(mined)),
            findings=tuple(islice(found, MAX_FINDINGS)),
            first=mined.first,
            last=mined.last,
            service=self.service or _main_service(mined),
        )

    def _findings(
        self, mined: Mined, traces: Iterable[Trace], changes: Iterable[Change]
    ) -> Iterable[Finding]:
        yield from self._error_findings(mined)
        shown = sorted(filter(_is_shown, mined.templates), key=_importance)
        known = (self._template(one, FindingKind.SIGNAL) for one in shown if one.labels)
        yield from islice(known, MAX_FINDINGS // 2)
        yield from map(self._change, changes)
        ranked = sorted(traces, key=lambda trace: (-trace.count, trace.line_start))
        yield from (self._trace(trace, mined) for trace in ranked[:_MAX_TRACES])
        yield from islice(self._bursts(mined, shown), _MAX_BURSTS)
        plain = (template for template in shown if not template.labels)
        yield from (self._template(one, FindingKind.TEMPLATE) for one in plain)

    def _template(self, template: Template, kind: FindingKind) -> Finding:
        return Finding(
            kind=kind,
            level=template.level,
            text=self.redactor.clean(template.example).cut(_MAX_TEXT),
            locus=self._locus(template),
            count=template.count,
            first=template.first,
            last=template.last,
            service=template.service or self.service,
            signals=template.labels,
            buckets=_bounded(template.minutes),
        )

    def _change(self, change: Change) -> Finding:
        at = change.at.replace(tzinfo=UTC) if change.at else None
        return Finding(
            kind=FindingKind.CHANGE,
            level=change.level or Level.INFO,
            text=self.redactor.clean(change.text).cut(_MAX_TEXT),
            locus=self._locus(change),
            first=at,
            last=at,
            service=change.service or self.service,
            signals=change.signals,
        )

    def _locus(self, one: Template | Change) -> Locus:
        return Locus(
            file=self.name,
            line_start=one.line,
            line_end=one.line,
            byte_start=one.byte_start,
            byte_end=one.byte_end,
        )

    def _error_findings(self, mined: Mined) -> Iterable[Finding]:
        """The first error, and all errors over time."""
        errors = _errors(mined)
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
            level=max((template.level for template in errors), key=_RANK.__getitem__),
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
            buckets=_bounded(minutes),
            data={"records": mined.records, "errors": count, "minutes_per_bucket": mined.step},
        )

    def _trace(self, trace: Trace, mined: Mined) -> Finding:
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
            first=_first_within(trace, mined.templates),
            service=self.service,
            signals=match(f"{trace.raised}: {trace.says}", Level.ERROR),
            data={"language": trace.language, "raised": trace.raised},
        )

    def _bursts(self, mined: Mined, shown: Sequence[Template]) -> Iterable[Finding]:
        if mined.first is None or mined.last is None:
            return
        first, last = (_minute(moment, mined.step) for moment in (mined.first, mined.last))
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
                buckets=_bounded(template.minutes),
                data={"peak": burst.peak, "usual": burst.usual, "minutes_per_bucket": mined.step},
            )


def _labels(lines: Sequence[tuple[str, Level | None]]) -> list[Labels]:
    """Signals of failures; changes are told one by one."""
    texts = pl.Series([text for text, _ in lines], dtype=pl.String)
    may_matter = texts.str.contains_any(list(literals()), ascii_case_insensitive=True)
    return [
        tuple(name for name in match(text, level) if not is_change(name)) if may else ()
        for (text, level), may in zip(lines, may_matter, strict=True)
    ]


def _first_within(trace: Trace, templates: Sequence[Template]) -> datetime | None:
    """When the trace came first: the time of a line that was new then."""
    lines = range(trace.line_start, trace.line_end + 1)
    return _least((one.first for one in templates if one.line in lines), min)


def _errors(mined: Mined) -> list[Template]:
    """Records that are errors; lines that continue a record were counted with it."""
    return [one for one in mined.templates if one.level in _SERIOUS and one.start]


def _is_shown(template: Template) -> bool:
    return template.start or bool(template.labels) or template.level in _SERIOUS


def _importance(template: Template) -> tuple[bool, int, int, int]:
    return not template.labels, -_RANK[template.level], -template.count, template.line


def _main_service(mined: Mined) -> str | None:
    """The one service that the lines name; None where they name several."""
    named = {template.service for template in mined.templates if template.service}
    return named.pop() if len(named) == 1 else None


def _rate_text(count: int, mined: Mined, minutes: Mapping[int, int]) -> Clean:
    share = round(100 * count / max(1, mined.records), 1)
    if not minutes:
        return Clean.say(
            "{n} errors in {all} records, {share} %", n=count, all=mined.records, share=share
        )
    worst = max(minutes, key=lambda minute: minutes[minute])
    return Clean.say(
        "{n} errors in {all} records, {share} %; most in the {step} min from {at}: {peak}",
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


def _minute(moment: datetime, step: int) -> int:
    return int(moment.timestamp()) // 60 // step * step


def _bounded(minutes: Mapping[int, int]) -> dict[int, int]:
    """At most _MAX_BUCKETS, by taking longer ones where there are more."""
    step, counts = 1, Counter(minutes)
    while len(counts) > _MAX_BUCKETS:
        step *= 5
        counts = Counter()
        for minute, count in minutes.items():
            counts[minute // step * step] += count
    return dict(sorted(counts.items()))
