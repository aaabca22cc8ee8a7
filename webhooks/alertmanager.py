"""`POST /webhooks/alertmanager`: verify, journal, answer 2xx; a job does the rest.

What Alertmanager does with our answer decides everything here. 2xx: delivered. 5xx or no answer:
tried again within seconds. Anything else: tried again at the next group interval, for ever. A
redirect is followed as a GET without the body, and the alert is lost: so none is ever sent.
Source: notify/webhook/webhook.go and notify/util.go; measured on 0.25.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from fastapi import APIRouter
from prometheus_client import Counter
from starlette.routing import Route

from core.alerts.intake import accept
from core.errors import FaultMavenError, Unauthorised, Unavailable
from webhooks.body import Disconnected, Receive, read_body

if TYPE_CHECKING:
    from core.alerts.journal import Journal
    from core.alerts.model import Delivery
    from core.services import Services

PATH = "/webhooks/alertmanager"
DELIVERIES = Counter(
    "faultmaven_deliveries", "Webhook deliveries by source and outcome.", ["source", "outcome"]
)
log = structlog.get_logger("faultmaven.webhooks.alertmanager")

Headers = Iterable[tuple[bytes, bytes]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def alertmanager_router(*, services: Services, journal: Journal, token: str | None) -> APIRouter:
    """The door, with and without a trailing slash. `token` None lets everyone in."""
    door = Door(services=services, journal=journal, token=token)
    return APIRouter(routes=[Route(PATH, door), Route(f"{PATH}/", door)])


class Door:
    """The door as a bare ASGI application: a framework's request costs as much as the commit."""

    def __init__(self, *, services: Services, journal: Journal, token: str | None) -> None:
        self._services = services
        self._journal = journal
        self._token = token.encode() if token is not None else None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _answer(send, 405, {"detail": "POST deliveries here"})
            return
        try:
            if not is_known(scope["headers"], self._token):
                message = "the secret is missing or wrong"
                raise Unauthorised(message)
            delivery = await self._take(receive)
        except Disconnected:
            _count("disconnected")
        except FaultMavenError as error:
            await _refuse(send, error)
        else:
            _note(delivery)
            await _answer(send, 200, {"delivery": delivery.id})

    async def _take(self, receive: Receive) -> Delivery:
        limit = self._services.rules.max_delivery_bytes
        with self._journal.room.share() as share:
            body = await read_body(receive, limit=limit, share=share)
            return await accept(body, journal=self._journal, services=self._services)


def is_known(headers: Headers, token: bytes | None) -> bool:
    """Does the request carry the token, as bearer or as basic password? In constant time."""
    if token is None:
        return True
    return any(
        hmac.compare_digest(_secret(value), token)
        for name, value in headers
        if name == b"authorization"
    )


def _secret(authorization: bytes) -> bytes:
    scheme, _, rest = authorization.partition(b" ")
    match scheme.lower():
        case b"bearer":
            return rest.strip()
        case b"basic":
            return _password(rest)
        case _:
            return b""


def _password(credentials: bytes) -> bytes:
    try:
        return base64.b64decode(credentials.strip(), validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


def _note(delivery: Delivery) -> None:
    """Count it; say which could not be read, never what it said."""
    outcome = "accepted" if delivery.problem is None else delivery.state.value
    _count(outcome)
    if delivery.problem is not None:
        log.warning(
            "delivery kept but not understood",
            delivery=delivery.id,
            outcome=outcome,
            problem=delivery.problem,
            size=delivery.size,
            sha256=delivery.sha256,
        )


async def _refuse(send: Send, error: FaultMavenError) -> None:
    if isinstance(error, Unavailable):
        _count("refused")
        log.warning("delivery refused, it will be sent again", problem=str(error))
        await _answer(send, 503, {"detail": str(error)}, (b"retry-after", b"5"))
        return
    _count("unauthorised")
    challenge = (b"www-authenticate", b'Bearer realm="faultmaven"')
    await _answer(send, 401, {"detail": str(error)}, challenge)


_COUNTERS = {
    outcome: DELIVERIES.labels("alertmanager", outcome)
    for outcome in (
        "accepted",
        "unparsable",
        "oversized",
        "refused",
        "unauthorised",
        "disconnected",
    )
}


def _count(outcome: str) -> None:
    _COUNTERS[outcome].inc()


async def _answer(
    send: Send, status: int, content: dict[str, str], *headers: tuple[bytes, bytes]
) -> None:
    body = orjson.dumps(content)
    own = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
