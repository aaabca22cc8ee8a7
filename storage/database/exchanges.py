"""What accounts asked over the API, in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from core.conversation.messages.exchange import ApiExchange
from core.errors import NotFound
from storage.database.repository import Repository
from storage.database.rows import insert_into, read, values_of
from storage.database.tables import exchanges

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement


class SqlExchanges(Repository):
    """By id; one a key of an account and a case."""

    async def add(self, exchange: ApiExchange) -> bool:
        self._refuse_strangers(exchange)
        insert = insert_into(self._work, exchanges).on_conflict_do_nothing()
        return bool((await self._work.execute(insert.values(_values(exchange)))).rowcount)

    async def get(self, exchange_id: str) -> ApiExchange:
        known = await self._list(exchanges.c.id == exchange_id)
        if not known:
            raise _no_exchange(exchange_id)
        return known[0]

    async def of_key(self, account_id: str, case_id: str, key: str) -> ApiExchange | None:
        known = await self._list(
            exchanges.c.account_id == account_id,
            exchanges.c.subject == case_id,
            exchanges.c.key == key,
        )
        return known[0] if known else None

    async def update(self, exchange: ApiExchange) -> None:
        self._refuse_strangers(exchange)
        mine = exchanges.update().where(self._mine(exchanges), exchanges.c.id == exchange.id)
        if not (await self._work.execute(mine.values(_values(exchange)))).rowcount:
            raise _no_exchange(exchange.id)

    async def of_case(self, case_id: str) -> list[ApiExchange]:
        return await self._list(exchanges.c.case_id == case_id, exchanges.c.number > 0)

    async def last_numbers(self, case_ids: Collection[str]) -> dict[str, int]:
        rows = await self._work.execute(
            select(exchanges.c.case_id, func.max(exchanges.c.number).label("last"))
            .where(self._mine(exchanges), exchanges.c.case_id.in_(sorted(case_ids)))
            .group_by(exchanges.c.case_id)
        )
        return {row["case_id"]: row["last"] for row in rows.mappings()}

    async def _list(self, *conditions: ColumnElement[bool]) -> list[ApiExchange]:
        wanted = select(exchanges).where(self._mine(exchanges), *conditions)
        rows = await self._work.execute(wanted.order_by(exchanges.c.number))
        return [read(ApiExchange, row) for row in rows.mappings()]


def _values(exchange: ApiExchange) -> dict[str, Any]:
    """subject: what its key holds for."""
    subject = "" if exchange.opens else exchange.case_id
    return {**values_of(exchange), "subject": subject}


def _no_exchange(exchange_id: str) -> NotFound:
    return NotFound(f"no exchange {exchange_id}")
