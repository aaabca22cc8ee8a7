"""Bodies of requests: nobody reads more of one than is ever sent, and none waits for one for ever.

The framework reads a JSON body whole before anything of ours runs. So every body has a limit before
any route is chosen, and a route asks who calls before its body is read. Files are read by those who
store them, within their own limits: `counted_by_reader` says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request, Response, status
from fastapi.routing import APIRoute

from api.guard import admission_by
from api.problems import PROBLEMS
from core.errors import TooLarge

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY = 2**20  # bytes; the longest question has a fifth of it
MOST_FIELDS = 20  # of a form without files
STALLS_S = 30.0  # without a byte: as webhooks do
_BODY = "faultmaven.body"  # of a scope


class BoundedBodies:
    """Middleware: no more of a body than `LONGEST_BODY` comes through, and none that stalls.

    besides: beginnings of the paths of bare applications, which bound what they read themselves.
    """

    def __init__(self, app: ASGIApp, *, besides: tuple[str, ...] = ()) -> None:
        self._app = app
        self._besides = besides

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(self._besides):
            scope[_BODY] = receive = CountedBody(scope, receive)
        await self._app(scope, receive, send)


class CountedBody:
    """What is received of one request. limit: bytes; None: whoever reads it counts."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.limit: int | None = LONGEST_BODY
        self._scope, self._receive = scope, receive
        self._size, self._is_whole = 0, False

    async def __call__(self) -> Message:
        """Raises HTTPException: the framework takes no error of ours for what it is."""
        if self._is_whole or self.limit is None:
            return await self._receive()
        if self._size == 0:
            self._must_fit(_named_size(self._scope))
        message: Message = await _in_time(self._receive())
        self._size += len(message.get("body", b""))
        self._must_fit(self._size)
        self._is_whole = not message.get("more_body", False)
        return message

    def _must_fit(self, size: int) -> None:
        if self.limit is not None and size > self.limit:
            raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, _over(self.limit))


class BoundedRoute(APIRoute):
    """A route that asks who calls before the framework reads a body for it."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override] # as the framework awaits it
        """Raises what its dependencies raise, and HTTPException."""
        handle = super().get_route_handler()
        admit = admission_by(dependency.call for dependency in self.dependant.dependencies)
        if self.body_field is None:
            return handle

        async def admitted(request: Request) -> Response:
            await admit(request)
            return await handle(request)

        return admitted


class BoundedRouter(APIRouter):
    """Its routes are bounded."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"route_class": BoundedRoute} | settings)


def api_router(prefix: str, tag: str) -> APIRouter:
    """For those who sign in."""
    return BoundedRouter(prefix=prefix, tags=[tag], responses=PROBLEMS)


def counted_by_reader(request: Request) -> None:
    """Lift the limit of this body: who calls this reads it in pieces, and stops at its own."""
    if (body := request.scope.get(_BODY)) is not None:
        body.limit = None


def must_be_small(request: Request, *, limit: int) -> None:
    """Raises TooLarge where the sender names more. limit: bytes."""
    if _named_size(request.scope) > limit:
        raise TooLarge(_over(limit))


async def pieces_of(request: Request, *, limit: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes. limit: bytes. Raises TooLarge, and HTTPException where it stalls."""
    must_be_small(request, limit=limit)
    counted_by_reader(request)
    size, stream = 0, request.stream()
    while (piece := await _in_time(anext(stream, None))) is not None:
        size += len(piece)
        if size > limit:
            raise TooLarge(_over(limit))
        yield piece


async def read_body(request: Request, *, limit: int = LONGEST_BODY) -> bytes:
    """All of it. limit: bytes. Raises TooLarge, and HTTPException where it stalls."""
    return b"".join([piece async for piece in pieces_of(request, limit=limit)])


def _named_size(scope: Scope) -> int:
    """In bytes; 0 where the sender names none."""
    named = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(named) if named.isdigit() else 0


async def _in_time(coming: Awaitable[Any]) -> Any:
    try:
        async with asyncio.timeout(STALLS_S):
            return await coming
    except TimeoutError as error:
        message = f"nothing of the body came for {STALLS_S:.0f} s"
        raise HTTPException(status.HTTP_408_REQUEST_TIMEOUT, message) from error


def _over(limit: int) -> str:
    return f"more than {limit // 2**20} MB"
