"""What was changed within a window? What extractors noted, and every line that is like it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.events.asking import Answered, Source, read_hits, settled, wanted_of
from core.evidence.events.query import Hit, Wanted, find, fitting
from core.evidence.logs.changes import is_change
from core.evidence.model import Event, Finding, FindingKind
from core.signatures import match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.evidence.events.sought import Sought
    from core.evidence.events.window import Settled
    from core.redaction.engine import Redactor

# Of the kinds of lines that tell of changes; extractors note the latest ones anyway.
_LOOKED_AT = 500
_CHANGE = FindingKind.CHANGE


def changes_of(
    sought: Sought,
    told: Sequence[tuple[Source, Sequence[Finding]]],
    *,
    redactor: Redactor,
) -> Answered:
    """Changes in the window, as `events_of` answers. Raises NotFound, StoreUnavailable."""
    sources = [source for source, _ in told]
    window = settled(sought, sources)
    found = dict[tuple[str, int], Event]()
    for source, findings in told:
        wanted = wanted_of(sought, window, source, sources)
        noted = _fitting(source, wanted, [one for one in findings if one.kind is _CHANGE])
        like = _like_them(source, noted, wanted, redactor) if window.known else ()
        for event in (*like, *_noted(source, noted, window)):
            found[event.locus.file, event.locus.line_start] = event
    ordered = sorted(found.values(), key=_moment, reverse=not sought.oldest_first)
    shown = tuple(ordered[: sought.limit])
    return Answered(
        window=window,
        events=shown,
        total=len(ordered),
        files=len(sources),
        kinds=(None,) * len(shown),
    )


def _fitting(source: Source, wanted: Wanted, noted: Sequence[Finding]) -> list[Finding]:
    """Those of the services, hosts and ids that are asked for, whenever they were."""
    anytime = replace(wanted, since=None, until=None)
    if anytime == Wanted():
        return list(noted)  # also one within a record, at whose line no event begins
    lines = fitting(source.table, anytime, lines=[one.locus.line_start for one in noted])
    return [one for one in noted if one.locus.line_start in lines]


def _noted(source: Source, noted: Sequence[Finding], window: Settled) -> Iterable[Event]:
    for one in noted:
        if one.first is not None and window.holds(one.first):
            yield Event(
                at=one.first,
                level=one.level,
                text=one.text,
                locus=replace(one.locus, file=source.name),
                service=one.service,
            )


def _like_them(
    source: Source, noted: Sequence[Finding], wanted: Wanted, redactor: Redactor
) -> Iterable[Event]:
    """Lines of the same templates that themselves say so: a template may be wider than a change."""
    lines = [one.locus.line_start for one in noted]
    kinds = source.table.scan().filter(pl.col("line").is_in(lines)).select("template")
    templates = kinds.collect(engine="streaming")["template"].drop_nulls().unique().to_list()
    if not templates:
        return
    like = replace(wanted, templates=tuple(templates))
    _, hits = find([(source.table, like)], limit=_LOOKED_AT)
    for event in read_hits(_timed(hits), [source], redactor=redactor):
        if any(is_change(name) for name in match(event.text.text, event.level)):
            yield event


def _timed(hits: Sequence[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit.at is not None]


def _moment(event: Event) -> tuple[float, str, int]:
    at = event.at.timestamp() if event.at else 0.0
    return at, event.locus.file, event.locus.line_start
