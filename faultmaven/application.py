"""The web application: which doors there are, and how our errors look over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
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


def build_app(*routers: APIRouter) -> FastAPI:
    """These doors as one application. It never redirects: an alert's body would be lost."""
    app = FastAPI(
        title="FaultMaven",
        version=__version__,
        redirect_slashes=False,
        docs_url="/api/v1/docs",
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    for router in routers:
        app.include_router(router)
    app.add_exception_handler(FaultMavenError, _explain)
    return app


async def _explain(_request: Request, error: Exception) -> JSONResponse:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    next_step = error.next_step if isinstance(error, FaultMavenError) else ""
    return JSONResponse(
        {"detail": str(error), "next_step": next_step},
        status_code=status,
        headers={"Retry-After": "5"} if isinstance(error, Unavailable) else None,
    )
