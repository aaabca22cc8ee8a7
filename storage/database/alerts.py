"""Deliveries and occurrences in tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, text, update

from core.alerts.model import (
    VARYING,
    AlertSource,
    CaseAlert,
    Delivery,
    DeliveryState,
    Occurrence,
)
from core.errors import NotFound
from storage.database.bulk import insert_all
from storage.database.repository import Repository
from storage.database.rows import asked, insert_into, read, read_each, values_of
from storage.database.tables import STILL_FIRES, deliveries, delivery_keys, occurrences

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from storage.database.engine import Work

AT_ONCE = 500  # values in one IN (…): far below what both databases and their drivers take


class SqlDeliveries(Repository):
    """The journal."""

    async def add(self, delivery: Delivery) -> None:
        self._refuse_strangers(delivery)
        await add_deliveries(self._work, [delivery])

    async def get(self, delivery_id: str) -> Delivery:
        rows = await self._work.execute(DELIVERY, self._of(id=delivery_id))
        row = rows.mappings().first()
        if row is None:
            message = f"no delivery {delivery_id}"
            raise NotFound(message)
        return read(Delivery, row)

    async def get_all(self, delivery_ids: Sequence[str]) -> list[Delivery]:
        deliveries_: dict[str, Delivery] = {}
        for start in range(0, len(delivery_ids), AT_ONCE):
            some = self._of(ids=delivery_ids[start : start + AT_ONCE])
            rows = await self._work.execute(DELIVERIES, some)
            deliveries_ |= {row["id"]: read(Delivery, row) for row in rows.mappings()}
        _need(delivery_ids, deliveries_)
        return [deliveries_[delivery_id] for delivery_id in delivery_ids]

    async def mark(
        self, delivery_id: str, state: DeliveryState, *, at: datetime, problem: str | None = None
    ) -> None:
        marked = await self._work.execute(
            update(deliveries)
            .where(self._mine(deliveries), deliveries.c.id == delivery_id)
            .values(state=state, processed_at=at, problem=problem)
        )
        if not marked.rowcount:
            message = f"no delivery {delivery_id}"
            raise NotFound(message)

    async def mark_all(
        self, delivery_ids: Sequence[str], state: DeliveryState, *, at: datetime
    ) -> None:
        marked: set[str] = set()
        for start in range(0, len(delivery_ids), AT_ONCE):
            some = self._of(ids=delivery_ids[start : start + AT_ONCE])
            rows = await self._work.execute(MARK_ALL, some | {"to": state, "at": at})
            marked.update(rows.scalars())
        _need(delivery_ids, marked)

    async def since(self, moment: datetime) -> list[str]:
        rows = await self._work.execute(
            select(deliveries.c.id)
            .where(self._mine(deliveries), deliveries.c.received_at >= moment)
            .order_by(deliveries.c.seq)
        )
        return list(rows.scalars())

    async def of_group(self, source: AlertSource, group: str, *, since: datetime) -> list[Delivery]:
        rows = await self._work.execute(
            select(deliveries)
            .where(
                self._mine(deliveries),
                deliveries.c.source == source,
                deliveries.c.group == group,
                deliveries.c.received_at >= since,
            )
            .order_by(deliveries.c.seq)
        )
        return [read(Delivery, row) for row in rows.mappings()]

    async def count(self, state: DeliveryState, *, since: datetime | None = None) -> int:
        # Written out, so that SQLite knows that its partial index holds all of these.
        of_state = text(f"state = '{state.value}'")
        query = select(func.count()).where(self._mine(deliveries), of_state)
        if since is not None:
            query = query.where(deliveries.c.received_at >= since)
        count: int = (await self._work.execute(query)).scalar_one()
        return count

    async def purge(self, *, before: datetime) -> int:
        purged = await self._work.execute(
            delete(deliveries).where(
                self._mine(deliveries),
                deliveries.c.received_at < before,
                deliveries.c.state != DeliveryState.PENDING,
            )
        )
        return purged.rowcount  # their keys go with them, by the foreign key

    async def claim_keys(
        self, source: AlertSource, keys: Collection[str], *, delivery_id: str
    ) -> bool:
        # Sorted, so that two that carry the same keys wait for each other in one order only.
        wanted = sorted(set(keys))
        if not wanted:
            return True
        insert = insert_into(self._work, delivery_keys).on_conflict_do_nothing(
            index_elements=["tenant_id", "source", "key"]
        )
        carrier = {"source": source, "delivery_id": delivery_id}
        rows = [{"tenant_id": self._tenant_id, "key": key, **carrier} for key in wanted]
        stored = await self._work.execute(insert.values(rows).returning(delivery_keys.c.key))
        added = list(stored.scalars())
        ours = [self._mine(delivery_keys), *_keys(source, delivery_id)]
        carried = select(func.count()).select_from(delivery_keys)
        count = await self._work.execute(carried.where(*ours, delivery_keys.c.key.in_(wanted)))
        if count.scalar_one() == len(wanted):
            return True
        await self._work.execute(delete(delivery_keys).where(*ours, delivery_keys.c.key.in_(added)))
        return False


OF_TENANT = asked(deliveries.c.tenant_id)
AMONG_IDS = deliveries.c.id.in_(bindparam("of_ids", expanding=True, type_=deliveries.c.id.type))
DELIVERY = select(deliveries).where(OF_TENANT, asked(deliveries.c.id))
DELIVERIES = select(deliveries).where(OF_TENANT, AMONG_IDS)
MARK_ALL = (
    update(deliveries)
    .where(OF_TENANT, AMONG_IDS)
    .values(
        state=bindparam("to", type_=deliveries.c.state.type),
        processed_at=bindparam("at", type_=deliveries.c.processed_at.type),
    )
    .returning(deliveries.c.id)
)


def _need(delivery_ids: Sequence[str], known: Collection[str]) -> None:
    """Raises NotFound."""
    for delivery_id in delivery_ids:
        if delivery_id not in known:
            message = f"no delivery {delivery_id}"
            raise NotFound(message)


def _keys(source: AlertSource, delivery_id: str) -> list[ColumnElement[bool]]:
    return [delivery_keys.c.source == source, delivery_keys.c.delivery_id == delivery_id]


async def add_deliveries(work: Work, added: Sequence[Delivery]) -> None:
    """Many at once, of any tenants."""
    await insert_all(work, deliveries, added)


# Made once, as each batch of deliveries runs them.
OLDEST_FIRST = select(occurrences).where(asked(occurrences.c.tenant_id)).order_by(occurrences.c.seq)
OF_CASE = OLDEST_FIRST.where(asked(occurrences.c.case_id))
OF_CASES = (
    select(
        occurrences.c.case_id,
        occurrences.c.name,
        occurrences.c.service,
        occurrences.c.starts_at.label("at"),
    )
    .where(
        asked(occurrences.c.tenant_id),
        occurrences.c.case_id.in_(
            bindparam("of_cases", expanding=True, type_=occurrences.c.case_id.type)
        ),
    )
    .order_by(occurrences.c.seq)
)
FIRING_IN = OF_CASE.where(occurrences.c.ended_at.is_(None))
AMONG = OLDEST_FIRST.where(
    occurrences.c.fingerprint.in_(
        bindparam("of_fingerprints", expanding=True, type_=occurrences.c.fingerprint.type)
    )
)
OPEN_AMONG = AMONG.where(occurrences.c.ended_at.is_(None))
NEWER = occurrences.alias("newer")
NEWEST = select(func.max(NEWER.c.seq)).where(
    NEWER.c.tenant_id == occurrences.c.tenant_id,
    NEWER.c.fingerprint == occurrences.c.fingerprint,
)
LATEST_AMONG = AMONG.where(occurrences.c.seq == NEWEST.scalar_subquery())
# The other columns are sealed, which costs more than to store them.
CHANGE = update(occurrences).where(asked(occurrences.c.tenant_id), asked(occurrences.c.id))


def varying_of(occurrence: Occurrence) -> dict[str, Any]:
    """The values that may have changed since it began."""
    return {name: getattr(occurrence, name) for name in VARYING}


class SqlOccurrences(Repository):
    """Alerts as they fire and end."""

    async def begin(self, occurrence: Occurrence) -> bool:
        self._refuse_strangers(occurrence)
        once = insert_into(self._work, occurrences).on_conflict_do_nothing(
            index_elements=["tenant_id", "source", "fingerprint"], index_where=text(STILL_FIRES)
        )
        stored = await self._work.execute(
            once.values(values_of(occurrence)).returning(occurrences.c.seq)
        )
        return stored.first() is not None

    async def latest_of(self, fingerprint: str) -> Occurrence | None:
        of_alert = self._of_alert(fingerprint).order_by(None)
        latest = of_alert.order_by(occurrences.c.seq.desc()).limit(1)
        return next(iter(await self._all(latest)), None)

    async def update(self, occurrence: Occurrence) -> None:
        self._refuse_strangers(occurrence)
        changed = await self._work.execute(
            update(occurrences)
            .where(self._mine(occurrences), occurrences.c.id == occurrence.id)
            .values(values_of(occurrence))
        )
        if not changed.rowcount:
            message = f"no occurrence {occurrence.id}"
            raise NotFound(message)

    async def open_among(self, fingerprints: Collection[str]) -> dict[str, Occurrence]:
        return await self._among(fingerprints, OPEN_AMONG)

    async def latest_among(self, fingerprints: Collection[str]) -> dict[str, Occurrence]:
        return await self._among(fingerprints, LATEST_AMONG)

    async def begin_all(self, begun: Sequence[Occurrence]) -> None:
        self._refuse_strangers(*begun)
        await insert_all(self._work, occurrences, begun)

    async def update_all(self, changed: Sequence[Occurrence]) -> None:
        if not changed:
            return
        self._refuse_strangers(*changed)
        rows = [self._of(id=occurrence.id) | varying_of(occurrence) for occurrence in changed]
        await self._work.execute(CHANGE, rows)

    async def of_case(self, case_id: str) -> list[Occurrence]:
        rows = await self._work.execute(OF_CASE, self._of(case_id=case_id))
        return [read(Occurrence, row) for row in rows.mappings()]

    async def alerts_of(self, case_ids: Collection[str]) -> list[CaseAlert]:
        wanted, alerts = sorted(case_ids), list[CaseAlert]()
        for start in range(0, len(wanted), AT_ONCE):
            some = self._of(cases=wanted[start : start + AT_ONCE])
            rows = await self._work.execute(OF_CASES, some)
            alerts += await read_each(rows.mappings(), partial(read, CaseAlert))
        return sorted(alerts, key=lambda alert: alert.at)

    async def firing_in(self, case_id: str) -> list[Occurrence]:
        rows = await self._work.execute(FIRING_IN, self._of(case_id=case_id))
        return [read(Occurrence, row) for row in rows.mappings()]

    async def all_open(self) -> list[Occurrence]:
        return await self._all(self._oldest_first().where(occurrences.c.ended_at.is_(None)))

    async def _among(
        self, fingerprints: Collection[str], query: Select[Any]
    ) -> dict[str, Occurrence]:
        wanted = sorted(fingerprints)
        latest: list[Occurrence] = []
        for start in range(0, len(wanted), AT_ONCE):
            some = self._of(fingerprints=wanted[start : start + AT_ONCE])
            rows = await self._work.execute(query, some)
            latest += [read(Occurrence, row) for row in rows.mappings()]
        return {occurrence.fingerprint: occurrence for occurrence in latest}

    async def _all(self, query: Select[Any]) -> list[Occurrence]:
        rows = await self._work.execute(query)
        return [read(Occurrence, row) for row in rows.mappings()]

    def _oldest_first(self) -> Select[Any]:
        return select(occurrences).where(self._mine(occurrences)).order_by(occurrences.c.seq)

    def _of_alert(self, fingerprint: str) -> Select[Any]:
        return self._oldest_first().where(occurrences.c.fingerprint == fingerprint)
