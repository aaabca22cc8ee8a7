"""What does a case's log keep of the events of its PagerDuty incident, and what does that tell?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.alerts.model import Source
from core.alerts.pagerduty_text import NOTED, retell
from core.cases.events import Event, EventKind
from core.cases.lifecycle import Change
from core.clock import from_micros, micros

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.alerts.alert_titles import Redact
    from core.alerts.pagerduty import PagerEvent


def entry_of(event: PagerEvent, *, counts: bool, redact: Redact) -> Change:
    """The event's line of history. counts: later events are compared with it."""
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
    """Whose entry it is: a note has its author, what else is told comes from PagerDuty."""
    if event.type != NOTED:
        return Source.PAGERDUTY
    return redact(event.agent or "PagerDuty").line().text


@dataclass(frozen=True)
class IncidentLog:
    """The entries of one incident in the log of its case."""

    ids: frozenset[str]
    earliest: datetime
    newest: datetime  # of those that count

    @classmethod
    def of(cls, events: Sequence[Event]) -> IncidentLog:
        told = [event.data for event in events if "event_id" in event.data]
        times = [int(data["occurred_at"]) for data in told]
        counted = [int(data["occurred_at"]) for data in told if data["counts"]]
        return cls(
            ids=frozenset(str(data["event_id"]) for data in told),
            earliest=from_micros(min(times, default=0)),
            newest=from_micros(max(counted, default=0)),
        )
