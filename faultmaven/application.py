"""The web application: its routers, and how our errors look over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from core.errors import (
    FaultMavenError,
    NotAllowedNow,
    NotFound,
    OutOfLimits,
    Refused,
    TooLarge,
    Unauthorised,
    Unavailable,
    Unreadable,
    WrongUsage,
)
from faultmaven import __version__
from faultmaven.host_names import OnlyOwnNames, OwnNames
from faultmaven.origins import OnlyOwnOrigins

STATUS: dict[type[FaultMavenError], int] = {
    Unauthorised: 401,
    NotFound: 404,
    NotAllowedNow: 409,
    TooLarge: 413,
    WrongUsage: 422,
    Unreadable: 422,
    OutOfLimits: 422,
    Unavailable: 503,
    Refused: 400,
}


def build_app(*routers: APIRouter, own: OwnNames | None = None) -> FastAPI:
    """The routers as one application. It never redirects: an alert's body would be lost.

    own: the names it goes by, where it listens to more than this process.
    """
    app = FastAPI(
        title="FaultMaven",
        version=__version__,
        redirect_slashes=False,
        docs_url="/api/v1/docs",
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        # Its own spans and logs would leave unredacted, by a variable of the environment alone.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    for router in routers:
        app.include_router(router)
    app.add_exception_handler(FaultMavenError, _explain)
    app.add_exception_handler(RequestValidationError, _refuse)
    if own is not None:
        app.add_middleware(OnlyOwnOrigins, own=own)
        app.add_middleware(OnlyOwnNames, own=own)
    return app


async def _explain(_request: Request, error: Exception) -> JSONResponse:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    next_step = error.next_step if isinstance(error, FaultMavenError) else ""
    return JSONResponse(
        {"detail": readable(str(error)), "next_step": readable(next_step)},
        status_code=status,
        headers={"Retry-After": "5"} if isinstance(error, Unavailable) else None,
    )


async def _refuse(request: Request, error: Exception) -> JSONResponse:
    """Name each invalid field and its fault, without the value that was sent."""
    faults = error.errors() if isinstance(error, RequestValidationError) else ()
    problem = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
    return await _explain(request, WrongUsage(problem, next_step=Refused.next_step))


def readable(text: str) -> str:
    """The text as UTF-8 can carry it: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
