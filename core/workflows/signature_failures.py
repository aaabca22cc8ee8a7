"""Who hears of wrong signatures: one may be an attack, three in a row are a mistyped secret.

PagerDuty gives up a subscription for a day after three webhooks that we refuse, so the admins are
told at the third, once, and told again when a good one has come.
Source: developer.pagerduty.com, docs/webhooks/Behavior (Temporary Disablement).

Rows of this kind hold no body; a fact is renewed in its row, and a replay leaves it alone.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from core.alerts.model import AlertSource, Delivery, DeliveryState
from core.clock import micros
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.messages.outbox import tell_admins
from core.errors import NotFound, Unavailable
from core.text.quantities import clock
from core.text.redacted import RedactedText
from core.workflows.services import Services

if TYPE_CHECKING:
    from core.workflows.store import Unit

GROUP = "!notices"  # no delivery is of a group with this name


class Fact(StrEnum):
    """What is kept."""

    REFUSED = "refused"  # signatures were wrong, one after the other
    PINGED = "pinged"  # somebody tested the subscription


async def note(
    unit: Unit,
    source: AlertSource,
    fact: Fact,
    *,
    at: datetime,
    problem: str | None = None,
) -> None:
    """From `at` on it is so. problem: in our words; None where nothing is wrong (any more)."""
    tenant_id = unit.context.tenant_id
    notice_id = _id(tenant_id, source, fact)
    try:
        await unit.deliveries.mark(notice_id, DeliveryState.DONE, at=at, problem=problem)
    except NotFound:
        row = Delivery(
            id=notice_id,
            tenant_id=tenant_id,
            source=source,
            group=GROUP,
            received_at=at,
            body=b"",
            size=0,
            sha256=hashlib.sha256().hexdigest(),
            state=DeliveryState.DONE,
            problem=problem,
            processed_at=at,
        )
        await unit.deliveries.add(row)


async def noted(unit: Unit, source: AlertSource, fact: Fact) -> Delivery | None:
    """The fact's row, `processed_at` being when it was noted last."""
    try:
        return await unit.deliveries.get(_id(unit.context.tenant_id, source, fact))
    except NotFound:
        return None


def _id(tenant_id: str, source: AlertSource, fact: Fact) -> str:
    return f"delivery_{tenant_id}_{source}_{fact}"


KEY = "pagerduty:signatures"
ENOUGH = 3
LOOK_EVERY = timedelta(seconds=10)  # whoever floods the door does not flood the database
PROBLEM = "three webhooks in a row had a wrong signature"
MISTYPED = RedactedText.format(
    "Probably FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS is mistyped, or lacks the secret of a new "
    "subscription"
)
UNSET = RedactedText.format("FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS is not set, so nothing is let in")
NEXT = RedactedText.format(
    "Next: correct it, restart, and enable the subscription in PagerDuty again: after three "
    "refusals it is off for 24 h"
)

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
        log.error("%s: is the secret mistyped?", PROBLEM)
        why = MISTYPED if self.secrets else UNSET
        said = RedactedText.format(
            "PagerDuty: {n} webhooks in a row had a wrong signature, the last at {at}",
            n=self.in_a_row,
            at=clock(now, now),
        )
        async with self.services.unit() as unit:
            await note(
                unit,
                AlertSource.PAGERDUTY,
                Fact.REFUSED,
                at=now,
                problem=PROBLEM,
            )
            card = _card(now, Mark.REFUSED, said, why, NEXT)
            await tell_admins(unit, card)


async def clear_failures(unit: Unit, delivery: Delivery) -> None:
    """A good webhook has come after the wrong ones: what was said of them is over.

    One that came before them, and is processed late or driven again, says nothing of now.
    """
    notice = await noted(unit, AlertSource.PAGERDUTY, Fact.REFUSED)
    if notice is None or notice.problem is None or notice.processed_at is None:
        return
    if delivery.received_at <= notice.processed_at:
        return
    now = unit.now
    await note(unit, AlertSource.PAGERDUTY, Fact.REFUSED, at=now)
    said = RedactedText.format(
        "PagerDuty: signatures are right again since {at}", at=clock(now, now)
    )
    await tell_admins(unit, _card(now, Mark.RESOLVED, said))


async def refused_since(*, services: Services) -> datetime | None:
    """Since when three signatures in a row were wrong; None where a good one came after them."""
    async with services.reading() as unit:
        notice = await noted(unit, AlertSource.PAGERDUTY, Fact.REFUSED)
    return notice.processed_at if notice is not None and notice.problem else None


async def last_ping(*, services: Services) -> datetime | None:
    """When PagerDuty's own test of a subscription came in last."""
    async with services.reading() as unit:
        notice = await noted(unit, AlertSource.PAGERDUTY, Fact.PINGED)
    return notice.processed_at if notice is not None else None


def _card(now: datetime, mark: Mark, said: RedactedText, *rest: RedactedText) -> Card:
    rows = (Row(text=said, strong=True), *(Row(text=row) for row in rest))
    return Card(key=KEY, version=micros(now), mark=mark, rows=rows)
