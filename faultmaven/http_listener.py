"""Listeners for HTTP: bound, answering, and drained in this order.

A listener that `opening` gives answers from the beginning: 503 with Retry-After, and why, until it
is given its application. A sender tries again then, as it does where nobody listens; who looks
after it is told what is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import uvicorn
from starlette.responses import JSONResponse
from starlette.types import ASGIApp

from core.errors import Unavailable, WrongUsage
from faultmaven import __version__
from faultmaven.connections import Connection
from faultmaven.host_names import OnlyOwnNames, OwnNames
from faultmaven.operator_endpoint import NO_CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from starlette.types import Receive, Scope, Send

GRACE_S = 20
ANSWERS_WITHIN_S = 5.0
STARTING = "it is starting"
RETRY_AFTER = {"Retry-After": "5"}


class OpeningDoor:
    """The application of a process that is not ready for its own: says what it waits for."""

    def __init__(self) -> None:
        self.waits_for = STARTING
        self.next_step = Unavailable.next_step

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope["path"])(scope, receive, send)

    def _answer(self, path: str) -> JSONResponse:
        if path in {"/health", "/api/v1/health"}:
            return JSONResponse({"status": "ok", "version": __version__})
        if path == "/readiness":
            parts = {"start": f"{self.waits_for}. {self.next_step}"}
            return JSONResponse({"status": "not ready", "parts": parts}, status_code=503)
        refusal = {"detail": self.waits_for, "next_step": self.next_step}
        return JSONResponse(refusal, status_code=503, headers=RETRY_AFTER)


@dataclass
class HttpListener:
    """A socket with a server behind it, and the application that answers now."""

    url: str
    port: int
    door: OpeningDoor
    app: ASGIApp
    server: uvicorn.Server = field(init=False)
    _serving: asyncio.Task[None] = field(init=False)

    def serve(self, sock: socket.socket, proxies: Sequence[str]) -> None:
        self.server = _Server(_config(self, proxies))
        self._serving = asyncio.create_task(self.server.serve(sockets=[sock]), name="http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    async def open(self, app: ASGIApp) -> None:
        """Let `app` answer from now on; returns when it does. Raises Unavailable."""
        self.app = app
        try:
            async with httpx.AsyncClient(verify=NO_CERTIFICATES, trust_env=False) as client:
                answer = await client.get(f"{self.url}/health", timeout=ANSWERS_WITHIN_S)
        except httpx.HTTPError as error:
            message = f"nothing answers at {self.url} ({type(error).__name__})"
            raise Unavailable(message, next_step="Look at the log, then start it again.") from error
        if not answer.is_success:
            message = f"the server at {self.url} answers {answer.status_code} to itself"
            raise Unavailable(message, next_step="Set FAULTMAVEN_HOST to a name of this machine.")

    async def until(self, stop: asyncio.Event) -> None:
        """Return when `stop` is set, or the server has ended by itself."""
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({self._serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    async def close(self) -> None:
        """Take no more, and return when all that came is answered."""
        self.server.should_exit = True
        await self._serving


@contextlib.asynccontextmanager
async def opening(
    host: str, port: int, *, own: OwnNames, proxies: Sequence[str]
) -> AsyncIterator[HttpListener]:
    """A listener that answers 503 until it is opened. Raises WrongUsage for a taken port.

    proxies: addresses and networks of those that are believed when they say for whom they call.
    """
    door = OpeningDoor()
    app = OnlyOwnNames(door, own=own)
    async with listening(app, host, port, proxies=proxies, door=door) as listener:
        yield listener


@contextlib.asynccontextmanager
async def listening(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    proxies: Sequence[str] = (),
    door: OpeningDoor | None = None,
) -> AsyncIterator[HttpListener]:
    """Serve `app` while the block runs. Raises WrongUsage for a taken port."""
    with _bound(host, port) as sock:
        number = sock.getsockname()[1]
        listener = HttpListener(
            url=_url(host, number), port=number, door=door or OpeningDoor(), app=app
        )
        listener.serve(sock, proxies)
        try:
            yield listener
        finally:
            await listener.close()


class _Server(uvicorn.Server):
    """Uvicorn raises a signal it caught again at its end, which would skip our drain."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: ASGIApp, proxies: Sequence[str]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=[*proxies],
        timeout_graceful_shutdown=GRACE_S,
    )


@contextlib.contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError as error:
            message = f"cannot listen on {host}:{port}: {error.strerror}"
            raise WrongUsage(
                message, next_step="Set FAULTMAVEN_PORT or --port to another."
            ) from error
        yield sock


def _url(host: str, port: int) -> str:
    """How this machine reaches the listener."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"
