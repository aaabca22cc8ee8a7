"""How a file becomes evidence: stored once, noted in the case, read by a worker."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.evidence_files import add_file
from core.cases.lifecycle import SYSTEM, Change, investigate, record
from core.conversation.cards.evidence_cards import file_again
from core.conversation.messages.outbox import queue_case_card
from core.errors import NotFound, OutOfLimits, Unavailable, UnreadableEvidence
from core.evidence.model import EvidenceFile, Extraction, FileState, Finding, StoredContent
from core.evidence.timeline import ClockSkew, skew_finding
from core.jobs.kinds import CASE_AWAITS_FILES, EVIDENCE_PROCESS, await_files
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import polars as pl

    from core.cases.projection import CaseView
    from core.evidence.events.table import StoredEvents
    from core.jobs.model import Job
    from core.text.redacted import RedactedText
    from core.workflows.services import Services
    from core.workflows.store import Unit

say = sentences("workflows.evidence_intake")

LISTENS_EVERY_S = 0.5  # for a request to stop the reading
TURN_AFTER = timedelta(seconds=3)  # while files of the case are still to be read
TURN_AFTER_EACH = timedelta(milliseconds=30)  # a turn looks at all files of the case
DRAWN_FILES = 20  # of a case: so many are shown as they arrive, one by one


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
    async with services.unit() as unit:
        view = await unit.cases.view(case_id, lock=True)
        file = await add_file(unit, view, stored, name=name, by=by, service=service)
        if view.case.files >= DRAWN_FILES and await unit.files.is_any_unread(case_id):
            unit.cases.due_cards.discard(case_id)  # the turn that follows draws the card
        return file


async def store(chunks: AsyncIterator[bytes], *, services: Services) -> StoredContent:
    """Raises TooLarge, StoreUnavailable."""
    return await services.files.put(chunks, limit=services.rules.max_file_bytes)


async def store_text(text: str, *, services: Services) -> StoredContent:
    """Pasted lines are evidence too."""
    return await store(_one_chunk(text), services=services)


async def read_evidence(job: Job, *, services: Services) -> None:
    """Handler of `evidence.process`: extract away from this loop, then store what was found."""
    async with services.reading() as unit:
        file = await unit.files.get(EVIDENCE_PROCESS.read(job).file_id)
    redactor = services.redactor(file.case_id)
    try:
        # Also where it was stopped before this: what holds it can let go of it.
        await services.files.hold(file.blob, case_id=file.case_id)
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
            async with services.reading() as unit:
                if (await unit.files.get(file.id)).state is not FileState.RECEIVED:
                    return


async def _failed(
    job: Job, file: EvidenceFile, problem: RedactedText, *, services: Services
) -> None:
    """What an earlier reading found stays, and the card says so."""
    if file.data_type is None:
        await services.files.clear(file_id=file.id)
        file = replace(file, state=FileState.FAILED, problem=problem)
    else:
        told = say("not_read_again", why=problem.line())
        file = replace(file, state=FileState.PROCESSED, problem=told)
    await _keep(job, file, None, services=services)


async def _stopped(job: Job, file: EvidenceFile, *, services: Services) -> None:
    """What was written by then goes; what an earlier reading found stays."""
    if file.data_type is None:
        await services.files.clear(file_id=file.id)
    async with services.unit() as unit:
        await _plan_turn_without(unit, await unit.cases.view(file.case_id))
        await unit.jobs.done(job, at=services.clock.now())


async def _extract(file: EvidenceFile, *, services: Services) -> Extraction:
    """Raises OutOfLimits, UnreadableEvidence, and NotFound where the original is gone."""
    files, case_id = services.files, file.case_id
    return await services.runner.extract(
        await files.original(file.blob, case_id=case_id),
        name=file.name.text,
        service=file.service,
        case_key=services.context.key(case_id),
        shelf=await files.shelf(file.blob, case_id=case_id, file_id=file.id),
    )


async def _keep(
    job: Job, file: EvidenceFile, extraction: Extraction | None, *, services: Services
) -> None:
    now = services.clock.now()
    async with services.unit() as unit:
        view = await unit.cases.view(file.case_id, lock=True)
        if (await unit.files.get(file.id)).state is not FileState.RECEIVED:
            await _plan_turn_without(unit, view)  # stopped, or deleted, at the last moment
            await unit.jobs.done(job, at=now)
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
        is_last = not await unit.files.is_any_unread(view.case.id)
        if is_last or file.received_from != SYSTEM or view.case.files <= DRAWN_FILES:
            await queue_case_card(unit, view, card)  # not for each of a folder that was read
        await _plan_turn(unit, view, is_last=is_last)
        await unit.jobs.done(job, at=now)


async def _plan_turn_without(unit: Unit, view: CaseView) -> None:
    """Plans a turn where a file will not be read after all: others may have waited for it."""
    await _plan_turn(unit, view, is_last=not await unit.files.is_any_unread(view.case.id))


async def _plan_turn(unit: Unit, view: CaseView, *, is_last: bool) -> None:
    """Plans a turn: at once after the last unread file, in a while where others take long to read.

    With many files the case's card is drawn with the turn only: drawn for each of them, it would
    cost more than reading them.
    """
    if is_last:
        await investigate(unit, view)
        return
    pause = max(TURN_AFTER, view.case.files * TURN_AFTER_EACH)
    await unit.jobs.add(await_files(view.case.id, due=unit.now + pause, context=unit.context))
    if view.case.files > DRAWN_FILES:
        unit.cases.due_cards.discard(view.case.id)


async def investigate_what_is_read(job: Job, *, services: Services) -> None:
    """Handler of `case.awaits_files`: plans a turn unless the last file has planned one already."""
    case_id = CASE_AWAITS_FILES.read(job).case_id
    async with services.unit() as unit:
        if await unit.files.is_any_unread(case_id):
            await investigate(unit, await unit.cases.view(case_id))
        await unit.jobs.done(job, at=unit.now)


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


MAX_FILES = 50  # that a new one is compared with: the newest


async def compared(file: EvidenceFile, extraction: Extraction, *, services: Services) -> Extraction:
    """With a finding for each file whose clock differs. Not to be called inside a unit of work."""
    table = await _table_of(file, services=services)
    if table is None or not table.most_ids:  # nothing to compare: no other table is opened
        return extraction
    own = await asyncio.to_thread(_seen_in, table)
    from core.workflows.queryable_files import queryable_files_of  # noqa: PLC0415 - loads polars

    told = (await queryable_files_of(file.case_id, newest=MAX_FILES, services=services)).told
    # Two files of one name (pasted lines) could not be told apart in what is stated.
    others = {one.file.name.text: one.source.table for one in told}
    others.pop(file.name.text, None)
    skews = await asyncio.to_thread(_skews, file.name.text, own, others)
    redactor = services.redactor(file.case_id)
    found = [
        skew_finding(one, one=redactor.clean(one.one), other=redactor.clean(one.other))
        for one in skews
    ]
    return replace(extraction, findings=(*extraction.findings, *found))


async def _table_of(file: EvidenceFile, *, services: Services) -> StoredEvents | None:
    """Of a file that was just read, and is not noted as such yet."""
    from core.evidence.events.table import read_table  # noqa: PLC0415 - loads polars

    shelf = await services.files.shelf(file.blob, case_id=file.case_id, file_id=file.id)
    key = services.redactor(file.case_id).derive("identifiers")
    return await asyncio.to_thread(read_table, shelf.table, key=key)


def _seen_in(table: StoredEvents) -> pl.DataFrame:
    from core.evidence.skew import id_spans  # noqa: PLC0415 - loads polars

    return id_spans(table)


def _skews(name: str, own: pl.DataFrame, others: Mapping[str, StoredEvents]) -> list[ClockSkew]:
    from core.evidence.skew import compare_with  # noqa: PLC0415 - loads polars

    return compare_with(name, own, {other: _seen_in(one) for other, one in others.items()})
