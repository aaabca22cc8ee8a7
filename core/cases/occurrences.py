"""Starts and ends of alert occurrences, and the changes they make to their case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.alerts.model import (
    Alert,
    AlertSource,
    Occurrence,
    Redact,
    clean_labels,
    severity_of,
    summary_of,
)
from core.alerts.pagerduty_text import NOTED, retell
from core.cases.events import CaseEvent, CaseView, EventKind
from core.cases.lifecycle import Change, quieten, record
from core.clock import from_micros, micros

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.alerts.pagerduty import PagerEvent
    from core.cases.ports import CasesUnit


def beginning(
    unit: CasesUnit,
    alert: Alert,
    case_id: str,
    *,
    source: AlertSource,
    again: bool = False,
    seen_at: datetime,
    redact: Redact | None = None,
) -> tuple[Occurrence, Change]:
    """The occurrence of a firing alert, and the event for its case's log.

    again: it fired in this case before, and is not counted as a further alert. redact: the case's
    own redaction, by default that of the unit.
    """
    redact = redact or unit.redactor(case_id).clean
    name, summary = redact(alert.name), summary_of(alert, redact=redact)
    occurrence = Occurrence(
        id=unit.new_id("occ"),
        tenant_id=unit.context.tenant_id,
        source=source,
        fingerprint=alert.fingerprint,
        case_id=case_id,
        name=name.text,
        service=redact(alert.service).text if alert.service else None,
        severity=severity_of(alert),
        labels=clean_labels(alert.labels, redact=redact),
        summary=summary.text,
        starts_at=alert.starts_at,
        ended_at=None,
        last_seen_at=seen_at,
    )
    data = {
        "occurrence_id": occurrence.id,
        "fingerprint": occurrence.fingerprint,
        "severity": occurrence.severity,
        "service": occurrence.service,
        "name": name.digest,
        "summary": summary.digest,
        "starts_at": micros(occurrence.starts_at),
        "again": again,
    }
    return occurrence, Change(kind=EventKind.ALERT_FIRED, data=data, texts=[name, summary])


def seen_again(occurrence: Occurrence, alert: Alert, *, at: datetime) -> Occurrence:
    """The occurrence after a repeated delivery: only counters and the latest start change."""
    is_newer = alert.starts_at > occurrence.latest_start
    return replace(
        occurrence,
        fires=occurrence.fires + 1,
        last_seen_at=max(occurrence.last_seen_at, at),
        restarted_at=alert.starts_at if is_newer else occurrence.restarted_at,
        missing_since=None,
    )


def ending(occurrence: Occurrence, *, ended_at: datetime, reason: str) -> tuple[Occurrence, Change]:
    """The ended occurrence, and the event for its case's log. reason: in our own words."""
    data = {
        "occurrence_id": occurrence.id,
        "fingerprint": occurrence.fingerprint,
        "ended_at": micros(ended_at),
        "reason": reason,
    }
    ended = replace(occurrence, ended_at=ended_at, missing_since=None)
    return ended, Change(kind=EventKind.ALERT_RESOLVED, data=data)


async def write_changes(
    unit: CasesUnit,
    view: CaseView,
    changes: Sequence[Change],
    *,
    all_known: bool,
    by: str,
) -> CaseView:
    """Records the changes to a case's alerts, and marks the case quiet when none fires.

    all_known: False while the source may hold alerts of the case that it did not list.
    """
    if changes:
        view = await record(unit, view, view.case.id, changes, at=unit.now, actor=by)
    case = view.case
    silent = case.state.is_open and case.alerts > 0 and case.firing == 0
    if silent and case.quiet_since is None and all_known:
        view = await quieten(unit, view)
    return view


def entry_of(event: PagerEvent, *, counts: bool, redact: Redact) -> Change:
    """The log entry of a PagerDuty event. counts: later events are compared with its time."""
    text = retell(event, redact=redact)
    data = {
        "event_id": event.id,
        "occurred_at": micros(event.occurred_at),
        "type": event.type,
        "text": text.digest,
        "counts": counts,
    }
    kind = EventKind.NOTED if event.type == NOTED else EventKind.PAGED
    return Change(kind=kind, data=data, texts=[text])


def author_of(event: PagerEvent, *, redact: Redact) -> str:
    """The actor of a log entry: the author of a note, otherwise PagerDuty."""
    if event.type != NOTED:
        return AlertSource.PAGERDUTY
    return redact(event.agent or "PagerDuty").line().text


@dataclass(frozen=True)
class IncidentLog:
    """The log entries of one PagerDuty incident in its case."""

    ids: frozenset[str]
    earliest: datetime
    newest: datetime  # of those that count

    @classmethod
    def of(cls, events: Sequence[CaseEvent]) -> IncidentLog:
        entries = [event.data for event in events if "event_id" in event.data]
        times = [int(data["occurred_at"]) for data in entries]
        counted_times = [int(data["occurred_at"]) for data in entries if data["counts"]]
        return cls(
            ids=frozenset(str(data["event_id"]) for data in entries),
            earliest=from_micros(min(times, default=0)),
            newest=from_micros(max(counted_times, default=0)),
        )
