"""Who hears of wrong signatures: one may be an attack, three in a row are a mistyped secret.

PagerDuty gives up a subscription for a day after three webhooks that we refuse, so the admins are
told at the third, once, and told again when a good one has come.
Source: developer.pagerduty.com, docs/webhooks/Behavior (Temporary Disablement).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.clock import micros
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.messages.outbox import queue_admin_notice
from core.errors import Unavailable
from core.jobs.ports import Fact
from core.text.quantities import clock
from core.text.sentences import sentences
from core.workflows.services import Services

if TYPE_CHECKING:
    from core.alerts.model import Delivery
    from core.text.redacted import RedactedText
    from core.workflows.services import Unit

say = sentences("workflows.signature_failures")

REFUSED = "pagerduty:refused"  # signatures were wrong, one after the other
PINGED = "pagerduty:pinged"  # somebody tested the subscription
KEY = "pagerduty:signatures"
ENOUGH = 3
LOOK_EVERY = timedelta(seconds=10)  # whoever floods the door does not flood the database

log = logging.getLogger(__name__)


@dataclass
class SignatureFailures:
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
        problem = say("three_in_a_row").text
        log.error("%s: compare the secret with that of the subscription", problem)
        why = say("mistyped" if self.secrets else "unset")
        text = say(
            "wrong_signatures",
            n=self.in_a_row,
            at=clock(now, now),
        )
        async with self.services.unit() as unit:
            await unit.facts.put(_fact(unit, REFUSED, problem, now))
            card = _card(now, Mark.REFUSED, text, why, say("next_step"))
            await queue_admin_notice(unit, card)


async def clear_failures(unit: Unit, delivery: Delivery) -> None:
    """A good webhook has come after the wrong ones: what was said of them is over.

    One that came before them, and is processed late or driven again, says nothing of now.
    """
    refused = await unit.facts.get(REFUSED)
    if refused is None or delivery.received_at <= refused.at:
        return
    now = unit.now
    await unit.facts.remove(REFUSED)
    text = say("right_again", at=clock(now, now))
    await queue_admin_notice(unit, _card(now, Mark.RESOLVED, text))


async def refused_since(*, services: Services) -> datetime | None:
    """Since when three signatures in a row were wrong; None where a good one came after them."""
    async with services.reading() as unit:
        refused = await unit.facts.get(REFUSED)
    return refused.at if refused else None


async def record_ping(unit: Unit, delivery: Delivery) -> None:
    """The delivery is PagerDuty's own test of a subscription."""
    await unit.facts.put(_fact(unit, PINGED, "", delivery.received_at))


async def last_ping(*, services: Services) -> datetime | None:
    """When PagerDuty's own test of a subscription came in last."""
    async with services.reading() as unit:
        pinged = await unit.facts.get(PINGED)
    return pinged.at if pinged else None


def _fact(unit: Unit, key: str, value: str, at: datetime) -> Fact:
    return Fact(tenant_id=unit.context.tenant_id, key=key, value=value, at=at)


def _card(now: datetime, mark: Mark, text: RedactedText, *rest: RedactedText) -> Card:
    rows = (Row(text=text, strong=True), *(Row(text=row) for row in rest))
    return Card(key=KEY, version=micros(now), mark=mark, rows=rows)
