"""The events of a case, as scripts ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.test_operator import door, house, say, stopping
from tests.core.evidence.tables import damage_table_in
from tests.core.workflows.test_event_queries import API

if TYPE_CHECKING:
    from pathlib import Path

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


async def test_a_damaged_table_is_named_with_what_mends_it(
    door: httpx.AsyncClient, house: House, tmp_path: Path
) -> None:
    await say(door, "open orders get lost")
    await say(door, f"evidence {API}")
    await house.work()
    damage_table_in(tmp_path)
    answer = await door.get("/cases/1/events", params={"level": "error"})
    assert answer.status_code == 422, answer.text
    assert "the table of events of" in answer.json()["detail"]
    assert "evidence again" in answer.json()["next_step"]
    shown = await say(door, "errors last hour")
    assert "the table of events of" in str(shown)


async def test_what_cannot_be_understood_is_refused(door: httpx.AsyncClient) -> None:
    await say(door, "open orders get lost")
    for asked in ({"level": "awful"}, {"since": "lunch"}, {"limit": "0"}):
        answer = await door.get("/cases/1/events", params=asked)
        assert answer.is_client_error, asked
    assert (await door.get("/cases/7/events")).status_code == 404
    assert (await door.get(f"/cases/{10**30}/events")).status_code == 404
    assert (await door.get("/cases/1/events", headers={"Authorization": ""})).status_code == 401
