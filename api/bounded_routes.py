"""Routes of the API: none reads more of a body than is ever sent, and none waits for one for ever.

The framework reads a JSON body whole before anything of ours runs. Files are read by those who
store them, within their own limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request, Response, status
from fastapi.routing import APIRoute

from api.problems import PROBLEMS
from core.errors import TooLarge

if TYPE_CHECKING:
    from starlette.types import Message

LONGEST_BODY = 2**20  # bytes; the longest question has a fifth of it
MOST_FIELDS = 20  # of a form without files
STALLS_S = 30.0  # without a byte: as webhooks do


class BoundedRoute(APIRoute):
    """A route whose body, where the framework reads it, has a limit of bytes and of patience."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override] # as the framework awaits it
        """Raises TooLarge, HTTPException."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def bounded(request: Request) -> Response:
            must_be_small(request, limit=LONGEST_BODY)
            return await handle(Request(request.scope, _Bounded(request)))

        return bounded


def api_router(prefix: str, tag: str) -> APIRouter:
    """For those who sign in."""
    return APIRouter(prefix=prefix, tags=[tag], responses=PROBLEMS, route_class=BoundedRoute)


def must_be_small(request: Request, *, limit: int) -> None:
    """Raises TooLarge where the sender names more. limit: bytes."""
    named = request.headers.get("content-length", "")
    if named.isdecimal() and int(named) > limit:
        raise TooLarge(_over(limit))


async def pieces_of(request: Request, *, limit: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes. limit: bytes. Raises TooLarge, and HTTPException where it stalls."""
    must_be_small(request, limit=limit)
    size, stream = 0, request.stream()
    while (piece := await _in_time(anext(stream, None))) is not None:
        size += len(piece)
        if size > limit:
            raise TooLarge(_over(limit))
        yield piece


async def read_body(request: Request, *, limit: int = LONGEST_BODY) -> bytes:
    """All of it. limit: bytes. Raises TooLarge, and HTTPException where it stalls."""
    return b"".join([piece async for piece in pieces_of(request, limit=limit)])


class _Bounded:
    """What the framework receives of a request; it takes no error of ours for what it is."""

    def __init__(self, request: Request) -> None:
        self._receive, self._size, self._is_whole = request.receive, 0, False

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()  # whether the sender is still there
        message: Message = await _in_time(self._receive())
        self._size += len(message.get("body", b""))
        if self._size > LONGEST_BODY:
            raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, _over(LONGEST_BODY))
        self._is_whole = not message.get("more_body", False)
        return message


async def _in_time(coming: Awaitable[Any]) -> Any:
    try:
        async with asyncio.timeout(STALLS_S):
            return await coming
    except TimeoutError as error:
        message = f"nothing of the body came for {STALLS_S:.0f} s"
        raise HTTPException(status.HTTP_408_REQUEST_TIMEOUT, message) from error


def _over(limit: int) -> str:
    return f"more than {limit // 2**20} MB"
