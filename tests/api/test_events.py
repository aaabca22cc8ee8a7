"""The events of a case, as scripts ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.test_operator import door, house, say, stopping
from tests.core.workflows.test_event_queries import API

if TYPE_CHECKING:
    import httpx

    from tests.fakes.chat import House

__all__ = ["door", "house", "stopping"]  # fixtures


async def test_events_of_a_case(door: httpx.AsyncClient, house: House) -> None:
    await say(door, "open orders get lost")
    await say(door, f"evidence {API}")
    await house.work()
    answer = await door.get("/cases/1/events", params={"level": "error", "since": "1h"})
    document = answer.json()
    assert (document["total"], document["counted_from"]) == (2, "newest event")
    assert document["events"][0]["locus"]["line_start"] == 63


async def test_what_cannot_be_understood_is_refused(door: httpx.AsyncClient) -> None:
    await say(door, "open orders get lost")
    for asked in ({"level": "awful"}, {"since": "lunch"}, {"limit": "0"}):
        answer = await door.get("/cases/1/events", params=asked)
        assert answer.is_client_error, asked
    assert (await door.get("/cases/7/events")).status_code == 404
    assert (await door.get(f"/cases/{10**30}/events")).status_code == 404
    assert (await door.get("/cases/1/events", headers={"Authorization": ""})).status_code == 401
