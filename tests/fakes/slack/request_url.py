"""HTTP mode: signed POSTs to the app's request URL.

Slack: docs.slack.dev/authentication/verifying-requests-from-slack (v0 signature over
`v0:timestamp:body`), docs.slack.dev/apis/events-api (retries, `url_verification`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.app import App

if TYPE_CHECKING:
    from tests.fakes.slack.model import Json
    from tests.fakes.slack.office import AppDelivery, Attempt

MAX_REDIRECTS = 2


def signed(app: App, body: bytes, *, at: float | None = None) -> dict[str, str]:
    """The headers that prove that a body is Slack's. `at`: seconds since the epoch."""
    timestamp = str(int(time.time() if at is None else at))
    text = b":".join((b"v0", timestamp.encode(), body))
    digest = hmac.new(app.signing_secret.encode(), text, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def body_of(delivery: AppDelivery) -> tuple[bytes, str]:
    """Events are JSON, commands a form, interactions a form with JSON in its `payload`."""
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    fields = delivery.payload
    if delivery.kind == "interactive":
        fields = {"payload": json.dumps(delivery.payload)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


@dataclass
class HttpCarrier:
    """A carrier of deliveries to one URL."""

    app: App
    url: str
    session: aiohttp.ClientSession

    async def carry(self, delivery: AppDelivery, attempt: Attempt, *, patience_s: float) -> None:
        body, content_type = body_of(delivery)
        headers = {"Content-Type": content_type, **signed(self.app, body)}
        if attempt.number:
            headers |= {
                "X-Slack-Retry-Num": str(attempt.number),
                "X-Slack-Retry-Reason": attempt.reason,
            }
        try:
            await self._post(body, headers, attempt, patience_s)
        except TimeoutError:
            attempt.failed = "http_timeout"
        except aiohttp.TooManyRedirects:
            attempt.failed = "too_many_redirects"
        except aiohttp.ClientError:
            attempt.failed = "connection_failed"

    async def verify(self) -> bool:
        """Save the request URL: whether it echoes the challenge."""
        challenge = secrets.token_hex(20)
        asked: Json = {
            "token": self.app.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        body = json.dumps(asked).encode()
        headers = {"Content-Type": "application/json", **signed(self.app, body)}
        async with self.session.post(self.url, data=body, headers=headers) as response:
            return response.ok and challenge in await response.text()

    async def _post(
        self, body: bytes, headers: dict[str, str], attempt: Attempt, patience_s: float
    ) -> None:
        timeout = aiohttp.ClientTimeout(total=patience_s)
        async with self.session.post(
            self.url, data=body, headers=headers, timeout=timeout, max_redirects=MAX_REDIRECTS
        ) as response:
            text = await response.text()
            attempt.status = response.status
            attempt.no_retry = response.headers.get("X-Slack-No-Retry") == "1"
            attempt.answered(_answer(text), in_time=response.ok)
            attempt.failed = "" if response.ok else "http_error"


def _answer(text: str) -> Json:
    """A body that is no JSON object is the text of a reply."""
    if not text:
        return {}
    try:
        document = json.loads(text)
    except ValueError:
        return {"text": text}
    return document if isinstance(document, dict) else {"text": text}
