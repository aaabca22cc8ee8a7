"""What is forgotten and given up, and when: jobs that plan their own successors.

A person deletes a file: what was found in it goes at once, with every text that it gave to the
case. Or its time is over: what was found stays, the original goes. The log of the case keeps that
it was there, and how it went.

First every original is held by its case, under the secret of now: that seals those of versions
that did not, and changes keys after a change of the secret. Then those go whose time is over, and
what was stored and never became evidence.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.evidence_files import let_go
from core.cases.lifecycle import is_recent
from core.errors import NotFound, StoreUnavailable
from core.evidence.model import EvidenceFile, StoredContent
from core.jobs import kinds
from core.jobs.kinds import EVIDENCE_DISCLAIM, EVIDENCE_LET_GO, EVIDENCE_UPKEEP, recurring
from core.knowledge.documents import forget_documents
from core.workflows.alert_reconciliation import plan_reconciliation
from core.workflows.knowledge_vectors import plan_embedding
from core.workflows.pager_reconciliation import plan_pager_reconciliation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from core.jobs.model import Job
    from core.workflows.services import Services, Unit


async def destroy(job: Job, *, services: Services) -> None:
    """Handler of `evidence.let_go`: nothing of the original is left, unless others hold it."""
    async with services.reading() as unit:
        file = await unit.files.get(EVIDENCE_LET_GO.read(job).file_id)
        others = [other for other in await unit.files.of_case(file.case_id) if other.id != file.id]
    if not file.is_kept:  # it did not come again meanwhile
        await _destroy(file, others, services=services)
    async with services.unit() as unit:
        await unit.jobs.done(job, at=services.clock.now())


async def _destroy(
    file: EvidenceFile, others: Sequence[EvidenceFile], *, services: Services
) -> None:
    await services.files.clear(file_id=file.id)
    if file.was_stored and not any(other.is_kept and other.blob == file.blob for other in others):
        await services.files.release(file.blob, case_id=file.case_id)


async def disclaim(job: Job, *, services: Services) -> None:
    """Handler of `evidence.disclaim`: content that its case has is held by it once."""
    payload = EVIDENCE_DISCLAIM.read(job)
    stored = StoredContent(blob=payload.blob, size=payload.size, slot=payload.slot)
    with suppress(NotFound):  # it was let go of meanwhile
        await services.files.hold(stored.blob, case_id=payload.case_id)
    await services.files.disclaim(stored)
    async with services.unit() as unit:
        await unit.jobs.done(job, at=unit.now)


KEEP_UNCLAIMED = timedelta(days=1)  # what was stored, and of which no case knows
UPKEEP_EVERY = timedelta(days=1)
AT_ONCE = 100

_log = logging.getLogger(__name__)


async def keep_originals(job: Job, *, services: Services) -> None:
    """Handler of `evidence.upkeep`."""
    await hold_all(services=services)
    now = services.clock.now()
    async for file in _kept(services=services, resolved_before=now - services.rules.keep_originals):
        await _let_go(file, services=services)
    await services.files.sweep(before=now - KEEP_UNCLAIMED)
    async with services.unit() as unit:
        await unit.jobs.done(job, at=now)
        following = recurring(EVIDENCE_UPKEEP, unit.context, run_at=now + UPKEEP_EVERY)
        await unit.jobs.add(following)


async def hold_all(*, services: Services) -> None:
    """Also what waits to be read: after this nothing unclaimed is evidence."""
    async for file in _kept(services=services):
        try:
            await services.files.hold(file.blob, case_id=file.case_id)
        except NotFound:  # the disk lost it; whoever wants to read it is told
            continue
        except StoreUnavailable as error:  # one that is damaged must not keep all others for ever
            _log.warning("the original of %s cannot be held: %s", file.id, error)


async def _let_go(file: EvidenceFile, *, services: Services) -> None:
    """Unless its case was opened again meanwhile."""
    async with services.unit() as unit:
        view = await unit.cases.view(file.case_id, lock=True)
        now = await unit.files.get(file.id)
        if now.is_kept and not view.case.state.is_open:
            await let_go(unit, view, now)


async def _kept(
    *, services: Services, resolved_before: datetime | None = None
) -> AsyncIterator[EvidenceFile]:
    after = ""
    while True:
        async with services.reading() as unit:
            some = await unit.files.kept(
                after=after,
                resolved_before=resolved_before,
                limit=AT_ONCE,
            )
        for file in some:
            yield file
        if len(some) < AT_ONCE:
            return
        after = some[-1].id


KEEP_UTTERANCES = timedelta(days=30)
KEEP_DONE_JOBS = timedelta(days=7)
KEEP_MODEL_CALLS = timedelta(days=400)  # a year can be compared with the one before
KEEP_SIGN_INS = timedelta(days=30)  # after they expired
KEEP_SESSIONS = timedelta(days=2)  # longer than any lasts, to tell a client that it is over
HOUSEKEEPING_EVERY = timedelta(hours=1)


async def keep_house(job: Job, *, services: Services) -> None:
    """Handler of `housekeeping`: forget finished work, and what was said, past its retention."""
    now = services.clock.now()
    async with services.unit() as unit:
        await unit.deliveries.purge(before=now - services.rules.keep_deliveries)
        await unit.incoming.purge(before=now - KEEP_UTTERANCES)
        await unit.jobs.purge(before=now - KEEP_DONE_JOBS)
        await unit.model_calls.purge(before=now - KEEP_MODEL_CALLS)
        await unit.sign_ins.purge(before=now - KEEP_SIGN_INS)
        await unit.tokens.purge(before=now - KEEP_SIGN_INS)
        await unit.authorization_requests.purge(before=now)
        await unit.sessions.purge(before=now - KEEP_SESSIONS)
        await _forget_documents_of_over(unit)
        await unit.jobs.done(job, at=now)
        await unit.jobs.add(
            kinds.recurring(kinds.HOUSEKEEPING, unit.context, run_at=now + HOUSEKEEPING_EVERY)
        )


async def _forget_documents_of_over(unit: Unit) -> None:
    """Those of resolved cases that no new fire reopens; of closed ones they went at once."""
    for case_id in await unit.documents.case_ids():
        view = await unit.cases.view(case_id)
        if not view.case.state.is_open and not is_recent(unit, view):
            await forget_documents(unit, case_id)


async def plan_upkeep(*, services: Services) -> None:
    """What a server plans when it starts: once however many start, and at once.

    Also what was planned for a far day, while the clock was wrong.
    """
    async with services.unit() as unit:
        await unit.jobs.add(kinds.recurring(kinds.HOUSEKEEPING, unit.context, run_at=unit.now))
        await unit.jobs.add(kinds.recurring(kinds.EVIDENCE_UPKEEP, unit.context, run_at=unit.now))
        await plan_embedding(unit, services=services)
        await plan_reconciliation(unit, services=services)
        await plan_pager_reconciliation(unit, services=services)
