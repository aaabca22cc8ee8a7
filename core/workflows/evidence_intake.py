"""How does a file become evidence? Stored once, noted in the case, read by a worker."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import SYSTEM, Change, investigate, record, speak
from core.conversation.cards.evidence_cards import file_again
from core.conversation.messages.outbox import publish_case, tell_case
from core.errors import NotFound, OutOfLimits, Unavailable, UnreadableEvidence
from core.evidence.model import EvidenceFile, Extraction, FileState, Finding
from core.evidence.timeline.comparing import compared
from core.ids import new_id
from core.jobs.catalogue import process_evidence
from core.redaction.keys import case_key
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.cases.events import CaseView
    from core.jobs.model import Job
    from core.store import Unit
    from core.workflows.services import Services

PASTE = "pasted.txt"
LISTENS_EVERY_S = 0.5  # to whoever wants the reading stopped


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Content that rests in the files and belongs to no case yet. size: bytes."""

    blob: str
    size: int


async def receive_file(
    case_id: str,
    chunks: AsyncIterator[bytes],
    *,
    name: str,
    by: str,
    service: str | None,
    services: Services,
) -> EvidenceFile | None:
    """The file as evidence; None where this case has this very content under this name already.

    Raises TooLarge, StoreUnavailable, NotFound.
    """
    stored = await store(chunks, services=services)
    async with services.store.transaction() as unit:
        view = await unit.cases.view(case_id, lock=True)
        return await add_file(
            unit, view, stored, name=name, by=by, service=service, services=services
        )


async def store(chunks: AsyncIterator[bytes], *, services: Services) -> Stored:
    """Raises TooLarge, StoreUnavailable."""
    tenant_id = services.rules.tenant_id
    blob, size = await services.files.put(tenant_id, chunks, limit=services.rules.max_file_bytes)
    return Stored(blob=blob, size=size)


async def store_text(text: str, *, services: Services) -> Stored:
    """Pasted lines are evidence too."""
    return await store(_one_chunk(text), services=services)


async def add_file(
    unit: Unit,
    view: CaseView,
    stored: Stored,
    *,
    name: str,
    by: str,
    service: str | None = None,
    services: Services,
) -> EvidenceFile | None:
    """What is stored becomes evidence of a locked case; None where the case has it already."""
    case_id, tenant_id = view.case.id, view.case.tenant_id
    clock, chance = services.clock, services.chance
    coming = EvidenceFile(
        id=new_id("file", clock=clock, chance=chance),
        tenant_id=tenant_id,
        case_id=case_id,
        number=0,
        name=services.redactor(case_id).clean(name),
        service=service,
        blob=stored.blob,
        size=stored.size,
        received_at=clock.now(),
        received_from=by,
    )
    admitted = await _admit(unit, coming, services=services)
    if admitted is None:
        return None
    file, kind = admitted
    if by != SYSTEM:
        view = await speak(unit, view, by=by, services=services)
    data = {"file_id": file.id, "blob": stored.blob, "size": stored.size}
    change = Change(kind=kind, data=data)
    view = await record(unit, view, case_id, [change], at=clock.now(), actor=by)
    await unit.jobs.add(process_evidence(file.id, tenant_id=tenant_id, clock=clock, chance=chance))
    await publish_case(unit, view, services=services)
    return file


async def _admit(
    unit: Unit, coming: EvidenceFile, *, services: Services
) -> tuple[EvidenceFile, EventKind] | None:
    """As a new file, or as the one it was before its original was let go; None where it is here."""
    file = await unit.files.add(coming)
    of_case = await unit.files.of_case(coming.case_id)
    same = [one for one in of_case if one.blob == coming.blob and one.id != coming.id]
    if any(one.is_kept for one in same):
        # The case has the content: of the times that it was put, nobody will claim this one.
        await services.files.hold(coming.tenant_id, coming.blob, case_id=coming.case_id)
        await services.files.disclaim(coming.tenant_id, coming.blob)
    if file is not None:
        return file, EventKind.FILE_RECEIVED
    gone = next((one for one in same if one.name == coming.name and not one.is_kept), None)
    if gone is None:
        return None
    back = replace(gone, state=FileState.RECEIVED, let_go_at=None)
    await unit.files.update(back)
    return back, EventKind.FILE_AGAIN


async def read_evidence(job: Job, *, services: Services) -> None:
    """Handler of `evidence.process`: extract away from this loop, then store what was found."""
    async with services.store.reading() as unit:
        file = await unit.files.get(str(job.payload["file_id"]))
    redactor = services.redactor(file.case_id)
    try:
        # Also where it was stopped before this: what holds it can let go of it.
        await services.files.hold(file.tenant_id, file.blob, case_id=file.case_id)
        extraction = await _unless_stopped(file, services=services)
    except (OutOfLimits, UnreadableEvidence, NotFound) as error:
        await _failed(job, file, redactor.clean(str(error)), services=services)
        return
    if extraction is None:
        await _stopped(job, file, services=services)
        return
    extraction = await compared(file, extraction, services=services)
    problem = redactor.clean(extraction.problem) if extraction.problem else None
    file = replace(
        file,
        state=FileState.PROCESSED,
        service=file.service or extraction.service,
        data_type=extraction.data_type,
        extractor=extraction.extractor,
        events=extraction.events,
        lines=extraction.lines,
        errors=extraction.errors,
        first=extraction.first,
        last=extraction.last,
        onset=extraction.onset,
        decoded=extraction.decoded,
        problem=problem,
    )
    await _keep(job, file, extraction, services=services)


async def _unless_stopped(file: EvidenceFile, *, services: Services) -> Extraction | None:
    """None where a person cancelled it, or deleted the file: its reader is ended at once."""
    if file.state is not FileState.RECEIVED:
        return None
    reading = asyncio.create_task(_extract(file, services=services))
    listening = asyncio.create_task(_is_stopped(file, services=services))
    try:
        await asyncio.wait({reading, listening}, return_when=asyncio.FIRST_COMPLETED)
        return reading.result() if reading.done() else None
    finally:
        for task in (reading, listening):
            task.cancel()
        await asyncio.wait({reading, listening})


async def _is_stopped(file: EvidenceFile, *, services: Services) -> None:
    """Returns when it is not to be read any more. A store that is away stops nothing."""
    while True:
        await asyncio.sleep(LISTENS_EVERY_S)
        with suppress(Unavailable):
            async with services.store.reading() as unit:
                if (await unit.files.get(file.id)).state is not FileState.RECEIVED:
                    return


async def _failed(job: Job, file: EvidenceFile, problem: Clean, *, services: Services) -> None:
    """What an earlier reading found stays, and the card says so."""
    if file.data_type is None:
        await services.files.clear(file.tenant_id, file_id=file.id)
        file = replace(file, state=FileState.FAILED, problem=problem)
    else:
        said = "It could not be read again ({why}). What was found before stays."
        told = Clean.say(said, why=problem.line())
        file = replace(file, state=FileState.PROCESSED, problem=told)
    await _keep(job, file, None, services=services)


async def _stopped(job: Job, file: EvidenceFile, *, services: Services) -> None:
    """What was written by then goes; what an earlier reading found stays."""
    if file.data_type is None:
        await services.files.clear(file.tenant_id, file_id=file.id)
    async with services.store.transaction() as unit:
        await unit.jobs.done(job, at=services.clock.now())


async def _extract(file: EvidenceFile, *, services: Services) -> Extraction:
    """Raises OutOfLimits, UnreadableEvidence, and NotFound where the original is gone."""
    files, tenant_id, case_id = services.files, file.tenant_id, file.case_id
    return await services.runner.extract(
        await files.original(tenant_id, file.blob, case_id=case_id),
        name=file.name.text,
        service=file.service,
        case_key=case_key(services.secret, case_id),
        shelf=await files.shelf(tenant_id, file.blob, case_id=case_id, file_id=file.id),
    )


async def _keep(
    job: Job, file: EvidenceFile, extraction: Extraction | None, *, services: Services
) -> None:
    now = services.clock.now()
    async with services.store.transaction() as unit:
        view = await unit.cases.view(file.case_id, lock=True)
        if (await unit.files.get(file.id)).state is not FileState.RECEIVED:
            await unit.jobs.done(job, at=now)  # stopped, or deleted, at the last moment
            return
        findings = await _put(unit, file, extraction)
        processed = Change(
            kind=EventKind.FILE_PROCESSED,
            data={
                "file_id": file.id,
                "state": file.state,
                "findings": len(findings),
            },
        )
        view = await record(unit, view, file.case_id, [processed], at=now, actor=SYSTEM)
        card = replace(file_again(file, findings), version=view.case.version)
        await tell_case(unit, view, card, services=services)
        await investigate(unit, view, services=services)
        await unit.jobs.done(job, at=now)


async def _put(
    unit: Unit, file: EvidenceFile, extraction: Extraction | None
) -> tuple[Finding, ...]:
    """What is known of the file from now on."""
    if extraction is None and file.state is FileState.PROCESSED:  # by an earlier reading
        await unit.files.update(file)
        return (await unit.files.findings(file.case_id)).get(file.id, ())
    await unit.files.put_extraction(file, extraction)
    return extraction.findings if extraction else ()


async def _one_chunk(text: str) -> AsyncIterator[bytes]:
    yield text.encode()
