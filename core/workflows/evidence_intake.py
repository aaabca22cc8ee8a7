"""How a file becomes evidence: stored once, noted in the case, read by a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.evidence_files import NamedContent, UnreadFile, add_files, note_unread
from core.cases.finding_digests import (
    DIGEST,
    FACTS,
    digest_of,
    document_of,
    facts_digest,
    file_document,
)
from core.cases.lifecycle import SYSTEM, Change, investigate, record
from core.conversation.messages.outbox import queue_file_cards
from core.errors import NotFound, OutOfLimits, TooLarge, Unavailable, UnreadableEvidence
from core.evidence.model import EvidenceFile, Extraction, FileState, Finding, StoredContent
from core.jobs.kinds import (
    CASE_AWAITS_FILES,
    EVIDENCE_PROCESS,
    await_files,
    let_go_of_evidence,
    process_evidence,
)
from core.text.sentences import sentences
from core.workflows.archive_members import take_in_members
from core.workflows.clock_comparison import with_clocks_compared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.cases.projection import CaseView
    from core.jobs.model import Job
    from core.text.redacted import RedactedText
    from core.workflows.services import Services, Unit

say = sentences("workflows.evidence_intake")

LISTENS_EVERY_S = 0.5  # for a request to stop the reading
_IN_HAND = 3  # files of a job: one at its reader, the one before and the next
TURN_AFTER = timedelta(seconds=3)  # while files of the case are still to be read
TURN_AFTER_EACH = timedelta(milliseconds=30)  # a turn looks at all files of the case
DRAWN_FILES = 20  # of a case: so many are shown as they arrive, one by one


@dataclass(frozen=True, kw_only=True)
class ArrivingFile:
    """A file on its way in: its content in pieces, its name, and the service it is of, if known.

    size: in bytes, where it is known. problem: why its content cannot even be opened; then nothing
    is asked of `chunks`.
    """

    chunks: AsyncIterator[bytes]
    name: str
    service: str | None = None
    size: int = 0
    problem: str = ""


async def receive_file(
    case_id: str,
    chunks: AsyncIterator[bytes],
    *,
    name: str,
    by: str,
    service: str | None,
    size: int = 0,
    services: Services,
) -> EvidenceFile | None:
    """The file as evidence; None where this case has this very content under this name already.

    size: in bytes, where it is known. Raises TooLarge once that is noted in the case, and
    StoreUnavailable, NotFound.
    """
    try:
        stored = await store(chunks, services=services)
    except TooLarge as error:
        problem = f"{error}. {error.next_step}"
        unread = UnreadFile(name=name, problem=problem, size=size, service=service)
        await _add(case_id, [], [unread], by=by, services=services)
        raise
    content = NamedContent(stored=stored, name=name, service=service)
    files = await _add(case_id, [content], [], by=by, services=services)
    return next(iter(files), None)


async def receive_files(
    case_id: str, arriving: Sequence[ArrivingFile], *, by: str, services: Services
) -> list[EvidenceFile]:
    """The files as evidence, without those that this case has already; see `add_files`.

    One that is too large, or cannot be opened, is noted in the case with the reason, and the others
    come in. Raises StoreUnavailable, NotFound.
    """
    contents, unread = list[NamedContent](), list[UnreadFile]()
    for file in arriving:
        try:
            stored = await _stored(file, services=services)
        except (TooLarge, UnreadableEvidence) as error:
            problem = f"{error}. {error.next_step}"
            unread.append(
                UnreadFile(name=file.name, problem=problem, size=file.size, service=file.service)
            )
        else:
            contents.append(NamedContent(stored=stored, name=file.name, service=file.service))
    return await _add(case_id, contents, unread, by=by, services=services)


async def _stored(file: ArrivingFile, *, services: Services) -> StoredContent:
    """Raises TooLarge, UnreadableEvidence, StoreUnavailable."""
    if file.problem:
        raise UnreadableEvidence(file.problem, next_step=say.raw("bring_a_copy"))
    must_fit(file.size, services=services)
    return await store(file.chunks, services=services)


def must_fit(size: int, *, services: Services) -> None:
    """Raises TooLarge, before anything of it is read."""
    limit = services.rules.max_file_bytes
    if size > limit:
        raise TooLarge(say.raw("too_large", mb=str(limit // 2**20)))


async def _add(
    case_id: str,
    contents: Sequence[NamedContent],
    unread: Sequence[UnreadFile],
    *,
    by: str,
    services: Services,
) -> list[EvidenceFile]:
    async with services.unit() as unit:
        view = await unit.cases.view(case_id, lock=True)
        by = unit.context.clean_name(by)
        view = await note_unread(unit, view, unread, by=by)
        files = await add_files(unit, view, contents, by=by)
        if view.case.files >= DRAWN_FILES and await unit.files.is_any_unread(case_id):
            unit.cases.due_cards.discard(case_id)  # the turn that follows draws the card
        return files


async def store(chunks: AsyncIterator[bytes], *, services: Services) -> StoredContent:
    """Raises TooLarge, StoreUnavailable."""
    return await services.files.put(chunks, limit=services.rules.max_file_bytes)


async def store_text(text: str, *, services: Services) -> StoredContent:
    """Pasted lines are evidence too."""
    return await store(_one_chunk(text), services=services)


@dataclass(frozen=True)
class _Reading:
    """A file as it is after its reading, and what was found; None where it could not be read."""

    file: EvidenceFile
    extraction: Extraction | None


async def read_evidence(job: Job, *, services: Services) -> None:
    """Handler of `evidence.process`: extract away from this loop, then store what was found.

    Files that came together are stored together. A job that failed, or whose runner was lost,
    leaves all but its first file to jobs of their own: one may be what it failed of.
    """
    wanted = EVIDENCE_PROCESS.read(job)
    left = wanted.more_ids if job.attempts > 1 else []
    file_ids = [wanted.file_id] if left else [wanted.file_id, *wanted.more_ids]
    async with services.reading() as unit:
        files = await unit.files.get_all(file_ids)
    readings = await _read_all(files, services=services)
    await _keep(job, files[0].case_id, readings, left=left, services=services)


async def _read_all(
    files: Sequence[EvidenceFile], *, services: Services
) -> dict[str, _Reading | None]:
    """One after the other, by id; while one is read, the next is made ready for its reader."""
    turn, in_hand = asyncio.Lock(), asyncio.Semaphore(_IN_HAND)

    async def read(file: EvidenceFile) -> _Reading | None:
        async with in_hand:
            return await _read(file, turn, services=services)

    tasks = [asyncio.create_task(read(file)) for file in files]
    try:
        readings = await asyncio.gather(*tasks)
    finally:  # of one that failed, so does the job
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return {file.id: reading for file, reading in zip(files, readings, strict=True)}


async def _read(file: EvidenceFile, turn: asyncio.Lock, *, services: Services) -> _Reading | None:
    """None where a person stopped it."""
    redactor = services.redactor(file.case_id)
    try:
        # Also where it was stopped before this: what holds it can let go of it.
        await services.files.hold(file.blob, case_id=file.case_id)
        extraction = await _unless_stopped(file, turn, services=services)
    except (OutOfLimits, UnreadableEvidence, NotFound) as error:
        failed = await _failed(file, redactor.clean(str(error)), services=services)
        return _Reading(failed, None)
    if extraction is None:
        if file.data_type is None:  # what was written by then goes, what was found before stays
            await services.files.clear(file_id=file.id)
        return None
    extraction = await with_clocks_compared(file, extraction, services=services)
    if extraction.members:
        extraction = await take_in_members(file, extraction, services=services)
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
    return _Reading(file, extraction)


async def _unless_stopped(
    file: EvidenceFile, turn: asyncio.Lock, *, services: Services
) -> Extraction | None:
    """None where a person cancelled it, or deleted the file: its reader is ended at once."""
    if file.state is not FileState.RECEIVED:
        return None
    reading = asyncio.create_task(_extract(file, turn, services=services))
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


async def _failed(file: EvidenceFile, problem: RedactedText, *, services: Services) -> EvidenceFile:
    """What an earlier reading found stays, and the card says so."""
    if file.data_type is None:
        await services.files.clear(file_id=file.id)
        return replace(file, state=FileState.FAILED, problem=problem)
    again = say("not_read_again", why=problem.line())
    return replace(file, state=FileState.PROCESSED, problem=again)


async def _extract(file: EvidenceFile, turn: asyncio.Lock, *, services: Services) -> Extraction:
    """Raises OutOfLimits, UnreadableEvidence, and NotFound where the original is gone.

    turn: whoever reads a file of this job holds it.
    """
    files, case_id = services.files, file.case_id
    original = await files.original(file.blob, case_id=case_id)
    shelf = await files.shelf(file.blob, case_id=case_id, file_id=file.id)
    async with turn:
        return await services.runner.extract(
            original,
            name=file.name.text,
            service=file.service,
            case_key=services.context.key(case_id),
            shelf=shelf,
        )


async def _keep(
    job: Job,
    case_id: str,
    readings: Mapping[str, _Reading | None],
    *,
    left: Sequence[str],
    services: Services,
) -> None:
    """readings: by file. left: files that get jobs of their own."""
    now = services.clock.now()
    async with services.unit() as unit:
        view = await unit.cases.view(case_id, lock=True)
        read = list[tuple[EvidenceFile, tuple[Finding, ...]]]()
        for present in await unit.files.get_all(list(readings)):
            file_id, state, reading = present.id, present.state, readings[present.id]
            if reading and state is FileState.RECEIVED:  # not stopped at the last moment
                read.append((reading.file, await _put(unit, reading)))
            elif state is FileState.DELETED and file_id in EVIDENCE_PROCESS.read(job).more_ids:
                # Whoever let go of it did not wait for this job: it is of another lane.
                await unit.jobs.add(let_go_of_evidence(file_id, unit.context))
        kept = {file.id: file for file in await unit.files.get_all([file.id for file, _ in read])}
        processed = [
            Change(
                kind=EventKind.FILE_PROCESSED,
                data={
                    "file_id": file.id,
                    "state": file.state,
                    "findings": len(findings),
                    DIGEST: digest_of(map(document_of, findings)),
                    FACTS: facts_digest(file_document(kept[file.id])),
                },
            )
            for file, findings in read
        ]
        if processed:
            view = await record(unit, view, case_id, processed, at=now, actor=SYSTEM)
        is_any_unread = await unit.files.is_any_unread(case_id)
        shown = {
            file: findings
            for file, findings in read
            if _is_shown(view, file, is_any_unread=is_any_unread)
        }
        await queue_file_cards(unit, view, shown)
        await _plan_turn(unit, view, is_any_unread=is_any_unread)
        for file in await unit.files.get_all(left):
            of_rest = process_evidence(file.id, unit.context, size=file.size, number=file.number)
            await unit.jobs.add(replace(of_rest, priority=max(of_rest.priority, job.priority)))
        await unit.jobs.done(job, at=now)


def _is_shown(view: CaseView, file: EvidenceFile, *, is_any_unread: bool) -> bool:
    """Whether the file gets a card of its own: not each file of a folder read at the terminal."""
    few = file.received_from != SYSTEM or view.case.files <= DRAWN_FILES
    return few or not is_any_unread


async def _plan_turn(unit: Unit, view: CaseView, *, is_any_unread: bool) -> None:
    """Plans a turn: at once after the last unread file, in a while where others take long to read.

    With many files the case's card is drawn with the turn only: drawn for each of them, it would
    cost more than reading them.
    """
    if not is_any_unread:
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


async def _put(unit: Unit, reading: _Reading) -> tuple[Finding, ...]:
    """What is known of the file from now on."""
    file, extraction = reading.file, reading.extraction
    if extraction is None and file.state is FileState.PROCESSED:  # by an earlier reading
        await unit.files.update(file)
        return (await unit.files.findings(file.case_id)).get(file.id, ())
    await unit.files.put_extraction(file, extraction)
    return extraction.findings if extraction else ()


async def _one_chunk(text: str) -> AsyncIterator[bytes]:
    yield text.encode()
