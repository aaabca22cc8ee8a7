"""Lines of the evidence that somebody wants to see, and the card that shows them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

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
from core.evidence.model import DataType, EvidenceFile
from core.investigation.answering.clauses import Lookup, Subject
from core.investigation.decision import Situation
from core.investigation.service_names import one_name_each
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.text.sentences import sentences
from core.workflows.event_sources import (
    find_sources,
    look_up,
    look_up_changes,
    look_up_ids,
    look_up_text,
)

if TYPE_CHECKING:
    from datetime import datetime

    from core.cases.model import Case
    from core.conversation.cards.card import Card
    from core.evidence.events.answers import (
        CaseSources,
        EventAnswer,
        ReadableFile,
    )
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
    await redactor.read_ahead(typed, lookup.text)
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
