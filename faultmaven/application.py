"""The web application: its routers, and how our errors look over HTTP."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect

from api.bounded_routes import BoundedBodies
from api.problems import status_of
from core.errors import (
    CaseOver,
    FaultMavenError,
    KeyReused,
    Outdated,
    Refused,
    SessionExpired,
    TooLarge,
    TooMany,
    Unauthorised,
    Unavailable,
    WrongUsage,
)
from faultmaven import __version__
from faultmaven.host_names import OnlyOwnNames, OwnNames
from faultmaven.origins import EXTENSIONS, OnlyOwnOrigins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.guard import Guard

log = logging.getLogger(__name__)

# What the browser extension tells refusals of one status apart by.
CODES: dict[type[FaultMavenError], str] = {
    KeyReused: "IDEMPOTENCY_KEY_REUSE",
    CaseOver: "CASE_TERMINAL",
    Outdated: "CASE_VERSION_CONFLICT",
}
WEBHOOKS = ("/webhooks/",)  # which keep the beginning of what is too large
# What of a request, and of its answer, pages of other origins may see; `*` is refused with cookies.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ASKED = ("Authorization", "Content-Type", "X-Session-Id", "Idempotency-Key", "If-Match")
SHOWN = ("Location", "Retry-After", "ETag", "x-error-code", "x-title-source", "x-total")


def build_app(
    *routers: APIRouter, own: OwnNames | None = None, guard: Guard | None = None
) -> FastAPI:
    """The routers as one application. It never redirects: an alert's body would be lost.

    Each body has the limit of `api.bounded_routes`; webhooks have one of their own.

    own: the names it goes by, where it listens to more than this process.
    guard: of the routes for people and programs that sign in.
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
    app.state.guard = guard
    for router in routers:
        app.include_router(router)
    app.add_exception_handler(FaultMavenError, _explain)
    app.add_exception_handler(RequestValidationError, _refuse)
    app.add_exception_handler(HTTPException, _refuse_early)
    app.add_exception_handler(ClientDisconnect, _note_gone)
    app.add_middleware(BoundedBodies, besides=WEBHOOKS)
    if own is not None:
        app.add_middleware(OnlyOwnOrigins, own=own)
        app.add_middleware(
            CORSMiddleware,
            allow_origins=own.allowed_origins,
            allow_origin_regex=EXTENSIONS,
            allow_credentials=True,
            allow_methods=METHODS,
            allow_headers=ASKED,
            expose_headers=SHOWN,
        )
        app.add_middleware(OnlyOwnNames, own=own)
    return app


async def _explain(_request: Request, error: Exception) -> JSONResponse:
    status = status_of(error)
    next_step = error.next_step if isinstance(error, FaultMavenError) else ""
    code = {"code": "SESSION_EXPIRED"} if isinstance(error, SessionExpired) else {}
    return JSONResponse(
        {"detail": readable(str(error)), "next_step": readable(next_step), **code},
        status_code=status,
        headers=_headers(error),
    )


def _headers(error: Exception) -> dict[str, str] | None:
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), None)
    match error:
        case Unavailable():
            return {"Retry-After": "5"}
        case TooMany():
            return {"Retry-After": str(error.retry_after_s)}
        case Unauthorised():
            return {"WWW-Authenticate": "Bearer"}
        case _:
            return {"x-error-code": code} if code else None


async def _refuse_early(_request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses before it comes to us: no such path, a body that is no UTF-8."""
    refused = error if isinstance(error, HTTPException) else HTTPException(500)
    is_large = refused.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    step = TooLarge.next_step if is_large else "See /api/v1/docs for what there is."
    body = {"detail": str(refused.detail), "next_step": step}
    return JSONResponse(body, status_code=refused.status_code, headers=refused.headers)


async def _note_gone(request: Request, _error: Exception) -> Response:
    """Nobody reads the answer, and nothing of ours is broken: a line for whoever looks for it."""
    log.info("who sent %s %s went away in the middle", request.method, request.url.path)
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _refuse(request: Request, error: Exception) -> JSONResponse:
    """Name each invalid field and its fault, without the value that was sent."""
    faults = error.errors() if isinstance(error, RequestValidationError) else ()
    problem = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {_said(fault)}" for fault in faults)
    return await _explain(request, WrongUsage(problem, next_step=Refused.next_step))


def _said(fault: Mapping[str, Any]) -> str:
    """What is wrong with a field, in words for whoever wrote the request."""
    limits = fault.get("ctx") or {}
    match fault["type"]:
        case "json_invalid":
            return "the body is no JSON"
        case "model_attributes_type" | "dict_type":
            return "a JSON object is expected, sent with `Content-Type: application/json`"
        case "too_long" if isinstance(fault.get("input"), str):
            return f"it has more than {limits['max_length']} characters"
        case "too_short" if isinstance(fault.get("input"), str):
            return f"it has fewer than {limits['min_length']} characters"
    return str(fault["msg"])


def readable(text: str) -> str:
    """The text as UTF-8 can carry it: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
