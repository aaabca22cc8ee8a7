"""What is forgotten, and when? A job that plans its own successor."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from core.jobs import catalogue
from core.workflows.alert_reconciliation import plan_reconciliation
from core.workflows.pager_reconciliation import plan_pager_reconciliation

if TYPE_CHECKING:
    from core.jobs.model import Job
    from core.workflows.services import Services

KEEP_UTTERANCES = timedelta(days=30)
KEEP_DONE_JOBS = timedelta(days=7)
EVERY = timedelta(hours=1)


async def keep_house(job: Job, *, services: Services) -> None:
    """Handler of `housekeeping`: forget finished work, and what was said, past its retention."""
    now = services.clock.now()
    async with services.store.transaction() as unit:
        await unit.deliveries.purge(before=now - services.rules.keep_deliveries)
        await unit.hearing.purge(before=now - KEEP_UTTERANCES)
        await unit.jobs.purge(before=now - KEEP_DONE_JOBS)
        await unit.jobs.done(job, at=now)
        await unit.jobs.add(
            catalogue.keep_house(
                tenant_id=job.tenant_id,
                run_at=now + EVERY,
                clock=services.clock,
                chance=services.chance,
            )
        )


async def plan_upkeep(*, services: Services) -> None:
    """What a server plans when it starts; jobs that are planned already stay as they are."""
    now, tenant_id = services.clock.now(), services.rules.tenant_id
    chance, clock = services.chance, services.clock
    async with services.store.transaction() as unit:
        await unit.jobs.add(
            catalogue.keep_house(tenant_id=tenant_id, run_at=now, clock=clock, chance=chance)
        )
        await unit.jobs.add(
            catalogue.keep_evidence(tenant_id=tenant_id, run_at=now, clock=clock, chance=chance)
        )
        await plan_reconciliation(unit, services=services)
        await plan_pager_reconciliation(unit, services=services)
