"""What accounts asked over the API, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.conversation.messages.exchange import ApiExchange


@dataclass(frozen=True)
class MemoryExchanges:
    """By id; one a key of an account and a case."""

    tables: Tables

    async def add(self, exchange: ApiExchange) -> bool:
        refuse_strangers(self.tables.tenant_id, exchange)
        case_id = "" if exchange.opens else exchange.case_id
        if await self.of_key(exchange.account_id, case_id, exchange.key) is not None:
            return False
        self.tables.exchanges.add(exchange.id, exchange)
        return True

    async def get(self, exchange_id: str) -> ApiExchange:
        return self.tables.exchanges.require(exchange_id, "exchange")

    async def of_key(self, account_id: str, case_id: str, key: str) -> ApiExchange | None:
        wanted = (account_id, case_id, key)
        return next((known for known in self.tables.exchanges if _key(known) == wanted), None)

    async def update(self, exchange: ApiExchange) -> None:
        refuse_strangers(self.tables.tenant_id, exchange)
        await self.get(exchange.id)
        self.tables.exchanges.put(exchange.id, exchange)

    async def of_case(self, case_id: str) -> list[ApiExchange]:
        known = [
            exchange
            for exchange in self.tables.exchanges
            if exchange.case_id == case_id and not exchange.opens
        ]
        return sorted(known, key=lambda exchange: exchange.number)

    async def last_numbers(self, case_ids: Collection[str]) -> dict[str, int]:
        last = dict[str, int]()
        for exchange in self.tables.exchanges:
            if exchange.case_id in case_ids:
                last[exchange.case_id] = max(exchange.number, last.get(exchange.case_id, 0))
        return last


def _key(exchange: ApiExchange) -> tuple[str, str, str]:
    return exchange.account_id, "" if exchange.opens else exchange.case_id, exchange.key
