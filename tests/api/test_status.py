import httpx

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
    assert not any(short["features"].values())
    assert short["limits"]["maxFileBytes"] == 10
