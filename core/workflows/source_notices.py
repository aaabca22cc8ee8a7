"""What must be known of a source beyond the process that saw it? One row a fact, in the journal.

Rows of this kind hold no body; a fact is renewed in its row, and a replay leaves it alone.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING

from core.alerts.model import Delivery, DeliveryState, Source
from core.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from core.store import Unit
    from core.workflows.services import Services

GROUP = "!notices"  # no delivery is of a group with this name


class Fact(StrEnum):
    """What is kept."""

    REFUSED = "refused"  # signatures were wrong, one after the other
    PINGED = "pinged"  # somebody tested the subscription


async def note(
    unit: Unit,
    source: Source,
    fact: Fact,
    *,
    at: datetime,
    problem: str | None = None,
    services: Services,
) -> None:
    """From `at` on it is so. problem: in our words; None where nothing is wrong (any more)."""
    tenant_id = services.rules.tenant_id
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


async def noted(unit: Unit, source: Source, fact: Fact, *, services: Services) -> Delivery | None:
    """The fact's row, `processed_at` being when it was noted last."""
    try:
        return await unit.deliveries.get(_id(services.rules.tenant_id, source, fact))
    except NotFound:
        return None


def _id(tenant_id: str, source: Source, fact: Fact) -> str:
    return f"delivery_{tenant_id}_{source}_{fact}"
