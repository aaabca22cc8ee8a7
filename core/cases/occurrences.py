"""How does an alert's firing begin and end in the tables, and what does that do to its case?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.alerts.alert_titles import clean_labels, severity_of, summary_of
from core.alerts.model import Alert, Occurrence, Source
from core.cases.events import CaseView, EventKind
from core.cases.lifecycle import Change, quieten, record
from core.clock import micros
from core.conversation.messages.outbox import publish_case
from core.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.store import Unit
    from core.workflows.services import Services


def beginning(
    alert: Alert,
    case_id: str,
    *,
    source: Source,
    again: bool = False,
    seen_at: datetime,
    services: Services,
) -> tuple[Occurrence, Change]:
    """The alert's occurrence from now on, and what belongs into its case's log.

    again: it fired in this case before, and is no further alert of it.
    """
    redact = services.redactor(case_id).clean
    name, summary = redact(alert.name), summary_of(alert, redact=redact)
    occurrence = Occurrence(
        id=new_id("occ", clock=services.clock, chance=services.chance),
        tenant_id=services.rules.tenant_id,
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
    """A repeat, or a twin's word: only counters change, and the newest start that was named."""
    is_newer = alert.starts_at > occurrence.latest_start
    return replace(
        occurrence,
        fires=occurrence.fires + 1,
        last_seen_at=max(occurrence.last_seen_at, at),
        restarted_at=alert.starts_at if is_newer else occurrence.restarted_at,
        missing_since=None,
    )


def ending(occurrence: Occurrence, *, ended_at: datetime, reason: str) -> tuple[Occurrence, Change]:
    """The occurrence that fires no more, and what belongs into its case's log.

    reason: in our words.
    """
    data = {
        "occurrence_id": occurrence.id,
        "fingerprint": occurrence.fingerprint,
        "ended_at": micros(ended_at),
        "reason": reason,
    }
    ended = replace(occurrence, ended_at=ended_at, missing_since=None)
    return ended, Change(kind=EventKind.ALERT_RESOLVED, data=data)


async def write_changes(
    unit: Unit,
    view: CaseView,
    changes: Sequence[Change],
    *,
    all_known: bool,
    by: str,
    services: Services,
) -> CaseView:
    """Record what became of a case's alerts, quieten it where none fires, show it where it changed.

    all_known: False while the source may hold alerts of the case that it did not name.
    """
    before = view
    if changes:
        now = services.clock.now()
        view = await record(unit, view, view.case.id, changes, at=now, actor=by)
    case = view.case
    silent = case.state.is_open and case.alerts > 0 and case.firing == 0
    if silent and case.quiet_since is None and all_known:
        view = await quieten(unit, view, services=services)
    if view is not before:
        await publish_case(unit, view, services=services)
    return view
