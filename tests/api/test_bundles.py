"""What the command line signs: the members of a case, and whose secret has to sign them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from core.cases.bundle.manifest import RECORDS, secret_mark
from tests.api.test_operator import door, house, say, stopping

if TYPE_CHECKING:
    import httpx

    from tests.fakes.chat import House

__all__ = ["door", "house", "stopping"]


async def test_members_of_a_case_with_the_mark_of_our_secret(
    door: httpx.AsyncClient, house: House
) -> None:
    await say(door, "open checkout is slow")
    answer = await door.get("/cases/1/bundle")
    assert answer.headers["X-FaultMaven-Secret"] == secret_mark(house.services.secret)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as members:
        assert set(members.namelist()) == set(RECORDS)


async def test_of_a_case_that_is_not_there_nothing(door: httpx.AsyncClient) -> None:
    assert (await door.get("/cases/7/bundle")).status_code == 404
