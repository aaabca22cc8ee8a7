"""Who has the operator's token gets originals as they came, and the case notes it down."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx

from storage.files import LocalFiles
from storage.sealing.keys import Keyring
from tests.api.test_operator import KNOWN, TOKEN, door, house, say, stopping
from tests.fakes.operator import operator_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.chat import House

__all__ = ["door", "house", "stopping"]


async def test_an_original_is_handed_out_as_it_came_and_noted_down(door: httpx.AsyncClient) -> None:
    await say(door, "open checkout is slow")
    body = b"password=hunter2\n" * 100_000
    await door.put("/cases/1/files", params={"name": "db.log"}, content=body)
    answer = await door.get("/cases/1/files/1")
    assert answer.content == body
    assert int(answer.headers["Content-Length"]) == len(body)
    (card,) = await say(door, "#1 timeline")
    assert "dana took the original of e1" in str(card)


async def test_what_is_not_there_or_not_kept_is_said(door: httpx.AsyncClient) -> None:
    await say(door, "open checkout is slow")
    assert (await door.get("/cases/7/files/1")).status_code == 404
    answer = await door.get("/cases/1/files/1")
    assert (answer.status_code, answer.json()["detail"]) == (404, "#1 has no evidence e1")
    await door.put("/cases/1/files", params={"name": "db.log"}, content=b"x")
    await say(door, "#1 evidence delete e1")
    assert (await door.get("/cases/1/files/1")).status_code == 404


async def test_a_damaged_one_is_refused_and_said_so(house: House, tmp_path: Path) -> None:
    files = LocalFiles(tmp_path / "sealed", Keyring(b"a secret of tests"))
    services = replace(house.services, file_store=files)
    app = operator_app(services, token=TOKEN, stopping=asyncio.Event())
    transport, url = httpx.ASGITransport(app=app), "http://here/api/v1/operator"
    async with httpx.AsyncClient(transport=transport, base_url=url, headers=KNOWN) as door:
        await say(door, "open checkout is slow")
        await door.put("/cases/1/files", params={"name": "db.log"}, content=b"ERROR a line\n" * 99)
        assert (await door.get("/cases/1/files/1")).is_success
        (content,) = (path for path in (tmp_path / "sealed").rglob("?" * 64) if path.is_file())
        *sealed, last = content.read_bytes()
        content.write_bytes(bytes([*sealed, last ^ 1]))
        answer = await door.get("/cases/1/files/1")
    assert answer.status_code == 503
    assert "was changed on the disk" in answer.json()["detail"]
