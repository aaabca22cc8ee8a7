"""Requests of PagerDuty and of Slack: genuine ones, and what somebody could make of them.

Sources: developer.pagerduty.com, docs/webhooks/Signatures;
docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from tests.fakes.pagerduty.signatures import NAME, SIGNATURE, headers_of, signature

TIMESTAMP, SEAL = "X-Slack-Request-Timestamp", "X-Slack-Signature"
STALE_S = (301, 40_000_000)


@dataclass(frozen=True)
class SignedRequest:
    """`secret` is the one that it was signed with."""

    endpoint: SignedEndpoint
    body: bytes
    headers: dict[str, str]
    secret: str


Kind: TypeAlias = Callable[[SignedRequest, random.Random], SignedRequest]


@dataclass(frozen=True, eq=False)
class SignedEndpoint:
    """`forgeries` must be refused; `repeats` must be taken, and do nothing."""

    name: str
    path: str
    seal: str  # the header with the signature
    forgeries: tuple[Kind, ...]
    repeats: tuple[Kind, ...]


def genuine(endpoint: SignedEndpoint, body: bytes, secret: str, *, name: str = "") -> SignedRequest:
    """As the platform sends it. name: PagerDuty's own, of the webhook."""
    if endpoint is PAGERDUTY:
        return SignedRequest(endpoint, body, headers_of(body, secret, name=name), secret)
    return SignedRequest(endpoint, body, _of_slack(body, secret, int(time.time())), secret)


def forged(request: SignedRequest, rng: random.Random) -> SignedRequest:
    """Signed by somebody who does not have the secret."""
    secret = rng.randbytes(20).hex()
    if request.endpoint is PAGERDUTY:
        return _with(request, SIGNATURE, signature(request.body, secret))
    return replace(request, headers=_of_slack(request.body, secret, int(time.time())))


def mutated(request: SignedRequest, rng: random.Random) -> SignedRequest:
    """One byte of the body is another one."""
    body = bytearray(request.body)
    place = rng.randrange(len(body))
    body[place] ^= rng.randrange(1, 256)
    return replace(request, body=bytes(body))


def shortened(request: SignedRequest, rng: random.Random) -> SignedRequest:
    """The end of the body is missing."""
    return replace(request, body=request.body[: rng.randrange(len(request.body))])


def garbled(request: SignedRequest, rng: random.Random) -> SignedRequest:
    """One digit of the signature is another one."""
    seal = request.headers[request.endpoint.seal]
    place = rng.randrange(len(seal) - 64, len(seal))
    digit = rng.choice([letter for letter in "0123456789abcdef" if letter != seal[place]])
    return _with(request, request.endpoint.seal, seal[:place] + digit + seal[place + 1 :])


def unsigned(request: SignedRequest, _: random.Random) -> SignedRequest:
    """The request without its signature."""
    return replace(
        request, headers={n: v for n, v in request.headers.items() if n != request.endpoint.seal}
    )


def of_another_version(request: SignedRequest, rng: random.Random) -> SignedRequest:
    """The right digest under an unspecified version of the signature."""
    version, _, digest = request.headers[request.endpoint.seal].partition("=")
    another = rng.choice([name for name in ("v0", "v1", "v2", "") if name != version])
    return _with(request, request.endpoint.seal, f"{another}={digest}")


def stale(request: SignedRequest, rng: random.Random) -> SignedRequest:
    """Signed with the secret, more than five minutes ago; or that far in the future."""
    away = rng.randint(*STALE_S) * rng.choice((1, 1, 1, -1))
    return replace(
        request, headers=_of_slack(request.body, request.secret, int(time.time()) - away)
    )


def redated(request: SignedRequest, rng: random.Random) -> SignedRequest:
    """An old signature with a new date."""
    old = stale(request, rng)
    return _with(old, TIMESTAMP, str(int(time.time())))


def _age_s(request: SignedRequest) -> float:
    return time.time() - int(request.headers[TIMESTAMP])


def replayed(request: SignedRequest, _: random.Random) -> SignedRequest:
    """The very same request."""
    if request.endpoint is SLACK and _age_s(request) > STALE_S[0] - 30:
        return replace(request, headers=_of_slack(request.body, request.secret, int(time.time())))
    return request


def renamed(request: SignedRequest, _: random.Random) -> SignedRequest:
    """PagerDuty's name of a webhook is not signed: anybody who replays one can give it another."""
    return _with(request, NAME, secrets.token_hex(13).upper())


def retried(request: SignedRequest, rng: random.Random) -> SignedRequest:
    """As Slack delivers it again: signed anew, and it says which try it is."""
    headers = _of_slack(request.body, request.secret, int(time.time()))
    number, reason = str(rng.randint(1, 3)), "http_timeout"
    return replace(
        request,
        headers=headers | {"X-Slack-Retry-Num": number, "X-Slack-Retry-Reason": reason},
    )


def _of_slack(body: bytes, secret: str, at: int) -> dict[str, str]:
    text = b":".join((b"v0", str(at).encode(), body))
    digest = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", TIMESTAMP: str(at), SEAL: f"v0={digest}"}


def _with(request: SignedRequest, name: str, value: str) -> SignedRequest:
    return replace(request, headers=request.headers | {name: value})


_BAD: tuple[Kind, ...] = (forged, mutated, shortened, garbled, unsigned, of_another_version)
PAGERDUTY = SignedEndpoint("pagerduty", "/webhooks/pagerduty", SIGNATURE, _BAD, (replayed, renamed))
SLACK = SignedEndpoint("slack", "/slack/events", SEAL, (*_BAD, stale, redated), (replayed, retried))
