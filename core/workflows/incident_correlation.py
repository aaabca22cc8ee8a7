"""Applies an event of a PagerDuty incident to its case: one delivery, one unit of work.

- One incident is one case, with one occurrence that fires until the incident is resolved.
- An event counts once, however often and under whatever name it is delivered.
- Later states win by the time they occurred: an older one is history only. An end that comes before
  its beginning is remembered, and no case opens for what is over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.alerts.model import (
    AlertSource,
    Delivery,
    DeliveryState,
    Occurrence,
    Redact,
    clean_labels,
    service_name,
    severity_of,
    title_from,
)
from core.alerts.pagerduty import PING, Incident, PagerEvent, read_event
from core.alerts.pagerduty_text import (
    NOTED,
    STATE_EVENT_TYPES,
    alert_of,
    describe_event,
    group_of,
    labels_of,
    severity_of_incident,
)
from core.cases.events import CaseEvent, EventKind
from core.cases.lifecycle import (
    SYSTEM,
    Change,
    beginning,
    ending,
    investigate,
    is_recent,
    open_case,
    record,
    reopen,
    write_changes,
)
from core.clock import from_micros, micros
from core.conversation.messages.channels import bind_routed_channels
from core.conversation.messages.news import queue_turning_points
from core.jobs.kinds import read_pager_bodies
from core.text.sentences import sentences
from core.workflows.services import Services, Unit
from core.workflows.signature_failures import clear_failures, record_ping

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from core.cases.projection import CaseView

say = sentences("workflows.incident_correlation")

OVERTOOK = timedelta(hours=1)  # events of one incident are no further apart than retries are
HANDED_ON = frozenset({"incident.escalated", "incident.delegated", "incident.reassigned"})


def effect_of_event(delivery: Delivery, *, services: Services) -> Callable[[Unit], Awaitable[None]]:
    """What a PagerDuty body does. Raises UnparsableDelivery."""
    event = read_event(delivery.body, received_at=delivery.received_at)

    async def place(unit: Unit) -> None:
        await clear_failures(unit, delivery)
        if await _is_first(unit, event, delivery):
            again = delivery.state is DeliveryState.DONE
            placing = IncidentProcessor(unit, services, event, delivery, again)
            await placing.place()

    return place


async def _is_first(unit: Unit, event: PagerEvent, delivery: Delivery) -> bool:
    """Nothing else carried this event. The header is not signed, the event's id is: both count."""
    keys = {f"event:{event.id}"}
    if delivery.name:
        keys.add(f"webhook:{delivery.name}")
    return await _claim(unit, keys, delivery)


async def _claim(unit: Unit, keys: set[str], delivery: Delivery) -> bool:
    return await unit.deliveries.claim_keys(delivery.source, keys, delivery_id=delivery.id)


@dataclass
class IncidentProcessor:
    """One event finding its case. again: its delivery is driven through once more."""

    unit: Unit
    services: Services
    event: PagerEvent
    delivery: Delivery
    again: bool

    async def place(self) -> None:
        """Write all that the event changes. Raises Conflict."""
        event = self.event
        if event.type == PING:
            await record_ping(self.unit, self.delivery)
        if event.incident_id is None:
            return
        last = await self._latest(event.incident_id)
        if last is None:
            await self._first_sight()
            return
        view = await self.unit.cases.view(last.case_id, lock=True)
        last = await self._latest(event.incident_id) or last  # now that nobody else changes it
        log = IncidentLog.of(await self.unit.cases.events(view.case.id))
        if event.is_among(log.ids) or (self.again and event.occurred_at < log.earliest):
            return
        if event.incident is None or event.occurred_at < log.newest:
            await self._remember(view)
            return
        await self._go_on(view, last, event.incident)
        await queue_turning_points(self.unit, view, await self.unit.cases.view(view.case.id))

    async def _latest(self, incident_id: str) -> Occurrence | None:
        return await self.unit.occurrences.latest_of(incident_id)

    async def _first_sight(self) -> None:
        """Nothing is known of the incident: a case opens if it is open, and was not over before."""
        incident = self.event.incident
        if incident is None or self.event.type not in STATE_EVENT_TYPES:
            return
        since = self._since(incident)
        over = f"over:{incident.id}:{micros(since)}"
        # Whoever claims it first decides; one that is over leaves no case, so nothing else would.
        if await _claim(self.unit, {over}, self.delivery) and incident.is_open:
            view = await self._open(incident, since)
            await self._begin(view, incident, starts_at=since)
            await self._tell_what_came_before(view.case.id)

    async def _tell_what_came_before(self, case_id: str) -> None:
        """What overtook the incident's beginning, or was over before, had no case to stand in."""
        earlier = await self.unit.deliveries.of_group(
            AlertSource.PAGERDUTY,
            self.delivery.group,
            since=self.delivery.received_at - OVERTOOK,
        )
        for delivery in earlier:
            if delivery.id == self.delivery.id or delivery.state is not DeliveryState.DONE:
                continue
            event = read_event(delivery.body, received_at=delivery.received_at)
            log = IncidentLog.of(await self.unit.cases.events(case_id))
            if event.incident_id and not event.is_among(log.ids):
                view = await self.unit.cases.view(case_id, lock=True)
                await replace(self, event=event, delivery=delivery)._remember(view)

    async def _go_on(self, view: CaseView, last: Occurrence, incident: Incident) -> None:
        """The newest that is known of an incident that has a case."""
        if not incident.is_open:
            await self._end(view, last)
        elif last.ended_at is not None and self.event.occurred_at > last.ended_at:
            await self._begin_again(view, incident)
        elif last.firing and self._outlived(view):
            ended, change = ending(
                last, ended_at=self.event.occurred_at, reason=say("fired_again").text
            )
            await self.unit.occurrences.update(ended)
            view = await self._write(view, [change])
            await self._begin_again(view, incident)
        else:
            await self._revise(view, last, incident)

    def _outlived(self, view: CaseView) -> bool:
        """Whether it was reopened after people resolved the case in which it was left open."""
        resolved_at = view.case.resolved_at
        return (
            self.event.type == "incident.reopened"
            and resolved_at is not None
            and self.event.occurred_at > resolved_at
        )

    async def _end(self, view: CaseView, last: Occurrence) -> None:
        changes = [self._history(view)]
        at = self.event.occurred_at
        if last.firing:
            at = max(at, last.latest_start)
            last, change = ending(last, ended_at=at, reason=say("resolved_in_pagerduty").text)
            changes.append(change)
        await self.unit.occurrences.update(replace(last, ended_at=max(at, last.ended_at or at)))
        await self._write(view, changes)

    async def _begin_again(self, view: CaseView, incident: Incident) -> None:
        since = self.event.occurred_at
        if view.case.state.is_open:
            await investigate(self.unit, view)
        elif is_recent(self.unit, view):
            view = await reopen(self.unit, view, by=SYSTEM)
        else:
            view = await self._open(incident, since)
        await self._begin(view, incident, starts_at=since)

    async def _begin(self, view: CaseView, incident: Incident, *, starts_at: datetime) -> None:
        """Raises Conflict where another unit began it first."""
        known = await self.unit.occurrences.of_case(view.case.id)
        occurrence, fired = beginning(
            self.unit,
            alert_of(incident, starts_at),
            view.case.id,
            source=AlertSource.PAGERDUTY,
            again=any(occurrence.fingerprint == incident.id for occurrence in known),
            seen_at=self.delivery.received_at,
        )
        await self.unit.occurrences.begin_all([occurrence])
        changes = [self._history(view), fired, *self._ownership(view, incident)]
        await self._write(view, changes)
        await self._plan_reading(view, incident)

    def _since(self, incident: Incident) -> datetime:
        """When it began, the last time."""
        if self.event.type == "incident.reopened":
            return incident.reopened_at or self.event.occurred_at
        return incident.reopened_at or incident.created_at

    async def _open(self, incident: Incident, since: datetime) -> CaseView:
        services = self.services
        case_id = self.unit.new_id("case")
        redact = services.redactor(case_id).clean
        view = await open_case(
            self.unit,
            title=title_from(incident.title, incident.service, redact=redact),
            severity=severity_of_incident(incident),
            service=service_name(incident.service, redact=redact),
            group_key=group_of(incident.id),
            since=since,
            actor=AlertSource.PAGERDUTY,
            case_id=case_id,
        )
        await bind_routed_channels(self.unit, view.case, labels_of(incident))
        return view

    async def _plan_reading(self, view: CaseView, incident: Incident) -> None:
        """A webhook carries no alert body: where there is a key, a job fetches them."""
        if self.services.pager is None:
            return
        job = read_pager_bodies(incident.id, view.case.id, self.unit.context)
        await self.unit.jobs.add(job)

    async def _revise(self, view: CaseView, last: Occurrence, incident: Incident) -> None:
        """It goes on as before; what is known of it may have changed."""
        redact = self._redact(view)
        alert = alert_of(incident, last.starts_at)
        labels = clean_labels(alert.labels, redact=redact)
        named = labels.get("service")
        # An alert's own label is nearer to the truth than PagerDuty's name of the service.
        moved = named is not None and last.service == last.labels.get("service") != named
        now = replace(
            last,
            severity=severity_of(alert),
            labels=labels,
            service=named if moved else last.service,
            last_seen_at=max(last.last_seen_at, self.delivery.received_at),
            missing_since=None,
        )
        await self.unit.occurrences.update(now)
        revised: dict[str, str | None] = {}
        if now.severity != last.severity:
            revised["severity"] = now.severity
        if moved:
            revised["service"] = named
        changes = [self._history(view), *self._ownership(view, incident)]
        if revised:
            changes.append(Change(kind=EventKind.REVISED, data=revised))
        await self._write(view, changes)

    def _ownership(self, view: CaseView, incident: Incident) -> list[Change]:
        """Who acknowledges owns what nobody owns; whom it is handed to owns it."""
        to = None
        if self.event.type in HANDED_ON and incident.assignees:
            to = incident.assignees[0]
        elif self.event.type == "incident.acknowledged" and view.case.owner is None:
            to = self.event.agent
        if to is None:
            return []
        owner = self._redact(view)(to).line().text
        return [Change(kind=EventKind.OWNED, data={"owner": owner})] if owner else []

    async def _write(self, view: CaseView, changes: Sequence[Change]) -> CaseView:
        return await write_changes(
            self.unit,
            view,
            changes,
            all_known=True,
            by=AlertSource.PAGERDUTY,
        )

    async def _remember(self, view: CaseView) -> None:
        """History alone: the card stays as it is."""
        history = self._history(view, counts=False)
        by = author_of(self.event, redact=self._redact(view))
        now = self.services.clock.now()
        await record(self.unit, view, view.case.id, [history], at=now, actor=by)

    def _history(self, view: CaseView, *, counts: bool = True) -> Change:
        return entry_of(self.event, counts=counts, redact=self._redact(view))

    def _redact(self, view: CaseView) -> Redact:
        return self.services.redactor(view.case.id).clean


def entry_of(event: PagerEvent, *, counts: bool, redact: Redact) -> Change:
    """The log entry of a PagerDuty event. counts: later events are compared with its time."""
    text = describe_event(event, redact=redact)
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
