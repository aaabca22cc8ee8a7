"""Extracts traces, as systems export them or people print them: critical path, faults, calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from core.evidence.correlation.identifiers import IdentifierKind
from core.evidence.events.table import COLUMNS
from core.evidence.extractor import HEAD_BYTES, Detected
from core.evidence.lines import read_head
from core.evidence.model import DataType, Extraction, Level
from core.evidence.spans.descriptions import moment
from core.evidence.spans.faults import TraceAnalysis
from core.evidence.spans.findings import (
    limit_operation_names,
    make_rate_findings,
    make_span_findings,
)
from core.evidence.spans.formats import SpanFormat, detect_format, read_spans
from core.evidence.spans.traces import Forest, build_forest
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.correlation.identifiers import IdentifierCollector
    from core.evidence.extractor import EventTable, Exhibit, Head
    from core.evidence.spans.faults import Operation
    from core.evidence.spans.model import Span, SpanReading
    from core.redaction.engine import Redactor

say = sentences("evidence.span_reading")

MAX_FINDINGS = 1_100
_SURE = 0.99  # the names that are looked for are those of spans alone
_LEVELS = {level: place for place, level in enumerate(Level)}
_MICROSECONDS = 1_000_000  # of a second
_ROWS = 20_000  # of the table at once


class TraceExtractor:
    """Reads spans."""

    name = "trace"

    def detect(self, head: Head) -> Detected | None:
        form = detect_format(head.text)
        if form is None:
            return None
        return Detected(DataType.TRACE, _SURE, self.name, say.raw("spans_of", form=form.value))

    def extract(self, exhibit: Exhibit) -> Extraction:
        """Tells at most MAX_FINDINGS: where the fault enters first. Raises UnreadableEvidence."""
        head = read_head(exhibit.original, HEAD_BYTES).decode("utf-8", errors="replace")
        spans, reading = read_spans(exhibit.original, detect_format(head) or SpanFormat.ZIPKIN)
        forest = build_forest(limit_operation_names(spans))
        _remark(forest, reading)
        study = TraceAnalysis(forest)
        reported = make_span_findings(study, file=exhibit.name, redactor=exhibit.redactor)
        findings = tuple(reported)[:MAX_FINDINGS]
        paces = make_rate_findings(study.traces, file=exhibit.name, redactor=exhibit.redactor)
        _fill(exhibit.table, study)
        _note_identifiers(exhibit.identifiers, spans)
        services = {span.service for span in spans}
        return Extraction(
            data_type=DataType.TRACE,
            extractor=self.name,
            confidence=exhibit.detected.confidence,
            events=len(spans),
            lines=reading.lines,
            size=reading.size,
            errors=sum(span.failed for span in spans),
            findings=(*findings, *paces),
            first=moment(min(span.start for span in spans)),
            last=moment(max(span.end for span in spans)),
            onset=None if study.onset is None else moment(study.onset),
            service=_whose(services, exhibit.redactor) if len(services) == 1 else None,
            problem=reading.problem,
        )

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


def _note_identifiers(identifiers: IdentifierCollector, spans: Sequence[Span]) -> None:
    starts: dict[str, int] = {}
    for span in spans:
        starts[span.trace] = min(span.start, starts.get(span.trace, span.start))
    for trace, start in starts.items():
        if trace:
            identifiers.note(IdentifierKind.TRACE, trace, start // _MICROSECONDS)
    for host in {span.clock for span in spans if span.clock != span.service}:
        identifiers.note_host(host)


def _whose(services: set[str], redactor: Redactor) -> str | None:
    return redactor.clean(next(iter(services))).line().text or None


def _remark(forest: Forest, reading: SpanReading) -> None:
    """Describe what is wrong with ids, which explains odd paths."""
    faults = (
        (forest.duplicates, say.raw("twice", n=forest.duplicates)),
        (forest.orphans, say.raw("orphans", n=forest.orphans)),
        (forest.cycles, say.raw("circles", n=forest.cycles)),
    )
    reading.remarks += [what for count, what in faults if count]


def _fill(table: EventTable, study: TraceAnalysis) -> None:
    """A row for each span that fails or is slow, and for the first of each service in a trace."""
    known = {
        (operation.service, operation.operation): at
        for at, operation in enumerate(study.operations)
    }
    rows: list[tuple[object, ...]] = []
    for span, level in _events(study):
        at = known[span.service, span.operation]
        rows.append(_row(span, level, at))
        if len(rows) == _ROWS:
            table.add(_frame(rows))
            rows.clear()
    if rows:
        table.add(_frame(rows))
    table.close({at: at for at in known.values()})


def _events(study: TraceAnalysis) -> Iterator[tuple[Span, Level]]:
    operations = {
        (operation.service, operation.operation): operation for operation in study.operations
    }
    # Times as the file tells them: a table holds what the original says.
    for trace in study.forest.traces:
        seen: set[str] = set()
        for span in trace.spans:
            level = _level(span, operations[span.service, span.operation])
            if level is not Level.INFO or span.service not in seen:
                seen.add(span.service)
                yield span, level


def _level(span: Span, operation: Operation) -> Level:
    if span.failed:
        return Level.ERROR
    return Level.WARNING if operation.is_slow(span) else Level.INFO


def _row(span: Span, level: Level, kind: int) -> tuple[object, ...]:
    host = span.clock if span.clock != span.service else None
    place = span.place
    return (
        moment(span.start).replace(tzinfo=None),
        _LEVELS[level],
        kind,
        span.service or None,
        host or None,
        [span.trace] if span.trace else [],
        place.line_start,
        place.line_end,
        place.byte_start,
        place.byte_end,
    )


def _frame(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")
