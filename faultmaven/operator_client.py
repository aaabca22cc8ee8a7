"""The command line's client: HTTP to a server, else the same application in process."""

from __future__ import annotations

import getpass
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import httpx

from bot.terminal.answer import answer_of
from core.errors import Unavailable
from faultmaven.operator_endpoint import NO_CERTIFICATES, OperatorEndpoint, find_endpoint
from faultmaven.remote_server import remote_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from faultmaven.settings import Settings

__all__ = ["answer_of", "client_of", "operator_client"]

LONGEST_CALL_S = 60.0


@asynccontextmanager
async def operator_client(
    settings: Settings, *, working: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the operator's endpoint.

    working: with no server running, also run jobs in the background while the block runs.
    Raises Unavailable where the server goes away meanwhile; of one that is named, as
    `remote_client`.
    """
    if settings.server:
        async with remote_client(settings) as client:
            yield client
        return
    endpoint = find_endpoint(settings.data_dir)
    if endpoint is not None:
        with _errors_of(endpoint):
            async with client_of(endpoint) as client:
                yield client
        return
    # Beside a running `up` nothing of all this is needed, and it takes most of a start.
    from api.access_tokens import AccessTokens  # noqa: PLC0415
    from api.guard import Guard  # noqa: PLC0415
    from api.operator import operator_router  # noqa: PLC0415
    from api.rate_limits import RateLimits  # noqa: PLC0415
    from faultmaven.application import build_app  # noqa: PLC0415
    from faultmaven.wiring import wire  # noqa: PLC0415

    async with wire(settings) as installation:
        endpoint = OperatorEndpoint.fresh("http://faultmaven")
        services = installation.services
        guard = Guard(
            services=services,
            access_tokens=AccessTokens(services.secret),
            limits=RateLimits(),
            machine=endpoint.token,
        )
        app = build_app(operator_router(services), guard=guard)
        transport = httpx.ASGITransport(app=app)
        async with client_of(endpoint, transport=transport) as client:
            if not working:
                yield client
                return
            async with installation.workers.running():
                yield client


@contextmanager
def _errors_of(endpoint: OperatorEndpoint) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        message = f"`up` at {endpoint.url} went away, or takes too long ({type(error).__name__})"
        raise Unavailable(message, next_step="Look at its log, then type this again.") from error


def client_of(
    endpoint: OperatorEndpoint, *, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client of this endpoint."""
    return httpx.AsyncClient(
        base_url=endpoint.url,
        headers={
            "Authorization": f"Bearer {endpoint.token}",
            "X-FaultMaven-User": getpass.getuser(),
        },
        timeout=LONGEST_CALL_S,
        transport=transport,
        verify=NO_CERTIFICATES,
        trust_env=False,  # the token is for this machine, not for a proxy
    )
