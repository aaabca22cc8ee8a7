import logging

import httpx
import pytest
from fastapi import APIRouter
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.requests import ClientDisconnect

from api.problems import STATUS
from core import errors
from core.errors import FaultMavenError
from faultmaven.application import build_app


def every_error() -> list[type[FaultMavenError]]:
    return [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, FaultMavenError)
    ]


async def answer_to(error: FaultMavenError) -> httpx.Response:
    router = APIRouter()

    @router.get("/")
    async def fail() -> None:
        raise error

    transport = httpx.ASGITransport(app=build_app(router))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return await client.get("/")


@pytest.mark.parametrize("kind", every_error())
async def test_every_error_says_what_and_what_next(kind: type[FaultMavenError]) -> None:
    response = await answer_to(kind("the pool is empty", next_step="Fill it."))
    body = response.json()
    is_of_session = body.pop("code", "") == "SESSION_EXPIRED"  # which clients look for
    assert is_of_session is issubclass(kind, errors.SessionExpired)
    assert body == {"detail": "the pool is empty", "next_step": "Fill it."}
    expected = next((code for base, code in STATUS.items() if issubclass(kind, base)), 500)
    assert response.status_code == expected


async def test_what_is_worth_another_try_says_when() -> None:
    response = await answer_to(errors.StoreUnavailable("disk full"))
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")


async def test_what_the_framework_refuses_says_what_next_too() -> None:
    transport = httpx.ASGITransport(app=build_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        answer = await client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.json() == {
        "detail": "Not Found",
        "next_step": "See /api/v1/docs for what there is.",
    }


async def test_no_path_is_ever_redirected() -> None:
    router = APIRouter()

    @router.post("/webhooks/x")
    async def take() -> None: ...

    transport = httpx.ASGITransport(app=build_app(router))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        assert (await client.post("/webhooks/x/")).status_code == 404


async def test_a_client_that_goes_away_in_the_middle_is_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its own logger, whatever other tests have done to it and to those above it.
    own = logging.getLogger("faultmaven.application")
    monkeypatch.setattr(own, "disabled", False)
    monkeypatch.setattr(own, "handlers", [caplog.handler])
    monkeypatch.setattr(own, "propagate", False)
    caplog.set_level(logging.INFO, logger=own.name)
    router = APIRouter()

    @router.post("/upload")
    async def take() -> None:
        raise ClientDisconnect

    transport = httpx.ASGITransport(app=build_app(router))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        await client.post("/upload")
    (line,) = [record for record in caplog.records if record.name == own.name]
    assert (line.levelname, line.exc_info) == ("INFO", None)
    assert line.getMessage() == "who sent POST /upload went away in the middle"


async def test_no_span_of_a_request_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """FastAPI traces into any provider of the process, with addresses as they came."""
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    await answer_to(errors.NotFound("there is no such case"))
    assert not kept.get_finished_spans()
