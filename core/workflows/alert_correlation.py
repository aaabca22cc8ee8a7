"""Which case does an alert belong to, and is it news? One delivery, one unit of work.

- One occurrence is open per fingerprint. Repeats and HA twins change its counters only.
- One case is open per group of a receiver. An alert that fires in another open case stays there.
- Later states win by the source's time: an end before the newest start, and a start that an end
  already covers, are old news, whenever and however often they arrive.
- What a truncated notification leaves out may still fire: it lets no case go quiet.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from core.alerts.alert_titles import service_of_all, severity_of_all, title_of
from core.alerts.model import (
    Alert,
    AlertStatus,
    Delivery,
    DeliveryState,
    Notification,
    Occurrence,
    Source,
)
from core.alerts.notification import case_group, read_notification
from core.alerts.routing import labels_of
from core.cases.events import CaseView
from core.cases.lifecycle import (
    SYSTEM,
    Change,
    investigate,
    is_recent,
    open_case,
    reopen,
    settle,
)
from core.cases.occurrences import beginning, ending, seen_again, write_changes
from core.conversation.messages.channels import settle_in
from core.conversation.messages.outbox import publish_case
from core.errors import Conflict, UnparsableDelivery
from core.ids import new_id
from core.store import Unit
from core.workflows.incident_correlation import effect_of_event
from core.workflows.services import Services
from core.workflows.unreadable_deliveries import report_unreadable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from core.jobs.model import Job

# A peer may deliver "firing" as late as its flush lasts (group_interval, 5 min by default) after
# another one told of the end. Later than that, an old start is Prometheus coming back from an
# outage: Alertmanager had ended its alerts, and they fire on with the start they had.
LATE = timedelta(minutes=5)
TRIES = 3

Effect = Callable[[Unit], Awaitable[None]]


async def process_delivery(job: Job, *, services: Services) -> None:
    """Handler of `delivery.process`. Raises Conflict where others kept writing first."""
    async with services.store.reading() as unit:
        delivery = await unit.deliveries.get(str(job.payload["delivery_id"]))
    if delivery.state is DeliveryState.OVERSIZED:
        problem = delivery.problem or "larger than the limit for a delivery"
        await report_unreadable(job, delivery, problem=problem, services=services)
        return
    try:
        effect = EFFECTS[delivery.source](delivery, services=services)
    except UnparsableDelivery as error:
        await report_unreadable(job, delivery, problem=str(error), services=services)
        return
    for left in reversed(range(TRIES)):
        try:
            await _commit(job, delivery, effect, services=services)
        except Conflict:
            if not left:
                raise
        else:
            return


async def _commit(job: Job, delivery: Delivery, effect: Effect, *, services: Services) -> None:
    async with services.store.transaction() as unit:
        await effect(unit)
        now = services.clock.now()
        await unit.deliveries.mark(delivery.id, DeliveryState.DONE, at=now)
        await unit.jobs.done(job, at=now)


def effect_of_notification(delivery: Delivery, *, services: Services) -> Effect:
    """What an Alertmanager body does. Raises UnparsableDelivery."""
    notification = read_notification(delivery.body, received_at=delivery.received_at)
    # A replay shows what was missed, and counts nothing twice.
    counts = delivery.state is not DeliveryState.DONE

    async def place(unit: Unit) -> None:
        placing = Placing(unit=unit, services=services, at=delivery.received_at, counts=counts)
        await placing.place(notification)

    return place


async def settle_case(job: Job, *, services: Services) -> None:
    """Handler of `case.settle`: resolve the case if it stayed quiet and nobody spoke."""
    quiet_since = datetime.fromisoformat(str(job.payload["quiet_since"]))
    async with services.store.transaction() as unit:
        before = await unit.cases.view(str(job.payload["case_id"]), lock=True)
        view = await settle(unit, before, quiet_since=quiet_since, services=services)
        if view is not before:
            await publish_case(unit, view, services=services)
        await unit.jobs.done(job, at=services.clock.now())


@dataclass
class Placing:
    """One notification finding its place. `at`: when it was received, also in a replay."""

    unit: Unit
    services: Services
    at: datetime
    counts: bool
    views: dict[str, CaseView] = field(default_factory=dict)  # locked until the unit ends
    changes: dict[str, list[Change]] = field(default_factory=dict)
    updates: list[Occurrence] = field(default_factory=list)

    async def place(self, notification: Notification) -> None:
        """Write all that the notification changes. Raises Conflict."""
        group_key, alerts = case_group(notification), _newest(notification.alerts)
        open_one = await self.unit.cases.open_for_group(self._tenant_id, group_key)
        found = await self._open_among(alerts)
        involved = {one.case_id for one in found.values()} | ({open_one.id} if open_one else set())
        await self._hold_all(involved)
        own = self.views[open_one.id] if open_one else None
        fresh = await self._sort_out(alerts)
        await self.unit.occurrences.update_all(self.updates)
        if fresh:
            own = await self._case_for(notification, group_key, fresh, own)
            await self._begin(fresh, own.case.id, source=notification.source)
        if own is not None:
            self.changes.setdefault(own.case.id, [])
        for case_id in sorted(self.changes):
            await write_changes(
                self.unit,
                self.views[case_id],
                self.changes[case_id],
                all_known=notification.truncated == 0,
                by=notification.source,
                services=self.services,
            )

    @property
    def _tenant_id(self) -> str:
        return self.services.rules.tenant_id

    async def _hold_all(self, case_ids: Collection[str]) -> None:
        """Lock the cases, so that what is then read of their alerts stays true.

        In one order everywhere: groups that share alerts would otherwise wait for each other.
        """
        for case_id in sorted(set(case_ids) - self.views.keys()):
            self.views[case_id] = await self.unit.cases.view(case_id, lock=True)

    async def _open_among(self, alerts: Sequence[Alert]) -> dict[str, Occurrence]:
        fingerprints = [alert.fingerprint for alert in alerts]
        return await self.unit.occurrences.open_among(self._tenant_id, fingerprints)

    async def _sort_out(self, alerts: Sequence[Alert]) -> list[Alert]:
        """Those that begin to fire; what becomes of the others is noted."""
        open_ones = await self._open_among(alerts)
        while elsewhere := {one.case_id for one in open_ones.values()} - self.views.keys():
            await self._hold_all(elsewhere)  # begun since we looked
            open_ones = await self._open_among(alerts)
        unknown = [
            alert.fingerprint
            for alert in alerts
            if alert.status is AlertStatus.FIRING and alert.fingerprint not in open_ones
        ]
        last = await self.unit.occurrences.latest_among(self._tenant_id, unknown)
        return [
            alert
            for alert in alerts
            if self._is_news(alert, open_ones.get(alert.fingerprint), last.get(alert.fingerprint))
        ]

    def _is_news(
        self, alert: Alert, occurrence: Occurrence | None, last: Occurrence | None
    ) -> bool:
        """Does the alert begin to fire? What else it does to its open occurrence is noted."""
        if alert.status is AlertStatus.RESOLVED:
            ended_at = alert.ends_at or self.at
            if occurrence is not None and ended_at >= occurrence.latest_start:
                self._end(occurrence, ended_at, "resolved")
            return False
        if occurrence is None:
            return not self._is_over(alert, last)
        if self._outlived_its_case(occurrence, alert):
            self._end(occurrence, alert.starts_at, "fired again")
            return True
        if self.counts:
            self.updates.append(seen_again(occurrence, alert, at=self.at))
        return False

    def _is_over(self, alert: Alert, last: Occurrence | None) -> bool:
        """Does an end that we know cover this start?"""
        if last is None or last.ended_at is None or alert.starts_at > last.ended_at:
            return False
        return self.at <= last.ended_at + LATE

    def _outlived_its_case(self, occurrence: Occurrence, alert: Alert) -> bool:
        """Did it start anew after people had resolved the case that it was left open in?"""
        resolved_at = self.views[occurrence.case_id].case.resolved_at
        return resolved_at is not None and alert.starts_at > resolved_at

    def _end(self, occurrence: Occurrence, ended_at: datetime, reason: str) -> None:
        ended, change = ending(occurrence, ended_at=ended_at, reason=reason)
        self.updates.append(ended)
        self.changes.setdefault(occurrence.case_id, []).append(change)

    async def _begin(self, fresh: Sequence[Alert], case_id: str, *, source: Source) -> None:
        """Raises Conflict where another unit began one first: it is no news to this one then."""
        before = await self._fired_before(fresh, case_id)
        begun = [
            beginning(
                alert,
                case_id,
                source=source,
                again=alert.fingerprint in before,
                seen_at=self.at,
                services=self.services,
            )
            for alert in fresh
        ]
        await self.unit.occurrences.begin_all([occurrence for occurrence, _ in begun])
        self.changes.setdefault(case_id, []).extend(change for _, change in begun)

    async def _fired_before(self, fresh: Sequence[Alert], case_id: str) -> set[str]:
        """Fingerprints of this case so far; empty where none of `fresh` ever fired anywhere."""
        fingerprints = [alert.fingerprint for alert in fresh]
        if not await self.unit.occurrences.latest_among(self._tenant_id, fingerprints):
            return set()
        return {one.fingerprint for one in await self.unit.occurrences.of_case(case_id)}

    async def _case_for(
        self, notification: Notification, group_key: str, fresh: list[Alert], own: CaseView | None
    ) -> CaseView:
        """The group's open case, the one it had a short while ago, or a new one."""
        if own is not None and own.case.state.is_open:
            await investigate(self.unit, own, services=self.services)
            return own
        last = await self.unit.cases.latest_for_group(self._tenant_id, group_key)
        view = None
        if last is not None:
            await self._hold_all([last.id])
            view = self.views[last.id]
        if view is not None and is_recent(view, services=self.services):
            view = await reopen(self.unit, view, by=SYSTEM, services=self.services)
        else:
            view = await self._open(notification, group_key, fresh)
        self.views[view.case.id] = view
        return view

    async def _open(
        self, notification: Notification, group_key: str, fresh: list[Alert]
    ) -> CaseView:
        services = self.services
        case_id = new_id("case", clock=services.clock, chance=services.chance)
        redact = services.redactor(case_id).clean
        service = service_of_all(fresh)
        view = await open_case(
            self.unit,
            title=title_of(notification, fresh, redact=redact),
            severity=severity_of_all(fresh),
            service=redact(service).text if service else None,
            group_key=group_key,
            since=min(alert.starts_at for alert in fresh),
            actor=notification.source,
            services=services,
            case_id=case_id,
        )
        await settle_in(self.unit, view.case, labels_of(notification), services=services)
        return view


class _ToEffect(Protocol):
    """Reads a delivery of one source. Raises UnparsableDelivery."""

    def __call__(self, delivery: Delivery, *, services: Services) -> Effect: ...


EFFECTS: Mapping[Source, _ToEffect] = {
    Source.ALERTMANAGER: effect_of_notification,
    Source.PAGERDUTY: effect_of_event,
}


def _newest(alerts: Iterable[Alert]) -> list[Alert]:
    """Each fingerprint once, in one order everywhere, so that units meet instead of crossing."""
    return [alert for _, alert in sorted({alert.fingerprint: alert for alert in alerts}.items())]
