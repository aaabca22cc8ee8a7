"""`POST /webhooks/pagerduty`: check the signature, journal, answer 202; a job does the rest.

What PagerDuty does with our answer decides everything here. 2xx within 5 s: delivered. 5xx, 429 or
no answer: tried again for two days, and what follows of the same incident waits behind it. Any
other 4xx: dropped, and after three dropped in a row the subscription is off for 24 h. So whatever
carries a good signature is taken, understood or not, and only a wrong signature is refused.
Source: developer.pagerduty.com, docs/webhooks (Behavior, Verifying Signatures).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.routing import Route

from core.alerts.model import AlertSource
from core.errors import Unauthorised, Unavailable
from core.workflows.delivery_intake import accept
from core.workflows.signature_failures import SignatureFailures
from webhooks.answers import AnswerCounts, Headers, Scope, Send, answer
from webhooks.body import Disconnected, Receive, read_body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.alerts.model import Delivery
    from core.workflows.delivery_intake import Journal
    from core.workflows.services import Services

PATH = "/webhooks/pagerduty"
SIGNATURE = b"x-pagerduty-signature"
NAME = b"x-webhook-id"
VERSION = b"v1="
MOST_SIGNATURES = 16  # one a secret, and two while a secret is changed
PLAIN_NAME = re.compile(rb"[\x21-\x7e]{1,128}")
# RFC 9110 wants a 401 to say what would have been right.
CHALLENGE = (b"www-authenticate", b'Signature realm="faultmaven", headers="x-pagerduty-signature"')


def pagerduty_router(*, services: Services, journal: Journal, secrets: Sequence[str]) -> APIRouter:
    """The endpoint, with and without a trailing slash.

    secrets: those of all subscriptions, two of one while its secret is changed; without any,
    nobody is let in.
    """
    endpoint = PagerDutyEndpoint(services=services, journal=journal, secrets=secrets)
    return APIRouter(routes=[Route(PATH, endpoint), Route(f"{PATH}/", endpoint)])


class PagerDutyEndpoint:
    """The endpoint, a bare ASGI application."""

    def __init__(self, *, services: Services, journal: Journal, secrets: Sequence[str]) -> None:
        self._services = services
        self._journal = journal
        self._secrets = [secret.encode() for secret in secrets if secret]
        self._tally = AnswerCounts(AlertSource.PAGERDUTY)
        self._forgeries = SignatureFailures(services, secrets=len(self._secrets))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await answer(send, 405, {"detail": "POST deliveries here"})
            return
        try:
            delivery = await self._take(scope["headers"], receive)
        except Disconnected:
            self._tally.count("disconnected")
        except Unauthorised as error:
            self._tally.count("unauthorised")
            detail = {"detail": str(error), "next_step": error.next_step}
            await answer(send, 401, detail, CHALLENGE)
            await self._forgeries.refuse()
        except Unavailable as error:
            await self._tally.put_off(send, error)
        else:
            self._forgeries.welcome()
            self._tally.note(delivery)
            await answer(send, 202, {"delivery": delivery.id})

    async def _take(self, headers: Headers, receive: Receive) -> Delivery:
        """Raises Disconnected, Unauthorised, Overloaded, StoreUnavailable."""
        given = signatures(headers)
        if not given or not self._secrets:
            raise self._refusal()
        seals = [hmac.new(secret, digestmod=hashlib.sha256) for secret in self._secrets]
        limit = self._services.rules.max_delivery_bytes
        with self._journal.room.share() as share:
            body = await read_body(receive, limit=limit, share=share, seals=seals)
            if not is_signed(given, [seal.hexdigest().encode() for seal in seals]):
                raise self._refusal()
            return await accept(
                body,
                source=AlertSource.PAGERDUTY,
                name=name_of(headers),
                journal=self._journal,
                services=self._services,
            )

    def _refusal(self) -> Unauthorised:
        setting = "FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS"
        if not self._secrets:
            message = "no secret of PagerDuty is set here"
            return Unauthorised(message, next_step=f"Set {setting} to the subscription's secret.")
        message = "the signature is missing or wrong"
        return Unauthorised(message, next_step=f"Compare {setting} with the subscription's secret.")


def signatures(headers: Headers) -> list[bytes]:
    """The hexadecimal digests of version 1 that a request carries; other versions are ignored."""
    digests = [
        part.strip().removeprefix(VERSION)
        for name, value in headers
        if name == SIGNATURE
        for part in value.split(b",")
        if part.strip().startswith(VERSION)
    ]
    return digests[:MOST_SIGNATURES]


def is_signed(given: Sequence[bytes], expected: Sequence[bytes]) -> bool:
    """True if any signature fits any secret. Every pair is compared, each in constant time."""
    fits = [
        hmac.compare_digest(signature, candidate) for signature in given for candidate in expected
    ]
    return any(fits)


def name_of(headers: Headers) -> str:
    """PagerDuty's name of the webhook, the same at every try; empty where it is none."""
    given = next((value.strip() for name, value in headers if name == NAME), b"")
    return given.decode("ascii") if PLAIN_NAME.fullmatch(given) else ""
