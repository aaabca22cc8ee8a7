"""How a document is read: away from this loop, and switched to when all of it is there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.rows import CaseFilter
from core.errors import NotFound, UnreadableEvidence
from core.jobs.kinds import KNOWLEDGE_READ
from core.jobs.model import DocumentPayload
from core.knowledge.contents import ReadDocument, read_document
from core.knowledge.dates import date_in_front
from core.knowledge.documents import reading_seal, with_rules_tags
from core.knowledge.model import Reach, ReadingState
from core.knowledge.tags import KnownNames, tags_by_rules
from core.workflows.knowledge_vectors import plan_embedding

CASES_READ = 100  # the newest, for the names that documents are tagged with

if TYPE_CHECKING:
    from core.jobs.model import Job
    from core.knowledge.model import Document, DocumentVersion
    from core.text.redacted import RedactedText
    from core.workflows.services import Services, Unit


async def read_version(job: Job, *, services: Services) -> None:
    """Handler of `knowledge.read`: its chunks take the place of those of the version before.

    They do so in one commit: until then the version before is found, whole. What was deleted
    meanwhile stays deleted.
    """
    wanted = KNOWLEDGE_READ.read(job)
    read = await _read(wanted, services=services)
    async with services.unit() as unit:
        await _store(unit, wanted, read, services=services)
        await unit.jobs.done(job, at=unit.now)


async def read_document_now(document: Document, *, services: Services) -> Document:
    """The document, with its newest version read; its job finds nothing left to do.

    For whoever has no workers beside. Raises NotFound where it was deleted meanwhile.
    """
    wanted = DocumentPayload(document_id=document.id, scope=document.scope, number=document.newest)
    read = await _read(wanted, services=services)
    async with services.unit() as unit:
        await _store(unit, wanted, read, services=services)
        return (await _wanted(unit, wanted))[0]


async def _store(
    unit: Unit,
    wanted: DocumentPayload,
    read: ReadDocument | RedactedText | None,
    *,
    services: Services,
) -> None:
    revision = await unit.documents.next_revision()
    try:
        document, version = await _wanted(unit, wanted)
    except NotFound:
        return
    if version.state is not ReadingState.RECEIVED:  # somebody else has read it meanwhile
        return
    if isinstance(read, ReadDocument):
        redactor = services.redactor(document.case_id)
        seal = reading_seal(read.title, read.content, read.chunks, redactor)
        version = replace(version, seal=seal)
        await _switch(unit, document, version, read, revision=revision)
        await plan_embedding(unit, services=services)
    elif read is not None:
        await _note_failure(unit, document, version, read, revision=revision)


async def _read(
    wanted: DocumentPayload, *, services: Services
) -> ReadDocument | RedactedText | None:
    """What was read, or why not; None where it was deleted, or read before."""
    async with services.reading() as unit:
        try:
            document, version = await _wanted(unit, wanted)
        except NotFound:
            return None
    if version.state is not ReadingState.RECEIVED:
        return None
    redactor = services.redactor(document.case_id)
    try:
        return await asyncio.to_thread(read_document, document, version, redactor=redactor)
    except UnreadableEvidence as error:
        return redactor.clean(f"{error}. {error.next_step}")


async def _wanted(unit: Unit, wanted: DocumentPayload) -> tuple[Document, DocumentVersion]:
    """Raises NotFound."""
    reach = Reach(frozenset({wanted.scope}))
    document = await unit.documents.get(wanted.document_id, reach)
    return document, await unit.documents.version(wanted.document_id, wanted.number, reach)


async def _switch(
    unit: Unit,
    document: Document,
    version: DocumentVersion,
    read: ReadDocument,
    *,
    revision: int,
) -> None:
    is_newest = version.number == document.newest
    await unit.documents.put_version(
        replace(
            version,
            state=ReadingState.READY,
            title=read.title,
            content=read.content,
            raw=None,
            problem=None,
        )
    )
    await unit.documents.put_chunks(document.id, read.chunks)
    own = date_in_front(read.content.text)
    switched = replace(
        document,
        version=version.number,
        title=read.title,
        updated_at=unit.now,
        dated_at=min(own, unit.now) if own else document.dated_at,
    )
    headlines = [document.source, read.title, *(chunk.headings for chunk in read.chunks[:1])]
    name = "\n".join(text.text for text in headlines)
    rules = tags_by_rules(name, read.content.text, await known_names(unit))
    switched = with_rules_tags(switched, rules)
    if is_newest:
        switched = replace(switched, state=ReadingState.READY, problem=None)
    await unit.documents.update(switched, revision=revision)


async def known_names(unit: Unit) -> KnownNames:
    """The services and alerts of the newest cases that everybody sees."""
    rows = await unit.case_rows.page(CaseFilter(is_archived=True), limit=CASES_READ)
    memories = await unit.memories.page(limit=CASES_READ)
    private = await unit.members.cases()
    return KnownNames(
        services=frozenset(
            row.case.service for row in rows if row.case.service and row.case.id not in private
        ),
        alerts=frozenset(
            name.text
            for memory in memories
            for name in memory.alerts
            if memory.case_id not in private
        ),
    )


async def _note_failure(
    unit: Unit,
    document: Document,
    version: DocumentVersion,
    problem: RedactedText,
    *,
    revision: int,
) -> None:
    """The version before, if there is one, is found still."""
    failed = replace(version, state=ReadingState.FAILED, raw=None, problem=problem)
    await unit.documents.put_version(failed)
    if version.number == document.newest:
        document = replace(document, state=ReadingState.FAILED, problem=problem)
        await unit.documents.update(document, revision=revision)
