"""Lines of the evidence that somebody wants to see: found at once, nothing is changed.

What reads tables loads polars, which takes a moment: it is imported when somebody first asks, in a
thread, and so are the tables read. polars lets go of the interpreter while it works.

No turn is needed, and no unit of work is open while tables and originals are read.
"""

from __future__ import annotations

import asyncio
import importlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.conversation.cards.event_cards import (
    events_card,
    ids_card,
    lines_note,
    notes_of,
    nothing_card,
    path_notes,
    unknown_card,
    untold_card,
)
from core.errors import NotFound
from core.evidence.events.window import Edge, EventQuery, Window
from core.evidence.model import DataType, EvidenceFile, FileState
from core.investigation.answering.clauses import Lookup, Subject
from core.investigation.decision import Situation
from core.investigation.service_names import one_name_each
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.cases.model import Case
    from core.conversation.cards.card import Card
    from core.evidence.events.answers import (
        CaseSources,
        EventAnswer,
        EventSource,
        ReadableFile,
        SharedIdAnswer,
    )
    from core.evidence.model import Finding, Level
    from core.workflows.services import Services

say = sentences("workflows.event_queries")

LIMIT = 20
_TAG = re.compile(r"e(\d{1,6})")
_WORDS = re.compile(r"[-_./ ]+")
_PARTS = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True)
class _Wording:
    """Words of a question as they may be shown. typed: all of it, as a person typed it.

    A look-up has them in lower case and without what stood between them, and no rule takes that for
    the secret it was. So where a part of one is still there, the whole question is shown, redacted.
    """

    redactor: Redactor
    typed: str

    def __call__(self, words: str) -> RedactedText:
        shown = self.redactor.clean(words).line()
        is_safe = self._hidden.isdisjoint(_PARTS.findall(shown.text.casefold()))
        return shown if is_safe else self.redactor.clean(self.typed).line()

    @cached_property
    def _hidden(self) -> set[str]:
        spans = self.redactor.spans(self.typed)
        values = (self.typed[span.start : span.end].casefold() for span in spans)
        return {part for value in values for part in _PARTS.findall(value)}


async def look_up_card(case: Case, lookup: Lookup, *, typed: str = "", services: Services) -> Card:
    """The answer as a card. typed: the question, as a person typed it.

    Raises NotFound, StoreUnavailable where an original cannot be read.
    """
    case_sources = await find_sources(case.id, services=services)
    if not case_sources.readable:
        return untold_card(case, case_sources.unread, waiting=case_sources.waiting)
    redactor = services.redactor(case.id)
    wording = _Wording(redactor, typed)
    if lookup.within:
        case_sources = await asyncio.to_thread(_with_owners, case_sources, at=services.clock.now())
    try:
        narrowed, lookup = _narrowed(case_sources, lookup)
    except _Unknown as error:
        known = [redactor.clean(name).line() for name in _known(case_sources)]
        return unknown_card(case, wording(str(error)), known)
    if lookup.subject is Subject.SHARED_IDS:
        return await _ids(case, lookup, narrowed, services=services)
    return await _events(case, lookup, narrowed, wording, services=services)


async def _events(
    case: Case, lookup: Lookup, case_sources: CaseSources, wording: _Wording, *, services: Services
) -> Card:
    scope, redactor = _scope(lookup, case_sources, wording), wording.redactor
    lookup, answered = await _of_id(case.id, lookup, case_sources, services=services)
    notes = notes_of(case_sources.unread, waiting=case_sources.waiting)
    if lookup.id and answered.total > 1:
        notes = [*path_notes(answered), *notes]
    if answered.total:
        return events_card(case, lookup, answered, scope=scope, notes=notes, redactor=redactor)
    anywhere = replace(lookup, window=Window(), limit=1, oldest_first=False)
    newest = await _answered(case.id, anywhere, case_sources, services=services)
    lines = replace(lookup, level=None, text="", id=None, limit=1, subject=Subject.EVENTS)
    around = await _answered(case.id, lines, case_sources, services=services)
    first = replace(lines, oldest_first=True)
    earliest = await _answered(case.id, first, case_sources, services=services)
    if around.total:
        notes = [lines_note(around.total, earliest.events, around.events), *notes]
    return nothing_card(
        case,
        lookup,
        answered,
        newest.events,
        scope=scope,
        notes=notes,
        is_covered=around.total > 0,
        redactor=redactor,
    )


async def _of_id(
    case_id: str, lookup: Lookup, case_sources: CaseSources, *, services: Services
) -> tuple[Lookup, EventAnswer]:
    """The events that are asked for; those of an id in the order of time.

    Nobody types all of an id: where no line has it whole, lines that hold it are looked for.
    """
    if lookup.id and lookup.oldest_first is None:
        lookup = replace(lookup, oldest_first=True)
    answered = await _answered(case_id, lookup, case_sources, services=services)
    if answered.total or not lookup.id or lookup.text:
        return lookup, answered
    beginning = replace(lookup, id=None, text=lookup.id)
    holding = await _answered(case_id, beginning, case_sources, services=services)
    return (beginning, holding) if holding.total else (lookup, answered)


async def _answered(
    case_id: str, lookup: Lookup, case_sources: CaseSources, *, services: Services
) -> EventAnswer:
    sought = EventQuery(
        window=lookup.window,
        level=lookup.level,
        service=next(iter(lookup.within), None),
        host=lookup.on,
        id=lookup.id,
        limit=lookup.limit or LIMIT,
        oldest_first=bool(lookup.oldest_first),
    )
    if lookup.text:
        return await look_up_text(case_id, sought, lookup.text, case_sources, services=services)
    if lookup.subject is Subject.CHANGES:
        return await look_up_changes(case_id, sought, case_sources, services=services)
    if lookup.near is not None:
        return await _nearest(case_id, sought, lookup.near, case_sources, services=services)
    return await look_up(case_id, sought, case_sources, services=services)


async def _nearest(
    case_id: str, sought: EventQuery, near: Edge, case_sources: CaseSources, *, services: Services
) -> EventAnswer:
    """The events around a moment, the nearest first."""
    before = replace(sought, window=replace(sought.window, until=near), oldest_first=False)
    after = replace(sought, window=replace(sought.window, since=near), oldest_first=True)
    earlier = await look_up(case_id, before, case_sources, services=services)
    later = await look_up(case_id, after, case_sources, services=services)
    middle = later.window.since
    events = sorted(
        (*earlier.events, *later.events),
        key=lambda event: abs((event.at - middle).total_seconds()) if event.at and middle else 0,
    )
    return replace(
        later,
        window=replace(later.window, since=earlier.window.since),
        events=tuple(events[: sought.limit]),
        total=earlier.total + later.total,
    )


async def _ids(
    case: Case, lookup: Lookup, case_sources: CaseSources, *, services: Services
) -> Card:
    files = len(case_sources.readable)
    total, shared = await look_up_ids(
        case.id,
        case_sources,
        level=lookup.level,
        of_files=max(2, files) if lookup.every_file else 2,
        limit=lookup.limit or LIMIT,
        services=services,
    )
    return ids_card(case, lookup, total, shared, files=files)


class _Unknown(NotFound):
    """A name that is neither a file's nor a service's."""


def _narrowed(case_sources: CaseSources, lookup: Lookup) -> tuple[CaseSources, Lookup]:
    """Only the files that are named; `within` keeps names of services. Raises _Unknown."""
    names = [*lookup.within, *([lookup.on] if lookup.on else [])]
    files = {name: _files_called(name, case_sources) for name in names}
    services = [name for name in names if not files[name] and _is_service(name, case_sources)]
    for name in lookup.within:
        if not files[name] and name not in services:
            raise _Unknown(name)
    chosen = {file.id for of_name in files.values() for file in of_name}
    named = tuple(
        readable
        for readable in case_sources.readable
        if (readable.file.id in chosen if chosen else _has_lines(readable, case_sources))
    )
    on = None if lookup.on is None or files[lookup.on] or lookup.on in services else lookup.on
    return replace(case_sources, readable=named), replace(lookup, within=tuple(services), on=on)


def _has_lines(readable: ReadableFile, case_sources: CaseSources) -> bool:
    """Whether a file tells lines, where any does: nobody reads a series of numbers as a log."""
    is_series = readable.file.data_type is DataType.METRIC
    all_are = all(each.file.data_type is DataType.METRIC for each in case_sources.readable)
    return not is_series or all_are


def _with_owners(case_sources: CaseSources, *, at: datetime) -> CaseSources:
    """The same with each log under the name by which the case knows who wrote it."""
    files = tuple(readable.file for readable in case_sources.readable)
    findings = {readable.file.id: readable.findings for readable in case_sources.readable}
    named = one_name_each(Situation(at=at, files=files, findings=findings))
    owner_of = {file.id: file.service for file in named.files}
    return replace(
        case_sources,
        readable=tuple(
            replace(readable, file=replace(readable.file, service=owner_of[readable.file.id]))
            for readable in case_sources.readable
        ),
    )


def _files_called(name: str, case_sources: CaseSources) -> list[EvidenceFile]:
    """`e2`, `db.log`, `logs/db.log`, or `db` where no service is called so."""
    tag = _TAG.fullmatch(name)
    if tag:
        return [
            source.file for source in case_sources.readable if source.file.number == int(tag[1])
        ]
    files = [source.file for source in case_sources.readable]
    called = [(file, file.name.text.casefold()) for file in files]
    exact = [file for file, whole in called if f"/{whole}".endswith(f"/{name}")]
    if exact or _is_service(name, case_sources):
        return exact
    owned = [file for file in files if file.service and name in _words_of(file.service)]
    if owned:
        return owned
    stems = [(file, whole.rpartition("/")[2].partition(".")[0]) for file, whole in called]
    return [file for file, stem in stems if stem == name]


def _is_service(name: str, case_sources: CaseSources) -> bool:
    """Whether lines of a log are known to name it."""
    return any(
        name in _words_of(service)
        for readable in case_sources.readable
        if _has_lines(readable, case_sources)
        for service in readable.source.all_services
    )


def _words_of(service: str) -> set[str]:
    return {service.casefold(), *_WORDS.split(service.casefold())}


def _known(case_sources: CaseSources) -> list[str]:
    services = {service for source in case_sources.sources for service in source.all_services}
    return [*(readable.file.name.text for readable in case_sources.readable), *sorted(services)]


def _scope(lookup: Lookup, case_sources: CaseSources, wording: _Wording) -> RedactedText:
    """` in checkout on web-2`, ` in db.log`, ` in 2 files`."""
    parts = [say("in_name", name=wording(name)) for name in lookup.within]
    if lookup.on:
        parts.append(say("on_host", host=wording(lookup.on)))
    if lookup.text:
        parts.append(say("with_text", text=wording(lookup.text)))
    if lookup.id:
        parts.append(say("with_id", id=wording(lookup.id)))
    if len(case_sources.readable) == 1:
        parts.append(say("in_file", file=case_sources.readable[0].file.name.line()))
    elif not parts:
        parts.append(say("in_files", n=len(case_sources.readable)))
    return RedactedText.join("", parts)


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
    """The events of these files. Raises NotFound, StoreUnavailable where an original is gone."""
    from core.evidence.events.answers import find_events  # noqa: PLC0415 - see above

    redactor = services.redactor(case_id)
    return await asyncio.to_thread(find_events, sought, case_sources.sources, redactor=redactor)


async def look_up_text(
    case_id: str, sought: EventQuery, phrase: str, case_sources: CaseSources, *, services: Services
) -> EventAnswer:
    """The events of these files whose lines hold a phrase. Raises NotFound, StoreUnavailable."""
    await asyncio.to_thread(importlib.import_module, "core.evidence.events.text_search")
    from core.evidence.events.text_search import search_events  # noqa: PLC0415 - see above

    redactor = services.redactor(case_id)
    sources = case_sources.sources
    return await asyncio.to_thread(search_events, sought, phrase, sources, redactor=redactor)


async def look_up_changes(
    case_id: str, sought: EventQuery, case_sources: CaseSources, *, services: Services
) -> EventAnswer:
    """What was changed, by these files. Raises NotFound, StoreUnavailable."""
    await asyncio.to_thread(importlib.import_module, "core.evidence.events.changes")
    from core.evidence.events.changes import find_changes  # noqa: PLC0415 - see above

    findings_of = [(readable.source, readable.findings) for readable in case_sources.readable]
    redactor = services.redactor(case_id)
    return await asyncio.to_thread(find_changes, sought, findings_of, redactor=redactor)


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

    return await asyncio.to_thread(
        find_shared_ids,
        case_sources.sources,
        level=level,
        of_files=of_files,
        limit=limit,
        redactor=services.redactor(case_id),
    )


async def case_document(case_id: str, sought: EventQuery, *, services: Services) -> dict[str, Any]:
    """What scripts get of a case's events. `unread` are logs without a table."""
    case_sources = await find_sources(case_id, services=services)
    from core.evidence.events.answers import answer_document  # noqa: PLC0415 - see above

    answered = await look_up(case_id, sought, case_sources, services=services)
    return {
        **answer_document(sought, answered),
        "unread": [file.name.text for file in case_sources.unread],
    }
