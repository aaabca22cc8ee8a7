"""Calls of language models in a table."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, case, cast, func, or_, select, text, type_coerce

from core.clock import EPOCH
from core.errors import NotFound
from core.investigation.model_calls import ModelCall, SpendingGroup, SpendingRow, Spent
from storage.database.repository import Repository
from storage.database.rows import read, values_of
from storage.database.tables import model_calls as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

DAY = 24 * 60 * 60 * 1_000_000  # microseconds
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class SqlModelCalls(Repository):
    """By id."""

    async def lock(self) -> None:
        if not self._work.is_sqlite:  # which has one writer at a time
            await self._work.execute(LOCK, {"name": f"model_calls:{self._tenant_id}"})

    async def add(self, call: ModelCall) -> None:
        self._refuse_strangers(call)
        await self._work.execute(table.insert().values(values_of(call)))

    async def get(self, call_id: str) -> ModelCall:
        rows = await self._work.execute(select(table).where(*self._at(call_id)))
        row = rows.mappings().first()
        if row is None:
            raise _no_call(call_id)
        return read(ModelCall, row)

    async def update(self, call: ModelCall) -> None:
        self._refuse_strangers(call)
        changed = await self._work.execute(
            table.update().where(*self._at(call.id)).values(values_of(call))
        )
        if not changed.rowcount:
            raise _no_call(call.id)

    async def spent(
        self,
        *,
        at: datetime,
        since: datetime | None = None,
        case_id: str | None = None,
        channel: str | None = None,
    ) -> Spent:
        counting = [self._mine(table), or_(table.c.is_settled, table.c.until > at)]
        if since is not None:
            counting.append(table.c.at >= since)
        if case_id is not None:
            counting.append(table.c.case_id == case_id)
        if channel is not None:
            counting.append(table.c.channel == channel)
        tokens = table.c.tokens_in + table.c.tokens_out
        sums = select(func.count(), _sum(tokens), _sum(table.c.cost)).where(and_(*counting))
        calls, tokens_sum, cost = (await self._work.execute(sums)).one()
        return Spent(calls=calls, tokens=tokens_sum, cost=cost)

    async def totals(self, group: SpendingGroup, *, since: datetime) -> list[SpendingRow]:
        key = _key_of(group)
        unpriced = case((table.c.is_priced, 0), else_=1)
        sums = [_sum(column) for column in (table.c.tokens_in, table.c.tokens_out, table.c.cost)]
        rows = await self._work.execute(
            select(key, func.count(), *sums, _sum(unpriced))
            .where(self._mine(table), table.c.is_settled, table.c.at >= since)
            .group_by(key)
            .order_by(key)
        )
        return [
            SpendingRow(
                key=_spelt(group, row[0]),
                calls=row[1],
                tokens_in=row[2],
                tokens_out=row[3],
                cost=row[4],
                unpriced=row[5],
            )
            for row in rows
        ]

    async def purge(self, *, before: datetime) -> int:
        old = table.delete().where(self._mine(table), table.c.at < before)
        return (await self._work.execute(old)).rowcount

    def _at(self, call_id: str) -> list[ColumnElement[bool]]:
        return [self._mine(table), table.c.id == call_id]


def _sum(column: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def _key_of(group: SpendingGroup) -> ColumnElement[Any]:
    match group:
        case SpendingGroup.DAY:
            return type_coerce(table.c.at, BigInteger) / text(str(DAY))
        case SpendingGroup.MODEL:
            return table.c.model
        case SpendingGroup.CASE:
            return func.coalesce(table.c.case_id, "")


def _spelt(group: SpendingGroup, key: Any) -> str:
    if group is not SpendingGroup.DAY:
        return str(key)
    return f"{EPOCH + timedelta(days=int(key)):%Y-%m-%d}"


def _no_call(call_id: str) -> NotFound:
    return NotFound(f"no call {call_id} of a model")
