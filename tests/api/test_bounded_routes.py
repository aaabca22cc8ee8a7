"""Bodies that are too large, or never end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from api.bounded_routes import LONGEST_BODY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.api.conftest import Api, Desk

JSON = {"Content-Type": "application/json"}


async def endless(size: int) -> AsyncIterator[bytes]:
    yield b'{"title": "'
    for _ in range(size // 1024):
        yield b"x" * 1024


async def stalled(beginning: bytes = b'{"title": "x') -> AsyncIterator[bytes]:
    yield beginning
    await asyncio.sleep(60)
    yield b'"}'


async def test_more_than_is_ever_sent_is_refused_as_soon_as_that_is_known(api: Api) -> None:
    headers = await api.as_somebody() | JSON
    answer = await api.client.post("/cases", content=b"x" * (LONGEST_BODY + 1), headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (413, "more than 1 MB")
    answer = await api.client.post("/cases", content=endless(2 * LONGEST_BODY), headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (413, "more than 1 MB")
    assert (await api.client.get("/cases", headers=headers)).json()["total_count"] == 0


async def test_what_is_allowed_is_read_whole(api: Api) -> None:
    headers = await api.as_somebody() | JSON
    body = b'{"title": "Checkout"' + b" " * (LONGEST_BODY - 40) + b"}"
    answer = await api.client.post("/cases", content=body, headers=headers)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("path", ["/cases", "/auth/login"])
async def test_what_stalls_is_given_up(
    api: Api, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.bounded_routes.STALLS_S", 0.05)
    headers = await api.as_somebody() | JSON
    answer = await api.client.post(path, content=stalled(), headers=headers)
    assert answer.status_code == 408, answer.text


async def test_a_form_that_stalls_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.bounded_routes.STALLS_S", 0.05)
    headers = desk.headers | {"Content-Type": "multipart/form-data; boundary=b"}
    path = f"/cases/{desk.case_id}/turns"
    form = stalled(b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\nwhy')
    answer = await desk.api.client.post(path, content=form, headers=headers)
    assert answer.status_code == 408, answer.text
