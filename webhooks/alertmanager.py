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
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.routing import Route

from core.alerts.model import AlertSource
from core.errors import Unavailable
from core.workflows.delivery_intake import accept
from webhooks.answers import AnswerCounts, Headers, Scope, Send, answer
from webhooks.body import Disconnected, Receive, read_body

if TYPE_CHECKING:
    from core.alerts.model import Delivery
    from core.workflows.delivery_intake import Journal
    from core.workflows.services import Services

PATH = "/webhooks/alertmanager"
CHALLENGE = (b"www-authenticate", b'Bearer realm="faultmaven"')


def alertmanager_router(*, services: Services, journal: Journal, token: str | None) -> APIRouter:
    """The endpoint, with and without a trailing slash. `token` None lets everyone in."""
    endpoint = AlertmanagerEndpoint(services=services, journal=journal, token=token)
    return APIRouter(routes=[Route(PATH, endpoint), Route(f"{PATH}/", endpoint)])


class AlertmanagerEndpoint:
    """A bare ASGI application: a framework's request would cost as much as the commit."""

    def __init__(self, *, services: Services, journal: Journal, token: str | None) -> None:
        self._services = services
        self._journal = journal
        self._token = token.encode() if token is not None else None
        self._tally = AnswerCounts(AlertSource.ALERTMANAGER)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await answer(send, 405, {"detail": "POST deliveries here"})
            return
        if not is_known(scope["headers"], self._token):
            self._tally.count("unauthorised")
            await answer(send, 401, {"detail": "the secret is missing or wrong"}, CHALLENGE)
            return
        try:
            delivery = await self._take(receive)
        except Disconnected:
            self._tally.count("disconnected")
        except Unavailable as error:
            await self._tally.put_off(send, error)
        else:
            self._tally.note(delivery)
            await answer(send, 200, {"delivery": delivery.id})

    async def _take(self, receive: Receive) -> Delivery:
        limit = self._services.rules.max_delivery_bytes
        with self._journal.room.share() as share:
            body = await read_body(receive, limit=limit, share=share)
            return await accept(body, journal=self._journal, services=self._services)


def is_known(headers: Headers, token: bytes | None) -> bool:
    """True if the request carries the token, as bearer or basic password. In constant time."""
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
