"""Deliveries and occurrences in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.alerts.model import (
    VARYING,
    AlertSource,
    CaseAlert,
    Delivery,
    DeliveryState,
    Occurrence,
)
from core.errors import Conflict
from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime


@dataclass(frozen=True)
class MemoryDeliveries:
    """The journal."""

    tables: Tables

    async def add(self, delivery: Delivery) -> None:
        refuse_strangers(self.tables.tenant_id, delivery)
        self.tables.deliveries.add(delivery.id, delivery)

    async def get(self, delivery_id: str) -> Delivery:
        return self.tables.deliveries.require(delivery_id, "delivery")

    async def get_all(self, delivery_ids: Sequence[str]) -> list[Delivery]:
        return [await self.get(delivery_id) for delivery_id in delivery_ids]

    async def mark(
        self, delivery_id: str, state: DeliveryState, *, at: datetime, problem: str | None = None
    ) -> None:
        delivery = await self.get(delivery_id)
        self.tables.deliveries.put(
            delivery_id, replace(delivery, state=state, processed_at=at, problem=problem)
        )

    async def mark_all(
        self, delivery_ids: Sequence[str], state: DeliveryState, *, at: datetime
    ) -> None:
        for delivery_id in delivery_ids:
            await self.mark(delivery_id, state, at=at)

    async def since(self, moment: datetime) -> list[str]:
        return [
            delivery.id for delivery in self.tables.deliveries if delivery.received_at >= moment
        ]

    async def of_group(self, source: AlertSource, group: str, *, since: datetime) -> list[Delivery]:
        return [
            delivery
            for delivery in self.tables.deliveries
            if (delivery.source, delivery.group) == (source, group)
            and delivery.received_at >= since
        ]

    async def count(self, state: DeliveryState, *, since: datetime | None = None) -> int:
        return sum(
            delivery.state is state and (since is None or delivery.received_at >= since)
            for delivery in self.tables.deliveries
        )

    async def purge(self, *, before: datetime) -> int:
        old = [
            delivery.id
            for delivery in self.tables.deliveries
            if delivery.state is not DeliveryState.PENDING and delivery.received_at < before
        ]
        for delivery_id in old:
            self.tables.deliveries.remove(delivery_id)
        self._forget_keys(set(old))
        return len(old)

    async def claim_keys(
        self, source: AlertSource, keys: Collection[str], *, delivery_id: str
    ) -> bool:
        wanted = [(source, key) for key in keys]
        carriers = [self.tables.delivery_keys.get(key) for key in wanted]
        if any(carrier not in (None, delivery_id) for carrier in carriers):
            return False
        for key in wanted:
            self.tables.delivery_keys.put(key, delivery_id)
        return True

    def _forget_keys(self, delivery_ids: set[str]) -> None:
        orphaned = [
            key for key, carrier in self.tables.delivery_keys.items() if carrier in delivery_ids
        ]
        for key in orphaned:
            self.tables.delivery_keys.remove(key)


@dataclass(frozen=True)
class MemoryOccurrences:
    """Alerts as they fire and end."""

    tables: Tables

    async def begin(self, occurrence: Occurrence) -> bool:
        refuse_strangers(self.tables.tenant_id, occurrence)
        if occurrence.firing and self._open_like(occurrence):
            return False
        self.tables.occurrences.add(occurrence.id, occurrence)
        return True

    async def latest_of(self, fingerprint: str) -> Occurrence | None:
        return next(reversed(self._of(fingerprint)), None)

    async def update(self, occurrence: Occurrence) -> None:
        refuse_strangers(self.tables.tenant_id, occurrence)
        self.tables.occurrences.require(occurrence.id, "occurrence")
        if occurrence.firing and self._open_like(occurrence) not in (None, occurrence.id):
            self.tables.refuse(f"another occurrence of {occurrence.fingerprint} is open")
        self.tables.occurrences.put(occurrence.id, occurrence)

    async def open_among(self, fingerprints: Collection[str]) -> dict[str, Occurrence]:
        return {
            occurrence.fingerprint: occurrence
            for occurrence in self.tables.occurrences
            if occurrence.firing and occurrence.fingerprint in fingerprints
        }

    async def latest_among(self, fingerprints: Collection[str]) -> dict[str, Occurrence]:
        return {
            occurrence.fingerprint: occurrence
            for occurrence in self.tables.occurrences
            if occurrence.fingerprint in fingerprints
        }

    async def begin_all(self, begun: Sequence[Occurrence]) -> None:
        for occurrence in begun:
            if not await self.begin(occurrence):
                message = f"an occurrence of {occurrence.fingerprint} is open"
                raise Conflict(message)

    async def update_all(self, changed: Sequence[Occurrence]) -> None:
        refuse_strangers(self.tables.tenant_id, *changed)
        for occurrence in changed:
            stored = self.tables.occurrences.require(occurrence.id, "occurrence")
            varied = {name: getattr(occurrence, name) for name in VARYING}
            await self.update(replace(stored, **varied))

    async def of_case(self, case_id: str) -> list[Occurrence]:
        return [
            occurrence for occurrence in self.tables.occurrences if occurrence.case_id == case_id
        ]

    async def alerts_of(self, case_ids: Collection[str]) -> list[CaseAlert]:
        alerts = [
            CaseAlert(case_id=each.case_id, name=each.name, service=each.service, at=each.starts_at)
            for each in self.tables.occurrences
            if each.case_id in case_ids
        ]
        return sorted(alerts, key=lambda alert: alert.at)

    async def firing_in(self, case_id: str) -> list[Occurrence]:
        return [occurrence for occurrence in await self.of_case(case_id) if occurrence.firing]

    async def all_open(self) -> list[Occurrence]:
        return [occurrence for occurrence in self.tables.occurrences if occurrence.firing]

    def _of(self, fingerprint: str) -> list[Occurrence]:
        return [
            occurrence
            for occurrence in self.tables.occurrences
            if occurrence.fingerprint == fingerprint
        ]

    def _open_like(self, occurrence: Occurrence) -> str | None:
        key = (occurrence.source, occurrence.fingerprint)
        return next(
            (
                row.id
                for row in self.tables.occurrences
                if row.firing and (row.source, row.fingerprint) == key
            ),
            None,
        )
