"""Slack's way in over HTTP: `/slack/events`, for events, commands and what is pressed.

Of what is not signed nothing is understood, and what could not be signed is not even read.
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

    from bot.slack.listener import Listener

log = logging.getLogger(__name__)

PATH = "/slack/events"
_LARGEST = 1024 * 1024  # what Slack posts is a hundredth of it
_LONGEST_S = 10.0  # Slack itself gives up after three


def router_of(secret: str | None, listening: Callable[[], Listener]) -> APIRouter:
    """The door. Without a signing secret nothing can be checked, and nothing is taken."""
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
    """Raises TooLarge, TimeoutError, and ClientDisconnect where the sender went away."""
    chunks, size = [], 0
    async with asyncio.timeout(_LONGEST_S):
        async for chunk in request.stream():
            size += len(chunk)
            if size > _LARGEST:
                message = "Slack never posts as much"
                raise TooLarge(message)
            chunks.append(chunk)
    return b"".join(chunks)
