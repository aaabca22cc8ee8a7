"""Bodies that are too large, or never end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import APIRouter, Request

from api.bounded_routes import LONGEST_BODY
from api.operator import operator_router
from api.routers import ROUTERS
from faultmaven.application import build_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.api.conftest import Api, Desk

JSON = {"Content-Type": "application/json"}
# What strangers post there lets them in: it is read, to its limit, of so many a minute.
FOR_STRANGERS = {
    "/api/v1/auth/login",
    "/api/v1/auth/oauth/revoke",
    "/api/v1/auth/oauth/token",
    "/api/v1/auth/oidc/token",
    "/api/v1/auth/refresh",
    "/api/v1/auth/register",
    "/api/v1/auth/reset-password",
    "/api/v1/auth/welcome",
}


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


class UnaskedBody:
    """A body that tells whether anything of it was read."""

    was_read = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.was_read = True
        yield b"{"


async def test_nothing_of_a_body_is_read_before_its_sender_is_let_in(api: Api) -> None:
    app = build_app(*ROUTERS, operator_router(api.services))
    app.state.guard = api.app.state.guard
    doors = [
        (method, path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
        if method in {"post", "put", "patch", "delete"} and path not in FOR_STRANGERS
    ]
    assert ("post", "/api/v1/operator/replay") in doors
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        for method, path in doors:
            body = UnaskedBody()
            answer = await client.request(method, path, content=body, headers=JSON)
            assert (path, answer.status_code, body.was_read) == (path, 401, False)


async def test_who_may_not_is_refused_before_the_body_is_read(api: Api) -> None:
    app = build_app(*ROUTERS, operator_router(api.services))
    app.state.guard = api.app.state.guard
    headers = await api.as_somebody() | JSON
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here/api/v1") as client:
        for path in ("/operator/commands", "/operator/replay", "/users"):
            body = UnaskedBody()
            answer = await client.post(path, content=body, headers=headers)
            assert (path, answer.status_code, body.was_read) == (path, 403, False)


async def test_a_call_with_a_body_counts_once(api: Api) -> None:
    wishes = [{"username": f"x{nth}", "password": "y"} for nth in range(19)]
    answers = [await api.post("/auth/login", wish) for wish in wishes]
    assert {answer.status_code for answer in answers} == {401}


@pytest.mark.parametrize("is_named", [True, False])
async def test_a_route_that_knows_of_no_limit_has_one(*, is_named: bool) -> None:
    router = APIRouter()

    @router.post("/whole")
    async def whole(request: Request) -> int:
        return len(await request.body())

    transport = httpx.ASGITransport(app=build_app(router))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        body = b"x" * (LONGEST_BODY + 1) if is_named else endless(2 * LONGEST_BODY)
        answer = await client.post("/whole", content=body)
        assert (answer.status_code, answer.json()["detail"]) == (413, "more than 1 MB")
        assert (await client.post("/whole", content=b"x" * LONGEST_BODY)).json() == LONGEST_BODY
