"""Which files of a case can be asked for their events, and where do their tables rest?"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.errors import NotFound
from core.evidence.events.asking import Source
from core.evidence.events.table import read_table
from core.evidence.model import DataType, EvidenceFile, FileState, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.original import Original, Shelf
    from core.workflows.services import Services


@dataclass(frozen=True, kw_only=True)
class Told:
    """A file whose events can be asked for, with all that was found in it."""

    file: EvidenceFile
    source: Source
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class CaseSources:
    """Files of a case. unread: logs whose table is missing, or of another version of us."""

    told: tuple[Told, ...] = ()
    unread: tuple[EvidenceFile, ...] = ()
    waiting: int = 0  # files that are being read

    @property
    def sources(self) -> list[Source]:
        return [one.source for one in self.told]


async def sources_of(case_id: str, *, services: Services) -> CaseSources:
    """Every file of the case that tells events. Not to be called inside a unit of work."""
    async with services.store.reading() as unit:
        files = await unit.files.of_case(case_id)
        findings = await unit.files.findings(case_id)
    names = Counter(file.name for file in files)
    told, unread = list[Told](), list[EvidenceFile]()
    for file in files:
        if file.state is not FileState.PROCESSED:
            continue
        found = findings.get(file.id, ())
        source = await _source_of(file, found, services=services)
        if source is not None:
            if names[file.name] > 1:  # pasted twice: which one is cited?
                source = replace(source, name=f"{file.tag.text} {source.name}")
            told.append(Told(file=file, source=source, findings=found))
        elif file.data_type is DataType.LOG and file.is_kept:
            unread.append(file)
    waiting = sum(file.state is FileState.RECEIVED for file in files)
    return CaseSources(told=tuple(told), unread=tuple(unread), waiting=waiting)


async def _source_of(
    file: EvidenceFile, findings: Sequence[Finding], *, services: Services
) -> Source | None:
    tenant_id, case_id = file.tenant_id, file.case_id
    key = services.redactor(case_id).derive("identifiers")
    try:
        shelf = await services.files.shelf(tenant_id, file.blob, case_id=case_id, file_id=file.id)
        original = await services.files.original(tenant_id, file.blob, case_id=case_id)
    except NotFound:  # let go of: nothing of it can be shown any more
        return None
    return await asyncio.to_thread(_open, file, findings, original, shelf, key)


def _open(
    file: EvidenceFile, findings: Sequence[Finding], original: Original, shelf: Shelf, key: bytes
) -> Source | None:
    table = read_table(shelf.table, key=key)
    if table is None:
        return None
    return Source(
        name=file.name.text,
        table=table,
        text=_text_of(file, original, shelf),
        service=file.service,
        services=frozenset(one.service for one in findings if one.service),
    )


def _text_of(file: EvidenceFile, original: Original, shelf: Shelf) -> Original:
    """What offsets mean."""
    if file.decoded and shelf.rendition is not None:
        return shelf.rendition.original()
    return original
