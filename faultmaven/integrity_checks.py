"""Checks of what rests for `doctor`: pages, references, seals, originals, and chains of events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.platform import Checked
from core.cases.events import verify_chain
from core.cases.projection import fold
from core.errors import (
    DatabaseDamaged,
    FaultMavenError,
    NotFound,
    Tampered,
    UnreadableEvidence,
    WrongSecret,
)
from faultmaven.wiring import examine_indexes, examine_originals, examine_pages, examine_seals

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.cases.model import Case
    from core.evidence.model import EvidenceFile
    from core.workflows.services import Services, Unit
    from faultmaven.settings import Settings
    from faultmaven.wiring import Examined

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


async def seal_findings(settings: Settings) -> AsyncIterator[Checked]:
    """Whether what is sealed can be opened with the secret of now."""
    rows = await examine_seals(settings, within_s=WITHIN_S)
    if rows.damage:
        says = f"rows that do not open here: {'; '.join(rows.damage)}"
        advice = f"{RESTORE} Or: {WrongSecret.next_step}"
        yield Checked(check="sealing", says=says, advice=advice)
    else:
        yield Checked(check="sealing", says=f"opens: {_extent(rows, 'rows')}")
    originals = await examine_originals(settings, within_s=WITHIN_S)
    if originals.damage:
        says = f"originals that cannot be read: {'; '.join(originals.damage)}"
        advice = "Restore the folder of the originals from a backup, or send the files again."
        yield Checked(check="originals", says=says, advice=advice)
    elif originals.count:
        yield Checked(check="originals", says=f"open: {_extent(originals, 'originals')}")


async def missing_finding(services: Services) -> Checked | None:
    """Originals that the database names and that nobody could open; None where there are none."""
    until, gone, after = time.monotonic() + WITHIN_S, list[str](), ""
    while time.monotonic() < until:
        async with services.reading() as unit:
            page = await unit.files.kept(after=after)
        for file in page:
            after = file.id
            if file.was_stored and not await _is_there(file, services=services):
                gone.append(f"{file.tag.text} {file.name.text}")
        if not page:
            break
    if not gone:
        return None
    says = f"originals that are named and not there: {_first_of(gone, by=', ')}"
    advice = "Restore the folder of the originals from a backup, or send the files again."
    return Checked(check="originals", says=says, advice=advice)


async def _is_there(file: EvidenceFile, *, services: Services) -> bool:
    try:
        await services.files.original(file.blob, case_id=file.case_id)
    except (NotFound, UnreadableEvidence):
        return False
    return True


def _first_of(items: list[str], *, by: str) -> str:
    """`a; b; c, and 4 more`."""
    more = f", and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return by.join(items[:SHOWN]) + more


def _extent(examined: Examined, what: str) -> str:
    if examined.unread:
        return f"not looked at: {examined.unread}"
    if examined.is_whole:
        return f"all well ({examined.count:,} {what})"
    if not examined.count:
        return f"not all looked at within {WITHIN_S:.0f} s; nothing bad until then"
    return f"a sample is well ({examined.count:,} {what}; there are more)"


async def event_finding(services: Services) -> Checked:
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
        return Checked(check="events", says=_first_of(tampered, by="; "), advice=RESTORE)
    if count < len(cases):
        says = f"unbroken in a sample: the newest {count:,} of {len(cases):,} cases"
        return Checked(check="events", says=says)
    return Checked(check="events", says=f"unbroken in all cases ({count:,})")


async def _tampering(unit: Unit, case: Case) -> str:
    """What does not add up in a case; empty where all does."""
    try:
        events = await unit.cases.events(case.id)
        texts = await unit.cases.texts(case.id)
        if verify_chain(events) != (await unit.cases.view(case.id)).case.head:
            return "the last events are missing, or the head was changed"
        if any(text.digest != digest for digest, text in texts.items()):
            return "a text of it was changed"
        if fold(events, texts) != await unit.cases.view(case.id):
            return "the case is not what its events amount to"
    except Tampered as error:
        return str(error)
    except (*MALFORMED, FaultMavenError) as error:
        return f"its events cannot be read ({type(error).__name__})"
    return ""
