"""Extracts measurements: which series changed, from what to what, when, and which first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.events.table import COLUMNS
from core.evidence.model import DataType, Extraction, Level
from core.evidence.series.findings import DATED_FROM, SeriesFinding, SeriesFindingWriter
from core.evidence.series.moves import make_move_findings
from core.evidence.series.observations import (
    Observation,
    find_onset,
    moment,
    observe,
    prepare_series,
)
from core.evidence.series.readers import detect_series, read_series
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.extractor import Detected, EventTable, Exhibit, Head
    from core.evidence.model import Finding
    from core.evidence.series.model import Series, SeriesReading


class MetricExtractor:
    """Reads series of measurements."""

    name = "metric"

    def detect(self, head: Head) -> Detected | None:
        return detect_series(head)

    def extract(self, exhibit: Exhibit) -> Extraction:
        """Raises UnreadableEvidence where it is in no format of measurements after all."""
        reading = read_series(exhibit.original)
        return _FindingWriter(exhibit.name, exhibit.service, exhibit.redactor).of(reading, exhibit)

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


@dataclass(frozen=True)
class _FindingWriter:
    """Writes the findings of one file of measurements, under its name and redacted."""

    name: str
    service: str | None
    redactor: Redactor

    def of(self, reading: SeriesReading, exhibit: Exhibit) -> Extraction:
        series = prepare_series(reading.series)
        seen = observe(series)
        first, last = _span(reading)
        teller = SeriesFindingWriter(
            file=self.name,
            service=self.service,
            redactor=self.redactor,
            dated=first is not None and last is not None and last - first > DATED_FROM,
        )
        reported = teller.tell(seen)
        _add_events(exhibit.table, reported)
        for each in reading.series:
            exhibit.identifiers.note_labels(each.labels)
        return Extraction(
            data_type=DataType.METRIC,
            extractor="metric",
            confidence=exhibit.detected.confidence,
            events=reading.points,
            lines=reading.lines,
            size=reading.size,
            findings=(*(report.finding for report in reported), *self._moves(series)),
            first=first,
            last=last,
            onset=find_onset(seen),
            service=self._service(seen),
            problem=None if reading.problem is None else self.redactor.clean(reading.problem).text,
        )

    def _moves(self, series: Sequence[Series]) -> list[Finding]:
        return make_move_findings(
            series, file=self.name, service=self.service, redactor=self.redactor
        )

    def _service(self, seen: list[Observation]) -> str | None:
        """The one that all series are of, where nobody said."""
        named = {observation.series.service for observation in seen}
        only = named.pop() if len(named) == 1 else None
        return self.redactor.clean(only).text if self.service is None and only else self.service


def _span(reading: SeriesReading) -> tuple[datetime | None, datetime | None]:
    timed = [series for series in reading.series if len(series.times)]
    if not timed or reading.untimed:
        return None, None
    first = min(float(series.times[0]) for series in timed)
    last = max(float(series.times[-1]) for series in timed)
    return datetime.fromtimestamp(first, tz=UTC), datetime.fromtimestamp(last, tz=UTC)


def _add_events(table: EventTable, reported: list[SeriesFinding]) -> None:
    """A row for each point that is anomalous or at a change: a million good ones drown these."""
    rows = [
        _row(finding, kind, index)
        for kind, finding in enumerate(reported)
        for index in finding.points
    ]
    if rows:
        table.add(pl.DataFrame(rows, schema=COLUMNS, orient="row"))
    table.close({kind: kind for kind in range(len(reported))})


def _row(finding: SeriesFinding, kind: int, index: int) -> tuple[object, ...]:
    span = finding.series.span(index, index)
    at = moment(finding.series, index).replace(tzinfo=None)
    place = list(Level).index(finding.finding.level)
    lines = (span.line_start, span.line_end, span.byte_start, span.byte_end)
    return (at, place, kind, finding.finding.service, None, [], *lines)
