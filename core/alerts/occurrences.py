"""How does an alert's firing begin and end in the tables, and what does that do to its case?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.alerts.model import Alert, Occurrence, Source
from core.alerts.wording import clean_labels, severity_of, summary_of
from core.cases.events import CaseView, EventKind
from core.cases.lifecycle import Change, quieten, record
from core.clock import micros, new_id
from core.conversation.outbox import publish_case
from core.errors import Conflict
from core.redaction.engine import Redactor
from core.redaction.keys import case_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.ports import Unit
    from core.services import Services


async def begin_occurrence(
    unit: Unit, alert: Alert, case_id: str, *, seen_at: datetime, services: Services
) -> Change:
    """The alert fires from now on; the change belongs into the case's log.

    Raises Conflict where another unit began it first: then it is no news to this one.
    """
    redact = Redactor(case_key(services.secret, case_id)).clean
    name, summary = redact(alert.name), summary_of(alert, redact=redact)
    occurrence = Occurrence(
        id=new_id("occ", clock=services.clock, chance=services.chance),
        tenant_id=services.rules.tenant_id,
        source=Source.ALERTMANAGER,
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
    if not await unit.occurrences.begin(occurrence):
        message = f"{alert.fingerprint} began elsewhere at the same time"
        raise Conflict(message)
    data = {
        "occurrence_id": occurrence.id,
        "fingerprint": occurrence.fingerprint,
        "severity": occurrence.severity,
        "service": occurrence.service,
        "name": name.digest,
        "summary": summary.digest,
        "starts_at": micros(occurrence.starts_at),
    }
    return Change(kind=EventKind.ALERT_FIRED, data=data, texts=[name, summary])


async def end_occurrence(
    unit: Unit, occurrence: Occurrence, *, ended_at: datetime, reason: str
) -> Change:
    """It fires no more; the change belongs into its case's log, with the `reason` in our words."""
    await unit.occurrences.update(replace(occurrence, ended_at=ended_at, missing_since=None))
    data = {
        "occurrence_id": occurrence.id,
        "fingerprint": occurrence.fingerprint,
        "ended_at": micros(ended_at),
        "reason": reason,
    }
    return Change(kind=EventKind.ALERT_RESOLVED, data=data)


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
