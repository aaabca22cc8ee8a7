"""What a case's files tell, line by line: found at once, nothing is changed.

What reads tables loads polars, which takes a moment: it is imported when somebody first asks, in a
thread, and so are the tables read. polars lets go of the interpreter while it works.

No turn is needed, and no unit of work is open while tables and originals are read.
"""

from __future__ import annotations

import asyncio
import importlib
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from core.errors import NotFound, UnreadableEvidence
from core.evidence.model import DataType, EvidenceFile, FileState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.evidence.events.answers import (
        CaseSources,
        EventAnswer,
        EventSource,
        SharedIdAnswer,
    )
    from core.evidence.events.window import EventQuery
    from core.evidence.model import Finding, Level
    from core.workflows.services import Services


Answer = TypeVar("Answer")


async def find_sources(case_id: str, *, services: Services) -> CaseSources:
    """Every file of the case that tells events. Not to be called inside a unit of work."""
    await asyncio.to_thread(importlib.import_module, "core.evidence.events.answers")
    from core.evidence.events.answers import CaseSources, ReadableFile  # noqa: PLC0415 - see above

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
    """None where the original was let go of: nothing of it can be shown any more."""
    from core.evidence.events.answers import open_source  # noqa: PLC0415 - see above

    case_id = file.case_id
    key = services.redactor(case_id).derive("identifiers")
    try:
        shelf = await services.files.shelf(file.blob, case_id=case_id, file_id=file.id)
        original = await services.files.original(file.blob, case_id=case_id)
    except NotFound:
        return None
    return await asyncio.to_thread(open_source, file, findings, original, shelf, key)


async def look_up(
    case_id: str, sought: EventQuery, case_sources: CaseSources, *, services: Services
) -> EventAnswer:
    """The events of these files. Raises NotFound, StoreUnavailable where an original is gone.

    EventTableDamaged where a table is, as all that follows here.
    """
    from core.evidence.events.answers import find_events  # noqa: PLC0415 - see above

    redactor, sources = services.redactor(case_id), case_sources.sources
    return await _asked(sources, partial(find_events, sought, sources, redactor=redactor))


async def look_up_text(
    case_id: str, sought: EventQuery, phrase: str, case_sources: CaseSources, *, services: Services
) -> EventAnswer:
    """The events of these files whose lines hold a phrase. Raises NotFound, StoreUnavailable."""
    await asyncio.to_thread(importlib.import_module, "core.evidence.events.text_search")
    from core.evidence.events.text_search import search_events  # noqa: PLC0415 - see above

    redactor = services.redactor(case_id)
    sources = case_sources.sources
    search = partial(search_events, sought, phrase, sources, redactor=redactor)
    return await _asked(sources, search)


async def look_up_changes(
    case_id: str, sought: EventQuery, case_sources: CaseSources, *, services: Services
) -> EventAnswer:
    """What was changed, by these files. Raises NotFound, StoreUnavailable."""
    await asyncio.to_thread(importlib.import_module, "core.evidence.events.changes")
    from core.evidence.events.changes import find_changes  # noqa: PLC0415 - see above

    findings_of = [(readable.source, readable.findings) for readable in case_sources.readable]
    redactor = services.redactor(case_id)
    find = partial(find_changes, sought, findings_of, redactor=redactor)
    return await _asked(case_sources.sources, find)


async def look_up_ids(
    case_id: str,
    case_sources: CaseSources,
    *,
    level: Level | None,
    of_files: int,
    limit: int,
    services: Services,
) -> tuple[int, list[SharedIdAnswer]]:
    """Ids that several files have: how many, and those with the most events."""
    from core.evidence.events.answers import find_shared_ids  # noqa: PLC0415 - see above

    find = partial(
        find_shared_ids,
        case_sources.sources,
        level=level,
        of_files=of_files,
        limit=limit,
        redactor=services.redactor(case_id),
    )
    return await _asked(case_sources.sources, find)


async def is_damaged(file: EvidenceFile, *, services: Services) -> bool:
    """Whether the file has a table of events that is not what was written."""
    await asyncio.to_thread(importlib.import_module, "core.evidence.events.damage")
    from core.evidence.events import damage  # noqa: PLC0415 - see above

    key = services.redactor(file.case_id).derive("identifiers")
    try:
        shelf = await services.files.shelf(file.blob, case_id=file.case_id, file_id=file.id)
    except (NotFound, UnreadableEvidence):  # told of the original
        return False
    return await asyncio.to_thread(damage.is_damaged, shelf.table, key=key)


async def _asked(sources: Sequence[EventSource], find: Callable[[], Answer]) -> Answer:
    """What is found, in a thread."""
    await asyncio.to_thread(importlib.import_module, "core.evidence.events.damage")
    from core.evidence.events.damage import ask  # noqa: PLC0415 - see above

    return await asyncio.to_thread(ask, sources, find)


async def case_document(case_id: str, sought: EventQuery, *, services: Services) -> dict[str, Any]:
    """What scripts get of a case's events. `unread` are logs without a table."""
    case_sources = await find_sources(case_id, services=services)
    from core.evidence.events.answers import answer_document  # noqa: PLC0415 - see above

    answered = await look_up(case_id, sought, case_sources, services=services)
    return {
        **answer_document(sought, answered),
        "unread": [file.name.text for file in case_sources.unread],
    }
