"""Finds the changes within a window: those that extractors noted, and every similar line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.events.answers import (
    EventAnswer,
    EventSource,
    filter_for,
    read_hits,
    resolve_for_sources,
)
from core.evidence.events.query import EventFilter, Hit, find, matching_lines
from core.evidence.logs.changes import change_signals
from core.evidence.model import Event, Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.evidence.events.window import EventQuery, ResolvedWindow
    from core.redaction.engine import Redactor

# Of the kinds of lines that tell of changes; extractors note the latest ones anyway.
_MAX_CANDIDATES = 500
_CHANGE = FindingKind.CHANGE


def find_changes(
    sought: EventQuery,
    files: Sequence[tuple[EventSource, Sequence[Finding]]],
    *,
    redactor: Redactor,
) -> EventAnswer:
    """Find the changes in the window, answered as `events_of` does.

    Raises NotFound, StoreUnavailable.
    """
    sources = [source for source, _ in files]
    window = resolve_for_sources(sought, sources)
    events = dict[tuple[str, int], Event]()
    for source, findings in files:
        wanted = filter_for(sought, window, source, sources)
        noted = _filter_noted(
            source, wanted, [finding for finding in findings if finding.kind is _CHANGE]
        )
        like = _similar_events(source, noted, wanted, redactor) if window.known else ()
        for event in (*like, *_noted_events(source, noted, window)):
            events[event.locus.file, event.locus.line_start] = event
    ordered = sorted(events.values(), key=_event_order, reverse=not sought.oldest_first)
    shown = tuple(ordered[: sought.limit])
    return EventAnswer(
        window=window,
        events=shown,
        total=len(ordered),
        files=len(sources),
        kinds=(None,) * len(shown),
    )


def _filter_noted(
    source: EventSource, wanted: EventFilter, noted: Sequence[Finding]
) -> list[Finding]:
    """Noted changes that match the services, hosts and ids asked for, at any time."""
    anytime = replace(wanted, since=None, until=None)
    if anytime == EventFilter():
        return list(noted)  # also one within a record, at whose line no event begins
    lines = matching_lines(
        source.table, anytime, lines=[finding.locus.line_start for finding in noted]
    )
    return [finding for finding in noted if finding.locus.line_start in lines]


def _noted_events(
    source: EventSource, noted: Sequence[Finding], window: ResolvedWindow
) -> Iterable[Event]:
    for finding in noted:
        if finding.first is not None and window.holds(finding.first):
            yield Event(
                at=finding.first,
                level=finding.level,
                text=finding.text,
                locus=replace(finding.locus, file=source.name),
                service=finding.service,
            )


def _similar_events(
    source: EventSource, noted: Sequence[Finding], wanted: EventFilter, redactor: Redactor
) -> Iterable[Event]:
    """Events of the same templates whose own line is a change: templates may be wider."""
    lines = [finding.locus.line_start for finding in noted]
    kinds = source.table.scan().filter(pl.col("line").is_in(lines)).select("template")
    templates = kinds.collect(engine="streaming")["template"].drop_nulls().unique().to_list()
    if not templates:
        return
    like = replace(wanted, templates=tuple(templates))
    _, hits = find([(source.table, like)], limit=_MAX_CANDIDATES)
    for event in read_hits(_with_times(hits), [source], redactor=redactor):
        if change_signals(event.text.text, event.level):
            yield event


def _with_times(hits: Sequence[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit.at is not None]


def _event_order(event: Event) -> tuple[float, str, int]:
    at = event.at.timestamp() if event.at else 0.0
    return at, event.locus.file, event.locus.line_start
