"""What is kept of evidence, and for how long? A job that plans its own successor.

First every original is held by its case, under the secret of now: that seals those of versions
that did not, and changes keys after a change of the secret. Then those go whose time is over, and
what was stored and never became evidence.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from core.errors import NotFound, StoreUnavailable
from core.jobs.catalogue import keep_evidence
from core.workflows.evidence_deletion import let_go

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from core.evidence.model import EvidenceFile
    from core.jobs.model import Job
    from core.workflows.services import Services

KEEP_UNCLAIMED = timedelta(days=1)  # what was stored, and of which no case knows
EVERY = timedelta(days=1)
AT_ONCE = 100

_log = logging.getLogger(__name__)


async def keep_originals(job: Job, *, services: Services) -> None:
    """Handler of `evidence.upkeep`."""
    await hold_all(services=services)
    now = services.clock.now()
    async for file in _kept(services=services, resolved_before=now - services.rules.keep_originals):
        await _let_go(file, services=services)
    await services.files.sweep(before=now - KEEP_UNCLAIMED)
    async with services.store.transaction() as unit:
        await unit.jobs.done(job, at=now)
        following = keep_evidence(
            tenant_id=job.tenant_id,
            run_at=now + EVERY,
            clock=services.clock,
            chance=services.chance,
        )
        await unit.jobs.add(following)


async def hold_all(*, services: Services) -> None:
    """Also what waits to be read: after this nothing unclaimed is evidence."""
    async for file in _kept(services=services):
        try:
            await services.files.hold(file.tenant_id, file.blob, case_id=file.case_id)
        except NotFound:  # the disk lost it; whoever wants to read it is told
            continue
        except StoreUnavailable as error:  # one that is damaged must not keep all others for ever
            _log.warning("the original of %s cannot be held: %s", file.id, error)


async def _let_go(file: EvidenceFile, *, services: Services) -> None:
    """Unless its case was opened again meanwhile."""
    async with services.store.transaction() as unit:
        view = await unit.cases.view(file.case_id, lock=True)
        now = await unit.files.get(file.id)
        if now.is_kept and not view.case.state.is_open:
            await let_go(unit, view, now, services=services)


async def _kept(
    *, services: Services, resolved_before: datetime | None = None
) -> AsyncIterator[EvidenceFile]:
    after = ""
    while True:
        async with services.store.reading() as unit:
            some = await unit.files.kept(
                services.rules.tenant_id,
                after=after,
                resolved_before=resolved_before,
                limit=AT_ONCE,
            )
        for file in some:
            yield file
        if len(some) < AT_ONCE:
            return
        after = some[-1].id
