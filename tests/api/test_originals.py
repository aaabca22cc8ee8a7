"""Who has the operator's token gets originals as they came, and the case notes it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.test_operator import door, house, say, stopping

if TYPE_CHECKING:
    import httpx

__all__ = ["door", "house", "stopping"]


async def test_an_original_is_handed_out_as_it_came_and_noted_down(door: httpx.AsyncClient) -> None:
    await say(door, "open checkout is slow")
    body = b"password=hunter2\n" * 100_000
    await door.put("/cases/1/files", params={"name": "db.log"}, content=body)
    answer = await door.get("/cases/1/files/1")
    assert answer.content == body
    assert int(answer.headers["Content-Length"]) == len(body)
    (card,) = await say(door, "#1 report")
    assert "dana took the original of e1" in str(card)


async def test_what_is_not_there_or_not_kept_is_said(door: httpx.AsyncClient) -> None:
    await say(door, "open checkout is slow")
    assert (await door.get("/cases/7/files/1")).status_code == 404
    answer = await door.get("/cases/1/files/1")
    assert (answer.status_code, answer.json()["detail"]) == (404, "#1 has no evidence e1")
    await door.put("/cases/1/files", params={"name": "db.log"}, content=b"x")
    await say(door, "#1 evidence delete e1")
    assert (await door.get("/cases/1/files/1")).status_code == 404
