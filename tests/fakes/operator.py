"""The operator's endpoint on services of a test, with the token of its machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.access_tokens import AccessTokens
from api.guard import Guard
from api.operator import operator_router
from api.rate_limits import RateLimits
from faultmaven.application import build_app

if TYPE_CHECKING:
    import asyncio

    from fastapi import APIRouter, FastAPI

    from core.workflows.services import Services


def operator_app(
    services: Services,
    *routers: APIRouter,
    token: str,
    stopping: asyncio.Event | None = None,
) -> FastAPI:
    """token: of whoever reads the data directory. routers: beside the operator's."""
    guard = Guard(
        services=services,
        access_tokens=AccessTokens(services.secret),
        limits=RateLimits(),
        machine=token,
    )
    return build_app(*routers, operator_router(services, stopping=stopping), guard=guard)
