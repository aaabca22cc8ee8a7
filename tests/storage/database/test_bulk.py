from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.errors import Conflict
from storage.database import open_store
from tests.contracts.samples import CONTEXT, a_delivery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.database import SqlStore

pytestmark = pytest.mark.integration


@pytest.fixture(params=["sqlite_url", "fresh_postgres_url"])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    async with open_store(database_url) as store:
        yield store


async def test_what_is_inserted_in_bulk_is_read_back_the_same(store: SqlStore) -> None:
    many = [a_delivery(body=bytes([number]), problem="„x“ 日本" * 3) for number in range(200)]
    await store.journal([(delivery, None) for delivery in many])
    async with store.reading(CONTEXT) as unit:
        assert [await unit.deliveries.get(delivery.id) for delivery in many] == many


async def test_one_row_that_is_there_already_refuses_all(store: SqlStore) -> None:
    first, second = a_delivery(), a_delivery()
    await store.journal([(first, None)])
    with pytest.raises(Conflict):
        await store.journal([(second, None), (replace(first, body=b"other"), None)])
    async with store.reading(CONTEXT) as unit:
        assert (await unit.deliveries.get(first.id)).body == first.body
        assert len(await unit.deliveries.since(first.received_at)) == 1
