import asyncio

import httpx
import pytest

from api.capabilities import capabilities
from api.status import Check, status_router
from core.errors import StoreUnavailable
from faultmaven.application import build_app


def client(**checks: Check) -> httpx.AsyncClient:
    can = capabilities(
        version="1.2.3", enterprise=False, public_url="http://fm.example", max_file_bytes=10
    )
    app = build_app(status_router(version="1.2.3", checks=checks, capabilities=can))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://here")


async def well() -> None: ...


async def full() -> None:
    message = "the disk is full."
    raise StoreUnavailable(message)


async def test_alive_says_its_version() -> None:
    async with client() as http:
        for path in ("/health", "/api/v1/health"):
            response = await http.get(path)
            assert response.json() == {"status": "ok", "version": "1.2.3"}


async def test_ready_when_every_part_is() -> None:
    async with client(database=well, jobs=well) as http:
        response = await http.get("/readiness")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "parts": {"database": "ok", "jobs": "ok"}}


async def test_not_ready_names_the_part() -> None:
    async with client(database=full, jobs=well) as http:
        response = await http.get("/readiness")
    assert response.status_code == 503
    assert response.json()["parts"]["jobs"] == "ok"
    assert response.json()["parts"]["database"].startswith("the disk is full.")


async def test_capabilities_are_one_document_at_both_paths() -> None:
    async with client() as http:
        short = (await http.get("/v1/meta/capabilities")).json()
        long = (await http.get("/api/v1/meta/capabilities")).json()
    assert short == long
    assert short["deploymentMode"] == "self-hosted"
    assert short["kbManagement"] == "dashboard"
    there = {name for name, is_there in short["features"].items() if is_there}
    assert there == {"caseHistory"}
    assert short["limits"]["maxFileBytes"] == 10


async def test_a_part_is_asked_once_however_many_want_to_know() -> None:
    asked = []

    async def slow() -> None:
        asked.append("database")
        await asyncio.sleep(0.05)

    async with client(database=slow) as http:
        answers = await asyncio.gather(*(http.get("/readiness") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
        await http.get("/readiness")
    assert asked == ["database"]


async def test_a_part_that_does_not_answer_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.status.ANSWER_S", 0.05)
    stuck = asyncio.Event()

    async def hangs() -> None:
        await stuck.wait()

    async with client(database=hangs, jobs=well) as http:
        response = await http.get("/readiness")
        assert response.status_code == 503
        assert response.json()["parts"]["database"].startswith("no answer within")
        stuck.set()
        assert (await http.get("/readiness")).status_code == 200
