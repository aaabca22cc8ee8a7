"""Finds the case of each alert, and whether it is news; all notifications of a unit at once.

- One occurrence is open per fingerprint. Repeats and HA twins change its counters only.
- One case is open per group of a receiver. An alert that fires in another open case stays there.
- Later states win by the source's time: an end before the newest start, and a start that an end
  already covers, are old news, whenever and however often they arrive.
- What a truncated notification leaves out may still fire: it lets no case go quiet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from core.alerts.model import (
    Alert,
    AlertStatus,
    DeliveryState,
    Notification,
    Occurrence,
    Redact,
    labels_of,
    service_name,
    service_of_all,
    severity_of_all,
    title_of,
)
from core.alerts.notification import case_group, read_notification
from core.cases.lifecycle import (
    SYSTEM,
    Change,
    beginning,
    ending,
    follow_up,
    is_recent,
    open_case,
    reopen,
    settle,
    write_changes,
)
from core.cases.projection import CaseView
from core.conversation.messages.channels import bind_routed_channels
from core.conversation.messages.news import queue_turning_points
from core.jobs.kinds import CASE_SETTLE
from core.text.sentences import sentences
from core.workflows.services import Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from core.alerts.model import Delivery
    from core.jobs.model import Job
    from core.workflows.services import Services

say = sentences("workflows.alert_correlation")

# A peer may deliver "firing" as late as its flush lasts (group_interval, 5 min by default) after
# another one told of the end. Later than that, an old start is Prometheus coming back from an
# outage: Alertmanager had ended its alerts, and they fire on with the start they had.
LATE = timedelta(minutes=5)


async def settle_case(job: Job, *, services: Services) -> None:
    """Handler of `case.settle`: resolve the case if it stayed quiet and nobody spoke."""
    payload = CASE_SETTLE.read(job)
    async with services.unit() as unit:
        before = await unit.cases.view(payload.case_id, lock=True)
        await settle(unit, before, quiet_since=payload.quiet_since)
        await unit.jobs.done(job, at=services.clock.now())


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One notification as it came. `at`: when it was received, also in a replay.

    counts: False in a replay, which shows what was missed and counts nothing twice.
    """

    notification: Notification
    alerts: Sequence[Alert]  # each fingerprint once
    at: datetime
    counts: bool


def arrival_of(delivery: Delivery) -> Arrival:
    """What Alertmanager says in a delivery. Raises UnparsableDelivery."""
    notification = read_notification(delivery.body, received_at=delivery.received_at)
    return Arrival(
        notification=notification,
        alerts=_newest(notification.alerts),
        at=delivery.received_at,
        counts=delivery.state is not DeliveryState.DONE,
    )


@dataclass
class NotificationProcessor:
    """Notifications of one group finding their place: all is read first, and written last.

    `firing` and `ended` are what is known of the alerts, by fingerprint; `begun` and `updates` what
    is to be written of them, by id.
    """

    unit: Unit
    views: dict[str, CaseView] = field(default_factory=dict)  # locked until the unit ends
    before: dict[str, CaseView] = field(default_factory=dict)  # as the unit met them
    firing: dict[str, Occurrence] = field(default_factory=dict)
    ended: dict[str, Occurrence] = field(default_factory=dict)
    begun: dict[str, Occurrence] = field(default_factory=dict)
    updates: dict[str, Occurrence] = field(default_factory=dict)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    turns: set[str] = field(default_factory=set)  # cases whose next turn is planned
    redactors: dict[str, Redact] = field(default_factory=dict)

    async def place(self, arrivals: Sequence[Arrival]) -> None:
        """Write all that the notifications change, in their order. Raises Conflict."""
        group_key = case_group(arrivals[0].notification)
        own = await self._look(
            group_key, [alert for arrival in arrivals for alert in arrival.alerts]
        )
        for arrival in arrivals:
            fresh = [alert for alert in arrival.alerts if self._is_news(alert, arrival)]
            if fresh:
                own = await self._case_for(arrival.notification, group_key, fresh, own)
                await self._begin(fresh, own.case.id, arrival)
        if own is not None:
            self.changes.setdefault(own.case.id, [])
        await self._write(arrivals[-1].notification)

    async def _write(self, last: Notification) -> None:
        """Raises Conflict where another unit began an alert first: it is no news to this one."""
        await self.unit.occurrences.update_all([*self.updates.values()])
        await self.unit.occurrences.begin_all([*self.begun.values()])
        for case_id in sorted(self.changes):
            view = await write_changes(
                self.unit,
                self.views[case_id],
                self.changes[case_id],
                all_known=last.truncated == 0,
                by=last.source,
            )
            if case_id in self.before:  # else it has just been opened
                await queue_turning_points(self.unit, self.before[case_id], view)

    async def _look(self, group_key: str, alerts: Sequence[Alert]) -> CaseView | None:
        """Learn what is known of the alerts; the group's open case, where it has one."""
        open_one = await self.unit.cases.open_for_group(group_key)
        still_open = await self._open_among(alerts)
        involved = {occurrence.case_id for occurrence in still_open.values()} | (
            {open_one.id} if open_one else set()
        )
        while involved - self.views.keys():  # the second time: begun since we looked
            await self._hold_all(involved)
            still_open = await self._open_among(alerts)
            involved = {occurrence.case_id for occurrence in still_open.values()}
        unknown = {
            alert.fingerprint
            for alert in alerts
            if alert.status is AlertStatus.FIRING and alert.fingerprint not in still_open
        }
        self.firing = dict(still_open)
        self.ended = await self.unit.occurrences.latest_among(unknown)
        return self.views[open_one.id] if open_one else None

    async def _hold_all(self, case_ids: Collection[str]) -> None:
        """Lock the cases, so that what is then read of their alerts stays true.

        In one order everywhere: groups that share alerts would otherwise wait for each other.
        """
        for case_id in sorted(set(case_ids) - self.views.keys()):
            self.views[case_id] = await self.unit.cases.view(case_id, lock=True)
            self.before[case_id] = self.views[case_id]

    async def _open_among(self, alerts: Sequence[Alert]) -> dict[str, Occurrence]:
        return await self.unit.occurrences.open_among({alert.fingerprint for alert in alerts})

    def _is_news(self, alert: Alert, arrival: Arrival) -> bool:
        """Whether the alert begins to fire; other changes of its open occurrence are noted."""
        occurrence = self.firing.get(alert.fingerprint)
        if alert.status is AlertStatus.RESOLVED:
            ended_at = alert.ends_at or arrival.at
            if occurrence is not None and ended_at >= occurrence.latest_start:
                self._end(occurrence, ended_at, "resolved")
            return False
        if occurrence is None:
            return not self._is_over(alert, at=arrival.at)
        if self._outlived_its_case(occurrence, alert):
            self._end(occurrence, alert.starts_at, say("fired_again").text)
            return True
        if arrival.counts:
            self._note(seen_again(occurrence, alert, at=arrival.at))
        return False

    def _is_over(self, alert: Alert, *, at: datetime) -> bool:
        """Whether an end that was already recorded covers this start."""
        last = self.ended.get(alert.fingerprint)
        if last is None or last.ended_at is None or alert.starts_at > last.ended_at:
            return False
        return at <= last.ended_at + LATE

    def _outlived_its_case(self, occurrence: Occurrence, alert: Alert) -> bool:
        """Whether it started anew after people resolved the case in which it was left open."""
        resolved_at = self.views[occurrence.case_id].case.resolved_at
        return resolved_at is not None and alert.starts_at > resolved_at

    def _end(self, occurrence: Occurrence, ended_at: datetime, reason: str) -> None:
        ended, change = ending(occurrence, ended_at=ended_at, reason=reason)
        self._note(ended)
        del self.firing[ended.fingerprint]
        self.ended[ended.fingerprint] = ended
        self.changes.setdefault(occurrence.case_id, []).append(change)

    def _note(self, occurrence: Occurrence) -> None:
        """What is to be written of an alert that fired before."""
        self.firing[occurrence.fingerprint] = occurrence
        kept = self.begun if occurrence.id in self.begun else self.updates
        kept[occurrence.id] = occurrence

    async def _begin(self, fresh: Sequence[Alert], case_id: str, arrival: Arrival) -> None:
        before = await self._fired_before(fresh, case_id)
        for alert in fresh:
            occurrence, change = beginning(
                self.unit,
                alert,
                case_id,
                source=arrival.notification.source,
                again=alert.fingerprint in before,
                seen_at=arrival.at,
                redact=self._redact(case_id),
            )
            self.begun[occurrence.id] = self.firing[alert.fingerprint] = occurrence
            self.changes.setdefault(case_id, []).append(change)
            await asyncio.sleep(0)  # redaction takes time, and others want the loop

    def _redact(self, case_id: str) -> Redact:
        """Each text once: alerts of a group say much alike."""
        if case_id not in self.redactors:
            self.redactors[case_id] = cache(self.unit.redactor(case_id).clean)
        return self.redactors[case_id]

    async def _fired_before(self, fresh: Sequence[Alert], case_id: str) -> set[str]:
        """Fingerprints of this case so far; empty where none of `fresh` ever fired anywhere."""
        if not any(alert.fingerprint in self.ended for alert in fresh):
            return set()
        stored = await self.unit.occurrences.of_case(case_id)
        return {
            occurrence.fingerprint
            for occurrence in (*stored, *self.begun.values())
            if occurrence.case_id == case_id
        }

    async def _case_for(
        self, notification: Notification, group_key: str, fresh: list[Alert], own: CaseView | None
    ) -> CaseView:
        """The group's open case, the one it had a short while ago, or a new one."""
        if own is not None and own.case.state.is_open:
            if own.case.id not in self.turns:
                await follow_up(self.unit, own)
                self.turns.add(own.case.id)
            return own
        last = await self.unit.cases.latest_for_group(group_key)
        view = None
        if last is not None:
            await self._hold_all([last.id])
            view = self.views[last.id]
        if view is not None and is_recent(self.unit, view):
            view = await reopen(self.unit, view, by=SYSTEM)
        else:
            view = await self._open(notification, group_key, fresh)
        self.views[view.case.id] = view
        self.turns.add(view.case.id)
        return view

    async def _open(
        self, notification: Notification, group_key: str, fresh: list[Alert]
    ) -> CaseView:
        case_id = self.unit.new_id("case")
        redact = self._redact(case_id)
        service = service_of_all(fresh)
        view = await open_case(
            self.unit,
            title=title_of(notification, fresh, redact=redact),
            severity=severity_of_all(fresh),
            service=service_name(service, redact=redact),
            group_key=group_key,
            since=min(alert.starts_at for alert in fresh),
            actor=notification.source,
            case_id=case_id,
        )
        await bind_routed_channels(self.unit, view.case, labels_of(notification))
        return view


def _newest(alerts: Iterable[Alert]) -> list[Alert]:
    """Each fingerprint once, in one order everywhere, so that units meet instead of crossing."""
    return [alert for _, alert in sorted({alert.fingerprint: alert for alert in alerts}.items())]


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
