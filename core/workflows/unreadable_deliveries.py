"""What becomes of a delivery that nobody can read? It is kept, and one card tells people of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from core.alerts.model import Delivery, DeliveryState
from core.clock import micros
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.messages.outbox import say
from core.text.quantities import clock, counted, size
from core.text.redacted import Clean

if TYPE_CHECKING:
    from core.jobs.model import Job
    from core.store import Unit
    from core.workflows.services import Services

KEY = "deliveries:unreadable"  # one card for all: the newest one edits it

log = logging.getLogger(__name__)


async def report_unreadable(
    job: Job, delivery: Delivery, *, problem: str, services: Services
) -> None:
    """Mark it, and show the newest such delivery, and how many there are, where cases open."""
    state = (
        delivery.state if delivery.state is DeliveryState.OVERSIZED else DeliveryState.UNPARSABLE
    )
    log.warning("delivery %s is %s: %s", delivery.id, state, problem)
    now = services.clock.now()
    async with services.store.transaction() as unit:
        await unit.deliveries.mark(delivery.id, state, at=now, problem=problem)
        card = await _card(unit, delivery, problem, services=services)
        await say(unit, None, services.rules.home, card, services=services)
        await unit.jobs.done(job, at=now)


async def _card(unit: Unit, delivery: Delivery, problem: str, *, services: Services) -> Card:
    redact = services.redactor().clean
    now = services.clock.now()
    kept = 0
    for state in (DeliveryState.UNPARSABLE, DeliveryState.OVERSIZED):
        kept += await unit.deliveries.count(state)
    what = Clean.say(
        "{counted} from {source} could not be read; the newest at {at} ({size}): {problem}",
        counted=counted(kept, "delivery", "deliveries"),
        source=redact(delivery.source.value),
        at=clock(delivery.received_at, now),
        size=size(delivery.size),
        problem=redact(problem),
    )
    next_step = Clean.say(
        "Kept as {id}. Check what posts here; `faultmaven replay --delivery {id}` after a fix",
        id=redact(delivery.id),
    )
    rows = (Row(text=what, strong=True), Row(text=next_step))
    return Card(key=KEY, version=micros(now), mark=Mark.REFUSED, rows=rows)
