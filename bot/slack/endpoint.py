"""The HTTP endpoint for Slack: `/slack/events`, for events, commands and interactions.

A request is parsed only if its signature is right, and read only if it can be.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter
from slack_bolt.adapter.starlette.async_handler import (
    to_async_bolt_request,
    to_starlette_response,
)
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from bot.slack.signature import is_genuine, may_be_genuine
from core.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from bot.slack.listener import SlackListener

log = logging.getLogger(__name__)

PATH = "/slack/events"
_MAX_BODY = 1024 * 1024  # what Slack posts is a hundredth of it
_MAX_READ_S = 10.0  # Slack itself gives up after three


def router_of(secret: str | None, listening: Callable[[], SlackListener]) -> APIRouter:
    """The endpoint. Without a signing secret every request is refused."""
    router = APIRouter()

    async def events(request: Request) -> Response:
        listener = listening()
        now, headers = listener.services.clock.now(), request.headers
        if not secret or not may_be_genuine(headers, now=now):
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        try:
            body = await _body(request)
        except TooLarge:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=HTTPStatus.REQUEST_TIMEOUT)
        if not is_genuine(body, headers, secret=secret, now=now):
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        answer = await listener.answer(partial(to_async_bolt_request, request, body))
        return to_starlette_response(answer)

    router.add_route(PATH, events, methods=["POST"])
    return router


async def _body(request: Request) -> bytes:
    """The request's body. Raises TooLarge, TimeoutError, and ClientDisconnect."""
    chunks, size = [], 0
    async with asyncio.timeout(_MAX_READ_S):
        async for chunk in request.stream():
            size += len(chunk)
            if size > _MAX_BODY:
                message = "Slack never posts as much"
                raise TooLarge(message)
            chunks.append(chunk)
    return b"".join(chunks)
