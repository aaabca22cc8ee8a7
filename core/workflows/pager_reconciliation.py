"""Which incidents ended without a word? PagerDuty is asked which are open, where there is a key.

A webhook that it had to drop is never sent again. An incident counts as over when two polls lack
it. One that is open there and unknown here opens no case: a subscription tells of some services or
teams, a key sees them all.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from core.alerts.model import Source
from core.errors import FaultMavenError
from core.jobs import catalogue
from core.workflows.alert_reconciliation import POLL_EVERY, Poll, conclude

if TYPE_CHECKING:
    from core.jobs.model import Job
    from core.ports import Pager
    from core.store import Unit
    from core.workflows.services import Services

# A list that is read in pages can skip what moves from one page to another; not twice.
APART = timedelta(minutes=2)

log = logging.getLogger(__name__)


async def reconcile_pager(job: Job, *, services: Services) -> None:
    """Handler of `pager.reconcile`: ask, conclude, and plan the next time."""
    if services.pager is None:
        return
    poll = await _ask(services.pager, services=services)
    async with services.store.transaction() as unit:
        if poll is not None:
            await _count_unknown(unit, poll)
            await conclude(unit, poll, services=services)
        await unit.jobs.done(job, at=services.clock.now())
        await plan_pager_reconciliation(unit, after=POLL_EVERY, services=services)


async def plan_pager_reconciliation(
    unit: Unit, *, after: timedelta = timedelta(0), services: Services
) -> None:
    """Ask again after that long, where there is a key; also what starts it all."""
    if services.pager is None:
        return
    await unit.jobs.add(
        catalogue.reconcile_pager(
            tenant_id=services.rules.tenant_id,
            run_at=services.clock.now() + after,
            clock=services.clock,
            chance=services.chance,
        )
    )


async def _ask(pager: Pager, *, services: Services) -> Poll | None:
    """None where it cannot say; a wrong key is said by `doctor`, and stops nothing here."""
    began = services.clock.now()
    try:
        active = await pager.open_incidents()
    except FaultMavenError as error:
        log.warning("no incident is reconciled: %s", error)
        return None
    return Poll(
        source=Source.PAGERDUTY,
        began=began,
        active=active,
        apart=APART,
        gone="it is not open in PagerDuty any more",
    )


async def _count_unknown(unit: Unit, poll: Poll) -> None:
    known = {one.fingerprint for one in await unit.occurrences.all_open()}
    unknown = len(poll.active - known)
    if unknown:
        log.info("%d incidents are open in PagerDuty that no webhook told us of", unknown)
