"""A PagerDuty whose webhooks arrive late, twice and in any order, and the truth behind them.

Each body is tried until it is taken, under the same name every time.
Source: developer.pagerduty.com, docs/webhooks (Behavior: retries, duplicates, order).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from tests.fakes.pagerduty.events import LEE, PagerIncident
from tests.simulation.alerts import insist
from tests.simulation.faults import Faults

# What may follow a state, as far as it changes what we show.
NEXT = {
    "triggered": ("acknowledged", "resolved", "escalated", "annotated"),
    "acknowledged": ("resolved", "unacknowledged", "annotated", "reassigned"),
    "resolved": ("reopened", "annotated"),
}


@dataclass(frozen=True)
class EventWebhook:
    """One event: when it happened, in seconds of the run, and its body."""

    at: float
    name: str
    body: bytes


@dataclass(frozen=True)
class IncidentStory:
    """An incident from its trigger on. begins: how often it was opened."""

    fingerprint: str
    webhooks: tuple[EventWebhook, ...]
    fires_at_last: bool
    begins: int

    @classmethod
    def of(cls, random: Random, number: int, *, lasts_s: float) -> IncidentStory:
        incident = PagerIncident(id=f"Q{number}HARBOUR", number=number)
        at = random.uniform(0, lasts_s / 2)
        webhooks = [_webhook(incident, "triggered", at)]
        begins = 1
        for _ in range(random.randint(0, 5)):
            at += random.uniform(0.5, lasts_s / 5)
            if at >= lasts_s:
                break
            what = random.choice(NEXT[incident.status])
            begins += what == "reopened"
            webhooks.append(_webhook(incident, what, at))
        return cls(incident.id, tuple(webhooks), incident.status != "resolved", begins)


@dataclass
class SimulatedPagerDuty:
    """Sends what happens. send: True where a body was accepted."""

    random: Random
    faults: Faults
    send: Callable[..., Awaitable[bool]]

    async def tell(self, story: IncidentStory) -> None:
        """All of a story; nothing waits for what came before it."""
        async with asyncio.TaskGroup() as telling:
            for webhook in story.webhooks:
                telling.create_task(self._tell(webhook))

    async def _tell(self, webhook: EventWebhook) -> None:
        late_s = self.random.choice((0.1, 0.1, 5, 25))
        await asyncio.sleep(webhook.at + self.random.uniform(0, late_s))
        send = partial(self.send, webhook.body, name=webhook.name)
        await insist(send, random=self.random)
        if self.faults.happens(self.faults.repeated):  # our answer was lost
            await asyncio.sleep(self.random.uniform(0.1, 3))
            await send()


def _webhook(incident: PagerIncident, what: str, at: float) -> EventWebhook:
    kind = f"incident.{what}"
    if what == "annotated":
        body = incident.tells(kind, after=at)
    elif what in ("escalated", "reassigned"):
        body = incident.happens(kind, after=at, assignees=(LEE,))
    else:
        body = incident.happens(kind, after=at)
    return EventWebhook(at=at, name=f"webhook-{incident.id}-{incident.sent}", body=body)
