"""Deliveries in, jobs done, cases out: the whole of `core.alerts` on a store in memory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.alerts.model import AlertSource
from core.alerts.notification import fingerprint_of
from core.clock import wire_time
from core.jobs.kinds import CASE_SETTLE, DELIVERY_PROCESS
from core.jobs.model import Audience, Job
from core.workflows.alert_correlation import settle_case
from core.workflows.delivery_batches import process_delivery
from core.workflows.delivery_intake import DeliveryBody, Journal, accept
from core.workflows.services import Services
from storage.memory import MemoryJobs, MemoryStore
from tests.fakes.clock import SetClock
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.alerts.model import Delivery, Occurrence
    from core.cases.events import CaseEvent
    from core.cases.model import Case
    from core.conversation.cards.card import Card

RECORDINGS = Path(__file__).parents[2] / "recordings" / "alertmanager"
START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NEVER = "0001-01-01T00:00:00Z"
HANDLERS = {DELIVERY_PROCESS.name: process_delivery, CASE_SETTLE.name: settle_case}


def recorded(name: str) -> bytes:
    """A body as Alertmanager delivered it."""
    return (RECORDINGS / f"{name}.json").read_bytes()


def body_of(content: bytes) -> DeliveryBody:
    return DeliveryBody(kept=content, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def an_alert(
    name: str = "HighErrorRate",
    *,
    starts_at: datetime = START,
    ended_at: datetime | None = None,
    annotations: Mapping[str, str] | None = None,
    **labels: str,
) -> dict[str, Any]:
    """One alert of a body, firing unless it has ended."""
    all_labels = {"alertname": name, "service": "checkout", **labels}
    return {
        "status": "resolved" if ended_at else "firing",
        "labels": all_labels,
        "annotations": dict(annotations or {}),
        "startsAt": wire_time(starts_at),
        "endsAt": wire_time(ended_at) if ended_at else NEVER,
        "fingerprint": fingerprint_of(all_labels),
    }


def a_body(*alerts: dict[str, Any], group: str = "checkout", truncated: int = 0) -> bytes:
    """A body of these alerts in one group, with the top-level status that Alertmanager gives it."""
    fires = any(alert["status"] == "firing" for alert in alerts)
    content = {
        "version": "4",
        "receiver": "faultmaven",
        "groupKey": f'{{}}:{{group="{group}"}}',
        "status": "firing" if fires else "resolved",
        "alerts": alerts,
        "truncatedAlerts": truncated,
    }
    return json.dumps(content).encode()


@dataclass
class AlertDesk:
    """Takes deliveries and does the jobs they cause, in order, on a clock that tests move."""

    services: Services = field(
        default_factory=lambda: memory_services(
            store=MemoryStore(), clock=SetClock(START + timedelta(minutes=1))
        )
    )

    @property
    def clock(self) -> SetClock:
        assert isinstance(self.services.clock, SetClock)
        return self.services.clock

    async def journal(
        self, content: bytes, *, source: AlertSource = AlertSource.ALERTMANAGER, name: str = ""
    ) -> Delivery:
        """Take it in, and leave its job for later."""
        return await accept(
            body_of(content),
            source=source,
            name=name,
            journal=Journal(self.services.store),
            services=self.services,
        )

    async def page(self, content: bytes, *, name: str = "") -> Delivery:
        """Take in what PagerDuty sends, and do everything that may be done now."""
        return await self.deliver(content, source=AlertSource.PAGERDUTY, name=name)

    async def deliver(
        self, content: bytes, *, source: AlertSource = AlertSource.ALERTMANAGER, name: str = ""
    ) -> Delivery:
        """Take it in and do everything that may be done now."""
        delivery = await self.journal(content, source=source, name=name)
        await self.work()
        return await self.delivery(delivery.id)

    async def work(self) -> int:
        """Do each job of ours that is due; says how many there were."""
        done = 0
        while job := await self.claim():
            if job.kind in HANDLERS:
                await HANDLERS[job.kind](job, services=self.services)
            await self._jobs.finish(job, at=self.clock.now())
            done += 1
        return done

    async def claim(self) -> Job | None:
        """The next job that is due, leased to us."""
        return await self._jobs.claim(
            tuple(Audience), owner="desk", at=self.clock.now(), lease=timedelta(minutes=1)
        )

    async def delivery(self, delivery_id: str) -> Delivery:
        async with self.services.reading() as unit:
            return await unit.deliveries.get(delivery_id)

    async def cases(self) -> list[Case]:
        """Oldest first."""
        async with self.services.reading() as unit:
            listing = await unit.cases.listing()
        return list(reversed(listing))

    async def case(self) -> Case:
        """The only one."""
        (only,) = await self.cases()
        return only

    async def events(self, case: Case) -> list[CaseEvent]:
        async with self.services.reading() as unit:
            return await unit.cases.events(case.id)

    async def kinds(self, case: Case) -> list[str]:
        return [event.kind.value for event in await self.events(case)]

    async def occurrences(self, case: Case) -> list[Occurrence]:
        async with self.services.reading() as unit:
            return await unit.occurrences.of_case(case.id)

    def queued_cards(self) -> list[Card]:
        """Every version of every card that was queued."""
        assert isinstance(self.services.store, MemoryStore)
        return [queued.card for queued in self.services.store.committed.outbound]

    @property
    def _jobs(self) -> MemoryJobs:
        assert isinstance(self.services.store, MemoryStore)
        return MemoryJobs(self.services.store)
