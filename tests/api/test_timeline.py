"""The timeline of a case, as scripts and the command line ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.test_operator import door, house, say, stopping
from tests.core.workflows.test_event_queries import API

if TYPE_CHECKING:
    import httpx

    from tests.fakes.chat import House

__all__ = ["door", "house", "stopping"]  # fixtures


async def test_the_timeline_of_a_case(door: httpx.AsyncClient, house: House) -> None:
    await say(door, "open orders get lost")
    await say(door, f"evidence {API}")
    await house.work()
    document = (await door.get("/cases/1/timeline")).json()
    errors = [entry for entry in document["entries"] if entry["kind"] == "error"]
    assert errors[0]["at"] == "2026-01-01T13:50:00Z"
    assert errors[0]["locus"]["line_start"] == 62
    assert {entry["lane"] for entry in document["entries"]} == {"people", "web"}
    early = (await door.get("/cases/1/timeline", params={"at": "2026-01-01T13:00:00Z"})).json()
    assert {entry["lane"] for entry in early["entries"]} == {"people"}


async def test_it_is_a_picture_too(door: httpx.AsyncClient, house: House) -> None:
    await say(door, "open orders get lost")
    await say(door, f"evidence {API}")
    await house.work()
    answer = await door.get("/cases/1/timeline/picture", params={"form": "svg"})
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert b"order lost" in answer.content


async def test_what_is_not_there_is_refused(door: httpx.AsyncClient) -> None:
    assert (await door.get("/cases/7/timeline")).status_code == 404
    assert (await door.get("/cases/7/timeline/picture")).status_code == 404
    assert (await door.get("/cases/7/timeline", headers={"Authorization": ""})).status_code == 401
    answer = await door.get("/cases/7/timeline/picture", params={"form": "gif"})
    assert answer.is_client_error
