"""Who reads what is said at a place, as its platform says, and what of a case that closes.

What a platform said holds for a minute for each channel, so that nobody can use up how often it may
be asked. A case of which it says nothing is closed to its place, and asked about until it can say.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from core.accounts.model import CaseRole
from core.cases.events import EventKind
from core.cases.lifecycle import SYSTEM, Change, record
from core.conversation.messages.channels import case_here
from core.errors import ChatRefused, ChatUnavailable, NotFound
from core.jobs.kinds import CHAT_ASK_READERS, ask_readers
from core.jobs.ports import Fact
from core.places import API

if TYPE_CHECKING:
    from core.cases.model import Case
    from core.jobs.model import Job
    from core.places import Place
    from core.workflows.services import Services, Unit

log = logging.getLogger(__name__)

_HOLDS = timedelta(minutes=1)
_ASKED_WITHIN_S = 2.0  # others wait behind it
_MOST_ASKED = 3  # channels for one message
_CANNOT_SAY = (ChatUnavailable, ChatRefused, NotFound)


async def closed_at(place: Place, *, services: Services) -> tuple[str, bool]:
    """The key of the channel or thread whose readers alone read what is said at a place.

    "" where everybody of the workspace may, and where only whoever runs this does. Where the
    platform cannot say now, it is the place's own, and False with it.
    """
    if not _is_of_chat(place, services):
        return "", True
    try:
        known = await _known(place, services=services)
    except _CANNOT_SAY:
        return place.audience.key, False
    return known.value, True


async def narrow(place: Place, case_number: int | None, *, services: Services) -> None:
    """Close the cases that a message may be about, where not everybody reads them any more.

    Those that a person opened: the one of that number or of the place, else the open ones of its
    channel. Each is closed to where it is at home; also where nobody can say now who reads there,
    until they can: what is said next may be for fewer.
    """
    if not _is_of_chat(place, services):
        return
    async with services.reading() as unit:
        homes = await _homes_of(unit, place, case_number)
    for home in list(dict.fromkeys(homes.values()))[:_MOST_ASKED]:
        cases = [case_id for case_id, other in homes.items() if other == home]
        try:
            known = await _known(home, services=services)
        except _CANNOT_SAY:
            await _close(cases, home.key, services=services, ask=home)
            continue
        if known.value:
            await _close(cases, known.value, services=services)


async def still_reads(place: Place, by: str, *, services: Services) -> bool:
    """Whether somebody reads what is said at a place now. False where nobody can say."""
    closed, is_known = await closed_at(place, services=services)
    if is_known and not closed:
        return True
    try:
        async with asyncio.timeout(_ASKED_WITHIN_S):
            return await services.reader_at(place).reads(place, by)
    except (*_CANNOT_SAY, TimeoutError):
        return False


async def settle_readers(job: Job, *, services: Services) -> None:
    """Close a case to its readers, or open one that was presumed closed, once it is known.

    Raises ChatUnavailable where the platform cannot say yet. Where it never will, all stays.
    """
    errand = CHAT_ASK_READERS.read(job)
    try:
        known = await _known(errand.place, services=services)
    except (ChatRefused, NotFound) as error:
        log.warning("nobody can say who reads where a case is at home: %s", error)
        return
    with suppress(NotFound):  # deleted meanwhile
        if known.value:
            await _close([errand.case_id], known.value, services=services)
        else:
            await _open(errand.case_id, presumed=errand.place.key, services=services)


async def _homes_of(unit: Unit, place: Place, case_number: int | None) -> dict[str, Place]:
    """Where those cases are at home that a person opened and everybody reads, by their ids."""
    homes: dict[str, Place] = {}
    for case in await _meant(unit, place, case_number):
        if case.is_of_person and not case.closed_to:
            bindings = await unit.conversation.bindings(case.id)
            places = [each.place for each in bindings if each.place.platform == place.platform]
            if places:
                homes[case.id] = places[0].audience
    return homes


async def _meant(unit: Unit, place: Place, case_number: int | None) -> list[Case]:
    if case_number is not None:
        try:
            return [await unit.cases.by_number(case_number)]
        except NotFound:
            return []
    if (here := await case_here(unit, place)) is not None:
        return [(await unit.cases.view(here)).case]
    nearby = await unit.conversation.open_cases_in(place)
    # Of a channel with hundreds, all at once.
    listed = await unit.cases.listing(only_open=True) if nearby else []
    known = {case.id: case for case in listed}
    return [known[case_id] for case_id in nearby if case_id in known]


async def _close(
    case_ids: list[str], closed: str, *, services: Services, ask: Place | None = None
) -> None:
    """ask: who reads there is not known, and is asked from now on until it is."""
    for case_id in case_ids:
        async with services.unit() as unit:
            view = await unit.cases.view(case_id, lock=True)
            if view.case.closed_to != closed:
                narrowed = Change(kind=EventKind.NARROWED, data={"closed_to": closed})
                await record(unit, view, case_id, [narrowed], at=unit.now, actor=SYSTEM)
            if ask is not None:
                await unit.jobs.add(ask_readers(case_id, ask, unit.context))


async def _open(case_id: str, *, presumed: str, services: Services) -> None:
    """The team's, as if the platform had said so at once; whoever became a member since stays."""
    async with services.unit() as unit:
        view = await unit.cases.view(case_id, lock=True)
        if view.case.closed_to != presumed:
            return
        for member in await unit.members.of_case(case_id):
            if member.role is CaseRole.OWNER and member.since == view.case.opened_at:
                await unit.members.remove(case_id, member.account_id)
        await record(
            unit, view, case_id, [Change(kind=EventKind.WIDENED)], at=unit.now, actor=SYSTEM
        )


async def _known(place: Place, *, services: Services) -> Fact:
    """What the platform said within a minute, or says now.

    Raises ChatUnavailable, also where that takes too long, ChatRefused and NotFound.
    """
    now = services.clock.now()
    async with services.reading() as unit:
        latest = await unit.facts.get(_key_of(place))
    if latest is not None and now - latest.at < _HOLDS:
        return latest
    try:
        async with asyncio.timeout(_ASKED_WITHIN_S):
            closed = await services.reader_at(place).closed_to(place)
    except TimeoutError as error:
        message = "the chat platform does not say who reads a channel"
        raise ChatUnavailable(message) from error
    async with services.unit() as unit:
        said_now = Fact(
            tenant_id=unit.context.tenant_id,
            key=_key_of(place),
            value=closed.key if closed else "",
            at=now,
        )
        await unit.facts.put(said_now)
    return said_now


def _is_of_chat(place: Place, services: Services) -> bool:
    return place.platform not in (API, services.rules.home.platform)


def _key_of(place: Place) -> str:
    return f"closed:{place.audience.key}"
