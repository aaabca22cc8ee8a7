"""What no port shows: everybody who was met has one user, and nobody has two."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage.database import open_store
from storage.database.tables import users
from tests.contracts.samples import CONTEXT, an_identity

pytestmark = pytest.mark.integration


async def test_an_identity_that_is_met_again_makes_no_second_user(sqlite_url: str) -> None:
    first, again = an_identity(), an_identity()
    async with open_store(sqlite_url) as store:
        for identity in (first, again, first):
            async with store.unit(CONTEXT) as unit:
                await unit.people.meet(identity)
        async with store.database.reading() as work:
            rows = [dict(row) for row in (await work.execute(select(users))).mappings()]
    expected = {
        "id": first.user_id,
        "tenant_id": first.tenant_id,
        "name": first.profile.name,
        "created_at": first.met_at,
    }
    assert rows == [expected]
