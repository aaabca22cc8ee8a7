"""Somebody wants to see lines of the evidence: they are found at once, and nothing is changed.

No turn is needed, and no unit of work is open while tables and originals are read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from core.conversation.cards.event_cards import (
    events_card,
    ids_card,
    notes_of,
    nothing_card,
    unknown_card,
    untold_card,
)
from core.errors import NotFound
from core.evidence.events.sought import Sought
from core.evidence.events.window import Window
from core.investigation.answering.clauses import Lookup, Subject
from core.text.redacted import Clean
from core.workflows.event_lookup import find_sources, look_up, look_up_changes, look_up_ids

if TYPE_CHECKING:
    from core.cases.model import Case
    from core.conversation.cards.card import Card
    from core.evidence.events.asking import Answered
    from core.evidence.events.sources import CaseSources
    from core.evidence.model import EvidenceFile
    from core.redaction.engine import Redactor
    from core.workflows.services import Services

LIMIT = 20
_TAG = re.compile(r"e(\d{1,6})")
_WORDS = re.compile(r"[-_./ ]+")


async def look_up_card(case: Case, lookup: Lookup, *, services: Services) -> Card | None:
    """The answer as a card; None where a name that was guessed is none, and no time is told.

    Raises NotFound, StoreUnavailable where an original cannot be read.
    """
    found = await find_sources(case.id, services=services)
    if not found.told:
        return untold_card(case, found.unread, waiting=found.waiting)
    redactor = services.redactor(case.id)
    try:
        narrowed, lookup = _narrowed(found, lookup)
    except _Unknown as error:
        if lookup.is_guess and lookup.window == Window():
            return None
        known = [redactor.clean(name).line() for name in _known(found)]
        return unknown_card(case, redactor.clean(str(error)).line(), known)
    if lookup.subject is Subject.SHARED_IDS:
        return await _ids(case, lookup, narrowed, services=services)
    return await _events(case, lookup, narrowed, redactor, services=services)


async def _events(
    case: Case, lookup: Lookup, found: CaseSources, redactor: Redactor, *, services: Services
) -> Card:
    scope = _scope(lookup, found, redactor)
    answered = await _answered(case.id, lookup, found, services=services)
    notes = notes_of(found.unread, waiting=found.waiting)
    if answered.total:
        return events_card(case, lookup, answered, scope=scope, notes=notes, redactor=redactor)
    anywhere = replace(lookup, window=Window(), limit=1, oldest_first=False)
    newest = await _answered(case.id, anywhere, found, services=services)
    return nothing_card(
        case, lookup, answered, newest.events, scope=scope, notes=notes, redactor=redactor
    )


async def _answered(
    case_id: str, lookup: Lookup, found: CaseSources, *, services: Services
) -> Answered:
    sought = Sought(
        window=lookup.window,
        level=lookup.level,
        service=next(iter(lookup.within), None),
        host=lookup.on,
        id=lookup.id,
        limit=lookup.limit or LIMIT,
        oldest_first=bool(lookup.oldest_first),
    )
    look = look_up_changes if lookup.subject is Subject.CHANGES else look_up
    return await look(case_id, sought, found, services=services)


async def _ids(case: Case, lookup: Lookup, found: CaseSources, *, services: Services) -> Card:
    files = len(found.told)
    total, shared = await look_up_ids(
        case.id,
        found,
        level=lookup.level,
        of_files=max(2, files) if lookup.every_file else 2,
        limit=lookup.limit or LIMIT,
        services=services,
    )
    return ids_card(case, lookup, total, shared, files=files)


class _Unknown(NotFound):
    """A name that is neither a file's nor a service's."""


def _narrowed(found: CaseSources, lookup: Lookup) -> tuple[CaseSources, Lookup]:
    """Only the files that are named; `within` keeps names of services. Raises _Unknown."""
    names = [*lookup.within, *([lookup.on] if lookup.on else [])]
    files = {name: _files_called(name, found) for name in names}
    services = [name for name in names if not files[name] and _is_service(name, found)]
    for name in lookup.within:
        if not files[name] and name not in services:
            raise _Unknown(name)
    chosen = {file.id for of_name in files.values() for file in of_name}
    told = tuple(one for one in found.told if one.file.id in chosen) if chosen else found.told
    on = None if lookup.on is None or files[lookup.on] or lookup.on in services else lookup.on
    return replace(found, told=told), replace(lookup, within=tuple(services), on=on)


def _files_called(name: str, found: CaseSources) -> list[EvidenceFile]:
    """`e2`, `db.log`, `logs/db.log`, or `db` where no service is called so."""
    tag = _TAG.fullmatch(name)
    if tag:
        return [one.file for one in found.told if one.file.number == int(tag[1])]
    called = [(one.file, one.file.name.text.casefold()) for one in found.told]
    exact = [file for file, whole in called if f"/{whole}".endswith(f"/{name}")]
    if exact or _is_service(name, found):
        return exact
    stems = [(file, whole.rpartition("/")[2].partition(".")[0]) for file, whole in called]
    return [file for file, stem in stems if stem == name]


def _is_service(name: str, found: CaseSources) -> bool:
    services = {service.casefold() for one in found.sources for service in one.all_services}
    return any(name == service or name in _WORDS.split(service) for service in services)


def _known(found: CaseSources) -> list[str]:
    services = {service for one in found.sources for service in one.all_services}
    return [*(one.file.name.text for one in found.told), *sorted(services)]


def _scope(lookup: Lookup, found: CaseSources, redactor: Redactor) -> Clean:
    """` in checkout on web-2`, ` in db.log`, ` in 2 files`."""
    said = [Clean.say(" in {name}", name=redactor.clean(name).line()) for name in lookup.within]
    if lookup.on:
        said.append(Clean.say(" on {host}", host=redactor.clean(lookup.on).line()))
    if lookup.id:
        said.append(Clean.say(" with {id}", id=redactor.clean(lookup.id).line()))
    if len(found.told) == 1:
        said.append(Clean.say(" in {file}", file=found.told[0].file.name.line()))
    elif not said:
        said.append(Clean.say(" in {n} files", n=len(found.told)))
    return Clean.join("", said)
