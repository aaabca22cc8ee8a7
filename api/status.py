"""Liveness, readiness and capabilities."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from core.errors import FaultMavenError

Check = Callable[[], Awaitable[None]]


def status_router(
    *, version: str, checks: Mapping[str, Check], capabilities: Mapping[str, object]
) -> APIRouter:
    """`/health`, `/readiness` and the capabilities, none of which need a sign-in.

    checks: name of a part to a check that raises FaultMavenError while the part is not ready.
    """
    router = APIRouter()

    @router.get("/health", summary="Alive?")
    @router.get("/api/v1/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        return {"status": "ok", "version": version}

    @router.get("/readiness", summary="Ready to take work? 503 names the part that is not.")
    async def readiness() -> Response:
        parts = {name: await _state(check) for name, check in checks.items()}
        ready = all(state == "ok" for state in parts.values())
        body = {"status": "ready" if ready else "not ready", "parts": parts}
        return JSONResponse(body, status_code=200 if ready else 503)

    @router.get("/v1/meta/capabilities", summary="What this installation can do")
    @router.get("/api/v1/meta/capabilities", include_in_schema=False)
    async def get_capabilities() -> Mapping[str, object]:
        return capabilities

    return router


async def _state(check: Check) -> str:
    try:
        await check()
    except FaultMavenError as error:
        return f"{error} {error.next_step}"
    return "ok"
