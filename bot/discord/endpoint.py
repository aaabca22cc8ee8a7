"""The HTTP endpoint for Discord's interactions: `/discord/interactions`, where a public key is set.

Source: interactions/overview, "Setting Up an Endpoint": Ed25519 over time stamp and raw body.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask

from bot.discord.interaction_answers import Answering
from bot.discord.interactions import Kind, from_payload
from core.errors import TooLarge, Unauthorised, UnparsableDelivery, WrongUsage
from core.text.redacted import storable_document

if TYPE_CHECKING:
    from bot.discord.handles import Acknowledgements
    from core.workflows.services import Services

PATH = "/discord/interactions"
_MAX_AGE = timedelta(minutes=5)
_MAX_BODY = 1024 * 1024
_PONG = {"type": 1}
_STAMP = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True)
class InteractionSignature:
    """Checks that Discord posted a request. Raises WrongUsage for a malformed key."""

    public_key: str
    _key: Ed25519PublicKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
        except ValueError as error:
            message = "FAULTMAVEN_DISCORD_PUBLIC_KEY: 64 hexadecimal digits are needed"
            step = "Copy Public Key from the Developer Portal, General Information."
            raise WrongUsage(message, next_step=step) from error
        object.__setattr__(self, "_key", key)

    def check(self, body: bytes, *, stamp: str, signature: str, now: datetime) -> None:
        """Raises Unauthorised for what Discord did not sign, or signed too long ago."""
        try:
            self._key.verify(bytes.fromhex(signature), stamp.encode() + body)
        except (InvalidSignature, ValueError) as error:
            message = "the signature is not Discord's"
            raise Unauthorised(message) from error
        if not _STAMP.fullmatch(stamp) or abs(now - _moment(stamp)) > _MAX_AGE:
            message = "the signature is older than five minutes"
            raise Unauthorised(message)


def router_of(
    public_key: str,
    services: Services,
    acknowledgements: Acknowledgements,
    workspace_id: str = "",
) -> APIRouter:
    """The endpoint; an empty router without a public key, as nothing could be checked.

    workspace_id: ours, of what comes in here.
    """
    router = APIRouter()
    if not public_key:
        return router
    signature, answering = InteractionSignature(public_key), Answering(services)

    async def interactions(request: Request) -> Response:
        try:
            body = await _body(request)
            signature.check(
                body,
                stamp=request.headers.get("X-Signature-Timestamp", ""),
                signature=request.headers.get("X-Signature-Ed25519", ""),
                now=services.clock.now(),
            )
            payload = _payload(body)
        except Unauthorised as error:
            return _refused(401, error)
        except TooLarge as error:
            return _refused(413, error)
        except UnparsableDelivery as error:
            return _refused(400, error)
        return await _answer(payload, answering, acknowledgements, workspace_id)

    router.add_api_route(PATH, interactions, methods=["POST"], response_model=None)
    return router


async def _answer(
    payload: dict[str, Any],
    answering: Answering,
    acknowledgements: Acknowledgements,
    workspace_id: str,
) -> Response:
    if payload.get("type") == Kind.PING:
        return JSONResponse(_PONG)
    try:
        interaction = from_payload(payload).within(workspace_id)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError, UnparsableDelivery):
        return _refused(400, UnparsableDelivery("that is no interaction"))
    token = interaction.handle.token
    acknowledgements.begin(token)
    answer = await answering.answer(interaction)
    # Starlette runs it when the response is out: then Discord knows the token.
    return JSONResponse(answer, background=BackgroundTask(acknowledgements.end, token))


async def _body(request: Request) -> bytes:
    """The request's body. Raises TooLarge above 1 MiB, which no interaction reaches."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            message = "an interaction is never that large"
            raise TooLarge(message)
    return body


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = storable_document(json.loads(body, parse_constant=_refuse_constant))
    except (RecursionError, ValueError) as error:
        message = "the body is not JSON"
        raise UnparsableDelivery(message) from error
    if not isinstance(payload, dict):
        message = "the body is no JSON object"
        raise UnparsableDelivery(message)
    return payload


def _refuse_constant(name: str) -> None:
    """Raises ValueError: `NaN` and `Infinity` are no JSON, though Python reads them."""
    message = f"{name} is no number in JSON"
    raise ValueError(message)


def _refused(status: int, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=status)


def _moment(stamp: str) -> datetime:
    return datetime.fromtimestamp(int(stamp), tz=UTC)
