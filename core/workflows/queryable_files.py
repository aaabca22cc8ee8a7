"""The files of a case whose events can be asked for, with their tables."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import NotFound
from core.evidence.events.answers import CaseSources, ReadableFile, open_source
from core.evidence.model import DataType, EvidenceFile, FileState, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.events.answers import EventSource
    from core.workflows.services import Services


async def queryable_files_of(case_id: str, *, services: Services) -> CaseSources:
    """Every file of the case that tells events. Not to be called inside a unit of work."""
    async with services.reading() as unit:
        files = await unit.files.of_case(case_id)
        findings = await unit.files.findings(case_id)
    names = Counter(file.name for file in files)
    readable, unread = list[ReadableFile](), list[EvidenceFile]()
    for file in files:
        if file.state is not FileState.PROCESSED:
            continue
        of_file = findings.get(file.id, ())
        source = await _source_of(file, of_file, services=services)
        if source is not None:
            if names[file.name] > 1:  # pasted twice: which one is cited?
                source = replace(source, name=f"{file.tag.text} {source.name}")
            readable.append(ReadableFile(file=file, source=source, findings=of_file))
        elif file.data_type is DataType.LOG and file.is_kept:
            unread.append(file)
    waiting = sum(file.state is FileState.RECEIVED for file in files)
    return CaseSources(readable=tuple(readable), unread=tuple(unread), waiting=waiting)


async def _source_of(
    file: EvidenceFile, findings: Sequence[Finding], *, services: Services
) -> EventSource | None:
    case_id = file.case_id
    key = services.redactor(case_id).derive("identifiers")
    try:
        shelf = await services.files.shelf(file.blob, case_id=case_id, file_id=file.id)
        original = await services.files.original(file.blob, case_id=case_id)
    except NotFound:  # let go of: nothing of it can be shown any more
        return None
    return await asyncio.to_thread(open_source, file, findings, original, shelf, key)
