"""How PagerDuty delivers webhooks: signed, in order for each incident, again and again, or dropped.

Source: developer.pagerduty.com, docs/webhooks/Behavior (Timeouts, Retries, Permanent Errors,
Temporary Disablement, Ordering, At-Least-Once Delivery).
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import httpx

from tests.fakes.pagerduty.signatures import headers_of

ANSWER_WITHIN_S = 5.0
FIRST_PAUSE_S = 15.0
LONGEST_PAUSE_S = 3600.0
GIVES_UP_S = 48 * 3600.0
DROPS_IN_A_ROW = 3
LARGEST = 256 * 1024


@dataclass
class SentWebhook:
    """One webhook on its way; `answers` are the statuses of its tries, 0 where there was none."""

    name: str
    body: bytes
    answers: list[int] = field(default_factory=list)
    delivered: bool = False
    dropped: bool = False


@dataclass
class Subscription:
    """One webhook subscription. `pause` waits, in real time or not; `twice` sends each again.

    secrets: two while the secret is being changed.
    """

    url: str
    client: httpx.AsyncClient
    secrets: tuple[str, ...]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    twice: bool = False
    disabled: bool = False
    sent: list[SentWebhook] = field(default_factory=list)
    dropped_in_a_row: int = 0
    _names: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def send(self, *bodies: bytes) -> list[SentWebhook]:
        """Deliver all; those of one incident in order, incidents beside each other."""
        webhooks = [SentWebhook(f"01HOOK{next(self._names):05}", body) for body in bodies]
        self.sent += webhooks
        queues: dict[str, deque[SentWebhook]] = defaultdict(deque)
        for webhook in webhooks:
            queues[_resource(webhook.body)].append(webhook)
        await asyncio.gather(*(self._drain(queue) for queue in queues.values()))
        return webhooks

    async def _drain(self, queue: deque[SentWebhook]) -> None:
        while queue:
            webhook = queue.popleft()
            if self.disabled or len(webhook.body) > LARGEST:
                webhook.dropped = True
                continue
            await self._deliver(webhook)
            if self.twice and webhook.delivered:
                await self._try(webhook)

    async def _deliver(self, webhook: SentWebhook) -> None:
        waited, pause_s = 0.0, FIRST_PAUSE_S
        while True:
            status = await self._try(webhook)
            if 200 <= status < 300:
                webhook.delivered = True
                self.dropped_in_a_row = 0
                return
            again = status in {0, 429} or status >= 500
            if not again or waited >= GIVES_UP_S:
                self._drop(webhook)
                return
            await self.pause(pause_s)
            waited, pause_s = waited + pause_s, min(2 * pause_s, LONGEST_PAUSE_S)

    async def _try(self, webhook: SentWebhook) -> int:
        headers = headers_of(webhook.body, *self.secrets, name=webhook.name)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await self.client.post(self.url, content=webhook.body, headers=headers)
            status = answer.status_code
        except (TimeoutError, httpx.TransportError):
            status = 0
        webhook.answers.append(status)
        return status

    def _drop(self, webhook: SentWebhook) -> None:
        webhook.dropped = True
        self.dropped_in_a_row += 1
        self.disabled = self.disabled or self.dropped_in_a_row >= DROPS_IN_A_ROW

    def enable(self) -> None:
        """As a person does in the web app, instead of waiting for 24 h."""
        self.disabled, self.dropped_in_a_row = False, 0


def _resource(body: bytes) -> str:
    """What the order is kept of: the incident, as far as one is named."""
    try:
        data = json.loads(body)["event"]["data"]
    except (ValueError, KeyError, TypeError):
        return ""
    if data.get("type") == "incident":
        return str(data["id"])
    return str((data.get("incident") or {}).get("id", ""))
