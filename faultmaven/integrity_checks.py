"""Checks of what rests for `doctor`: pages, references, seals, originals, and chains of events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.platform import Checked
from core.cases.events import verify_chain
from core.cases.finding_digests import (
    changed_facts,
    changed_files,
    document_of,
    file_document,
)
from core.cases.memories import recall_log
from core.cases.projection import fold
from core.errors import (
    DatabaseDamaged,
    EventTableDamaged,
    FaultMavenError,
    NotFound,
    StoreUnavailable,
    Tampered,
    UnreadableEvidence,
    WrongSecret,
)
from core.evidence.model import FileState
from core.text.quantities import counted
from core.workflows.event_sources import is_damaged
from faultmaven.wiring import (
    examine_indexes,
    examine_originals,
    examine_pages,
    examine_schema,
    examine_seals,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from core.cases.events import CaseEvent
    from core.cases.model import Case
    from core.cases.projection import CaseView
    from core.evidence.model import EvidenceFile
    from core.workflows.services import Services, Unit
    from faultmaven.settings import Settings
    from faultmaven.wiring import Examined, ExaminedRows

SHOWN = 3
WITHIN_S = 15.0  # for each; a larger installation is sampled
# What rows that somebody changed by hand may raise while they are read and folded.
MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
RESTORE = (
    "Stop FaultMaven, keep a copy of the data directory, restore the newest backup"
    " (docs/how-to/back-up-and-restore.md), and ask who had access."
)


async def page_findings(settings: Settings) -> AsyncIterator[Checked]:
    """Pages, indexes and references, before anything else opens the database."""
    if not settings.uses_sqlite:
        return
    for what, examined in await examine_pages(settings, within_s=WITHIN_S):
        if examined.damage:
            says = f"the database is damaged: {'; '.join(examined.damage)}"
            yield Checked(check="integrity", says=says, advice=DatabaseDamaged.next_step)
        else:
            yield Checked(check="integrity", says=f"{what}: {_extent(examined, 'pages')}")


async def index_finding(settings: Settings) -> Checked | None:
    """Indexes in PostgreSQL; None for SQLite, whose pages are looked at."""
    if settings.uses_sqlite:
        return None
    examined = await examine_indexes(settings, within_s=WITHIN_S)
    if examined is None:
        says = "not looked at: PostgreSQL has no amcheck here (CREATE EXTENSION amcheck)"
        return Checked(check="integrity", says=says)
    if examined.damage:
        advice = "REINDEX each, see the server's log and disk, and compare with a backup."
        return Checked(check="integrity", says="; ".join(examined.damage), advice=advice)
    return Checked(check="integrity", says=f"indexes: {_extent(examined, 'indexes')}")


async def schema_finding(settings: Settings) -> Checked | None:
    """Columns and indexes that tables lack, as after a dump that was restored in part.

    None where they lack nothing, or cannot be looked at: then others tell why.
    """
    try:
        lacking = await examine_schema(settings)
    except StoreUnavailable:
        return None
    if not lacking:
        return None
    says = f"the database lacks: {first_of(lacking, by=', ')}"
    return Checked(check="integrity", says=says, advice=DatabaseDamaged.next_step)


async def seal_findings(settings: Settings) -> AsyncIterator[Checked]:
    """Whether what is sealed can be opened with the secret of now, or one of before."""
    rows = await examine_seals(settings, within_s=WITHIN_S)
    if rows.damage:
        says = f"rows that do not open here: {'; '.join(rows.damage)}"
        advice = f"{RESTORE} Or: {WrongSecret.next_step}"
        yield Checked(check="sealing", says=says, advice=advice)
    else:
        yield Checked(check="sealing", says=f"opens: {_extent(rows, 'rows')}{_of_before(rows)}")
    originals = await examine_originals(settings, within_s=WITHIN_S)
    if originals.damage:
        says = f"originals that cannot be read: {'; '.join(originals.damage)}"
        advice = "Restore the folder of the originals from a backup, or send the files again."
        yield Checked(check="originals", says=says, advice=advice)
    elif originals.count:
        yield Checked(check="originals", says=f"open: {_extent(originals, 'originals')}")


async def file_findings(services: Services) -> AsyncIterator[Checked]:
    """Originals that the database names and that nobody could open; damaged tables of events."""
    gone = await _files_that(_is_gone, services=services)
    if gone:
        says = f"originals that are named and not there: {first_of(gone, by=', ')}"
        advice = "Restore the folder of the originals from a backup, or send the files again."
        yield Checked(check="originals", says=says, advice=advice)
    damaged = await _files_that(is_damaged, services=services)
    if damaged:
        says = f"damaged tables of events: {first_of(damaged, by=', ')}"
        yield Checked(check="events", says=says, advice=EventTableDamaged.next_step)


async def _files_that(is_bad: Callable[..., Awaitable[bool]], *, services: Services) -> list[str]:
    """The kept files of which this is true, as far as there is time for."""
    until, bad, after = time.monotonic() + WITHIN_S, list[str](), ""
    while time.monotonic() < until:
        async with services.reading() as unit:
            page = await unit.files.kept(after=after)
        for file in page:
            after = file.id
            if file.was_stored and await is_bad(file, services=services):
                bad.append(f"{file.tag.text} {file.name.text}")
        if not page:
            break
    return bad


async def _is_gone(file: EvidenceFile, *, services: Services) -> bool:
    try:
        await services.files.original(file.blob, case_id=file.case_id)
    except (NotFound, UnreadableEvidence):
        # A case takes hold of an original when it is read, and lets go of it when it is deleted.
        async with services.reading() as unit:
            now = await unit.files.get(file.id)
        if now.state is FileState.RECEIVED:
            return not await services.files.is_there(file.blob)
        is_let_go = now.state is FileState.DELETED or not now.is_kept
        return not is_let_go
    return False


def first_of(items: list[str], *, by: str) -> str:
    """`a; b; c, and 4 more`."""
    more = f", and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return by.join(items[:SHOWN]) + more


def _of_before(rows: ExaminedRows) -> str:
    """Rows that a process wrote that still had a secret of before: they open here."""
    if not rows.former:
        return ""
    those = counted(rows.former, "row", "rows").text
    return f"; {those} under a secret of before, until the next `faultmaven migrate`"


def _extent(examined: Examined, what: str) -> str:
    if examined.unread:
        return f"not looked at: {examined.unread}"
    if examined.is_whole:
        return f"all well ({examined.count:,} {what})"
    if not examined.count:
        return f"not all looked at within {WITHIN_S:.0f} s; nothing bad until then"
    return f"a sample is well ({examined.count:,} {what}; there are more)"


async def event_findings(services: Services) -> AsyncIterator[Checked]:
    """The chains of events: whether any event, text or read model was changed outside."""
    until = time.monotonic() + WITHIN_S
    async with services.reading() as unit:
        cases = await unit.cases.listing()
    tampered, count = list[str](), 0
    for case in cases:
        if time.monotonic() > until:
            break
        async with services.reading() as unit:
            problem = await _tampering(unit, case)
        if problem:
            tampered.append(f"#{case.number}: {problem}")
        count += 1
    if tampered:
        yield Checked(check="events", says=first_of(tampered, by="; "), advice=RESTORE)
    elif count < len(cases):
        says = f"unbroken in a sample: the newest {count:,} of {len(cases):,} cases"
        yield Checked(check="events", says=says)
    else:
        yield Checked(check="events", says=f"unbroken in all cases ({count:,})")


async def _tampering(unit: Unit, case: Case) -> str:
    """What does not add up in a case; empty where all does."""
    try:
        return await _first_change(unit, case)
    except Tampered as error:
        return str(error)
    except (*MALFORMED, FaultMavenError) as error:
        return f"its events cannot be read ({type(error).__name__})"


async def _first_change(unit: Unit, case: Case) -> str:
    events = await unit.cases.events(case.id)
    texts = await unit.cases.texts(case.id)
    view = await unit.cases.view(case.id)
    if verify_chain(events) != view.case.head:
        return "the last events are missing, or the head was changed"
    if any(text.digest != digest for digest, text in texts.items()):
        return "a text of it was changed"
    if fold(events, texts) != view:
        return "the case is not what its events amount to"
    if await _has_a_changed_memory(unit, view):
        return "what it taught was changed (`faultmaven memories rebuild` makes it anew)"
    return await _changed_evidence(unit, case, events)


async def _has_a_changed_memory(unit: Unit, view: CaseView) -> bool:
    """Whether a cause or fix is remembered that the log does not tell; it may be forgotten."""
    kept = await unit.memories.find(view.case.id)
    if kept is None:
        return False
    told_by_log = await recall_log(unit, view)
    return told_by_log is None or (told_by_log.fault, told_by_log.fixes) != (kept.fault, kept.fixes)


async def _changed_evidence(unit: Unit, case: Case, events: Sequence[CaseEvent]) -> str:
    """What is not as it was when the files of the case were read; empty where all is."""
    stored = await unit.files.findings(case.id)
    documents = {file_id: list(map(document_of, each)) for file_id, each in stored.items()}
    if changed := changed_files(events, documents):
        return f"what was found in {await _tags(unit, changed)} was changed"
    files = await unit.files.of_case(case.id)
    if changed := changed_facts(events, map(file_document, files)):
        return f"what is kept of {await _tags(unit, changed)} was changed"
    return ""


async def _tags(unit: Unit, file_ids: Sequence[str]) -> str:
    files = await unit.files.get_all(list(file_ids))
    return ", ".join(file.tag.text for file in files) or "a file that is gone"
