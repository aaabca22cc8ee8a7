"""A PagerDuty whose webhooks arrive late, twice and in any order, and the truth about its incidents.

Each body is tried until it is taken, under the same name every time.
Source: developer.pagerduty.com, docs/webhooks (Behavior: retries, duplicates, order).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.pagerduty.events import LEE, PagerIncident
from tests.simulation.faults import Faults
from random import Random

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Send = Callable[..., Awaitable[bool]]

RETRIES_S = 3.0
# What may follow a state, as far as it changes what we show.
NEXT = {
    "triggered": ("acknowledged", "resolved", "escalated", "annotated"),
    "acknowledged": ("resolved", "unacknowledged", "annotated", "reassigned"),
    "resolved": ("reopened", "annotated"),
}


@dataclass(frozen=True)
class Webhook:
    """One event: when it happened, in seconds of the run, and its body."""

    at: float
    name: str
    body: bytes


@dataclass(frozen=True)
class Story:
    """An incident from its trigger on; `open_at_last` is the truth when all is told."""

    incident_id: str
    webhooks: tuple[Webhook, ...]
    open_at_last: bool

    @classmethod
    def of(cls, random: Random, number: int, *, lasts_s: float) -> Story:
        incident = PagerIncident(id=f"Q{number}HARBOUR", number=number)
        at = random.uniform(0, lasts_s / 2)
        webhooks = [_webhook(incident, "triggered", at)]
        for _ in range(random.randint(0, 5)):
            at += random.uniform(0.5, lasts_s / 5)
            if at >= lasts_s:
                break
            webhooks.append(_webhook(incident, random.choice(NEXT[incident.status]), at))
        return cls(incident.id, tuple(webhooks), incident.status != "resolved")


@dataclass
class PagerDuty:
    """Sends what happens. send: True where a body was accepted."""

    random: Random
    faults: Faults
    send: Send

    async def tell(self, story: Story) -> None:
        """All of a story; nothing waits for what came before it."""
        async with asyncio.TaskGroup() as telling:
            for webhook in story.webhooks:
                telling.create_task(self._tell(webhook))

    async def _tell(self, webhook: Webhook) -> None:
        late_s = self.random.choice((0.1, 0.1, 5, 25))
        await asyncio.sleep(webhook.at + self.random.uniform(0, late_s))
        while not await self.send(webhook.body, name=webhook.name):
            await asyncio.sleep(self.random.uniform(0.5, RETRIES_S))
        if self.faults.happens(self.faults.repeated):  # our answer was lost
            await asyncio.sleep(self.random.uniform(0.1, RETRIES_S))
            await self.send(webhook.body, name=webhook.name)


def _webhook(incident: PagerIncident, what: str, at: float) -> Webhook:
    kind = f"incident.{what}"
    if what == "annotated":
        body = incident.tells(kind, after=at)
    elif what in ("escalated", "reassigned"):
        body = incident.happens(kind, after=at, assignees=(LEE,))
    else:
        body = incident.happens(kind, after=at)
    return Webhook(at=at, name=f"webhook-{incident.id}-{incident.sent}", body=body)
