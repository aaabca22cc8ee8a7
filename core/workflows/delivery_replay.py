"""How are deliveries driven through again? By their journaled bodies, after a fix or a restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.catalogue import process_delivery
from core.workflows.source_notices import GROUP as NOTICES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.workflows.services import Services


async def replay(
    *, ids: Sequence[str] | None = None, since: datetime | None = None, services: Services
) -> list[str]:
    """Plan the deliveries again, oldest first where they come from `since`; says which.

    Harmless as often as one likes: each keeps the time it was received, so that what was old
    news stays old news. Raises NotFound for an id that was never journaled or is purged.
    """
    clock, chance = services.clock, services.chance
    async with services.store.transaction() as unit:
        found = list(ids or [])
        if since is not None:
            found += [one for one in await unit.deliveries.since(since) if one not in found]
        planned = []
        for delivery in [await unit.deliveries.get(delivery_id) for delivery_id in found]:
            if delivery.group == NOTICES:
                continue
            job = process_delivery(
                delivery.id,
                tenant_id=delivery.tenant_id,
                source=delivery.source,
                group=delivery.group,
                clock=clock,
                chance=chance,
            )
            await unit.jobs.add(job)
            planned.append(delivery.id)
    return planned
