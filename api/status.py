"""Liveness, readiness and capabilities."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from core.errors import FaultMavenError

Check = Callable[[], Awaitable[None]]
ANSWER_S = 3.0  # balancers give up soon after
HOLDS_S = 1.0  # at most
TIMES_ITS_COST = 100
OK = "ok"


def status_router(
    *, version: str, checks: Mapping[str, Check], capabilities: Mapping[str, object]
) -> APIRouter:
    """`/health`, `/readiness` and the capabilities, none of which need a sign-in.

    checks: name of a part to a check that raises FaultMavenError while the part is not ready.
    """
    router = APIRouter()
    states = {name: _HeldState(check) for name, check in checks.items()}

    @router.get("/health", summary="Alive?")
    @router.get("/api/v1/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        return {"status": "ok", "version": version}

    @router.get("/readiness", summary="Ready to take work? 503 names the part that is not.")
    async def readiness() -> Response:
        answers = await asyncio.gather(*(state.get() for state in states.values()))
        parts = dict(zip(states, answers, strict=True))
        ready = all(answer == OK for answer in answers)
        body = {"status": "ready" if ready else "not ready", "parts": parts}
        return JSONResponse(body, status_code=200 if ready else 503)

    @router.get("/v1/meta/capabilities", summary="What this installation can do")
    @router.get("/api/v1/meta/capabilities", include_in_schema=False)
    async def get_capabilities() -> Mapping[str, object]:
        return capabilities

    return router


@dataclass
class _HeldState:
    """The state of a part: asked for once at a time, however many want to know, and held a while.

    A check that takes too long goes on, and is what the next one waits for.
    """

    check: Check
    _state: str = ""
    _known_until: float = 0.0
    _asking: asyncio.Task[str] | None = field(default=None, init=False)

    async def get(self) -> str:
        loop = asyncio.get_running_loop()
        if loop.time() < self._known_until:
            return self._state
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name="readiness")
        with suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self._asking), ANSWER_S)
        return f"no answer within {ANSWER_S:.0f} s. Look at the log; `faultmaven doctor` says more."

    async def _ask(self) -> str:
        loop = asyncio.get_running_loop()
        try:
            began = loop.time()
            self._state = await _state(self.check)
            # What costs nothing is asked every time.
            self._known_until = loop.time() + min(HOLDS_S, TIMES_ITS_COST * (loop.time() - began))
            return self._state
        finally:
            self._asking = None


async def _state(check: Check) -> str:
    try:
        await check()
    except FaultMavenError as error:
        return f"{str(error).removesuffix('.')}. {error.next_step}"
    return OK
