"""Who hears of wrong signatures? One may be an attack; three in a row are a mistyped secret.

PagerDuty gives up a subscription for a day after three webhooks that we refuse, so the admins are
told at the third, once, and told again when a good one has come.
Source: developer.pagerduty.com, docs/webhooks/Behavior (Temporary Disablement).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.alerts.model import Delivery, Source
from core.clock import micros
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.messages.outbox import tell_admins
from core.errors import Unavailable
from core.text.quantities import clock
from core.text.redacted import Clean
from core.workflows.services import Services
from core.workflows.source_notices import Fact, note, noted

if TYPE_CHECKING:
    from core.store import Unit

KEY = "pagerduty:signatures"
ENOUGH = 3
LOOK_EVERY = timedelta(seconds=10)  # whoever floods the door does not flood the database
PROBLEM = "three webhooks in a row had a wrong signature"
MISTYPED = Clean.say(
    "Probably FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS is mistyped, or lacks the secret of a new "
    "subscription"
)
UNSET = Clean.say("FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS is not set, so nothing is let in")
NEXT = Clean.say(
    "Next: correct it, restart, and enable the subscription in PagerDuty again: after three "
    "refusals it is off for 24 h"
)

log = logging.getLogger(__name__)


@dataclass
class Forgeries:
    """Wrong signatures in a row, as one process counts them. secrets: how many are set here."""

    services: Services
    secrets: int
    in_a_row: int = 0
    looked_at: datetime | None = None

    def welcome(self) -> None:
        """A signature was right."""
        self.in_a_row = 0

    async def refuse(self) -> None:
        """A signature was wrong. Raises nothing: whoever sent it has had its answer."""
        self.in_a_row += 1
        now = self.services.clock.now()
        if self.in_a_row < ENOUGH or (self.looked_at and now - self.looked_at < LOOK_EVERY):
            return
        self.looked_at = now
        try:
            await self._tell(now)
        except Unavailable as error:
            log.warning("nobody was told of wrong signatures: %s", error)

    async def _tell(self, now: datetime) -> None:
        if await refused_since(services=self.services) is not None:
            return
        log.error("%s: is the secret mistyped?", PROBLEM)
        why = MISTYPED if self.secrets else UNSET
        said = Clean.say(
            "PagerDuty: {n} webhooks in a row had a wrong signature, the last at {at}",
            n=self.in_a_row,
            at=clock(now, now),
        )
        async with self.services.store.transaction() as unit:
            await note(
                unit,
                Source.PAGERDUTY,
                Fact.REFUSED,
                at=now,
                problem=PROBLEM,
                services=self.services,
            )
            card = _card(now, Mark.REFUSED, said, why, NEXT)
            await tell_admins(unit, card, services=self.services)


async def forgive(unit: Unit, delivery: Delivery, *, services: Services) -> None:
    """A good webhook has come after the wrong ones: what was said of them is over.

    One that came before them, and is processed late or driven again, says nothing of now.
    """
    notice = await noted(unit, Source.PAGERDUTY, Fact.REFUSED, services=services)
    if notice is None or notice.problem is None or notice.processed_at is None:
        return
    if delivery.received_at <= notice.processed_at:
        return
    now = services.clock.now()
    await note(unit, Source.PAGERDUTY, Fact.REFUSED, at=now, services=services)
    said = Clean.say("PagerDuty: signatures are right again since {at}", at=clock(now, now))
    await tell_admins(unit, _card(now, Mark.RESOLVED, said), services=services)


async def refused_since(*, services: Services) -> datetime | None:
    """Since when three signatures in a row were wrong; None where a good one came after them."""
    async with services.store.reading() as unit:
        notice = await noted(unit, Source.PAGERDUTY, Fact.REFUSED, services=services)
    return notice.processed_at if notice is not None and notice.problem else None


async def last_ping(*, services: Services) -> datetime | None:
    """When PagerDuty's own test of a subscription came in last."""
    async with services.store.reading() as unit:
        notice = await noted(unit, Source.PAGERDUTY, Fact.PINGED, services=services)
    return notice.processed_at if notice is not None else None


def _card(now: datetime, mark: Mark, said: Clean, *rest: Clean) -> Card:
    rows = (Row(text=said, strong=True), *(Row(text=row) for row in rest))
    return Card(key=KEY, version=micros(now), mark=mark, rows=rows)
