"""Who reads what is said at a place, as its platform says, and what of a case that closes.

What a platform said holds for a minute for each channel, so that nobody can use up how often it may
be asked; where it cannot say now, what it said within a day does for a case that opens.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import SYSTEM, Change, record
from core.conversation.messages.channels import case_here
from core.errors import ChatRefused, ChatUnavailable, NotFound
from core.jobs.ports import Fact
from core.places import API

if TYPE_CHECKING:
    from datetime import datetime

    from core.cases.model import Case
    from core.places import Place
    from core.workflows.services import Services, Unit

_HOLDS, _HELD = timedelta(minutes=1), timedelta(days=1)
_ASKED_WITHIN_S = 2.0  # others wait behind it
_MOST_ASKED = 3  # channels for one message


async def closed_at(place: Place, *, services: Services) -> str:
    """The key of the channel or thread whose readers alone read what is said at a place.

    "" where everybody of the workspace may, and where only whoever runs this does. Where the
    platform cannot say, and did not within a day, it is the place's own.
    """
    if not _is_of_chat(place, services):
        return ""
    now = services.clock.now()
    known = await _known(place, now=now, services=services)
    if known is not None and now - known.at < _HELD:
        return known.value
    return place.audience.key


async def narrow(place: Place, case_number: int | None, *, services: Services) -> None:
    """Close the cases that a message may be about, where not everybody reads them any more.

    Those that a person opened: the one of that number or of the place, else the open ones of its
    channel. Each is closed to where it is at home. What cannot be asked now is the next time.
    """
    if not _is_of_chat(place, services):
        return
    now = services.clock.now()
    async with services.reading() as unit:
        homes = await _homes_of(unit, place, case_number)
    for home in list(dict.fromkeys(homes.values()))[:_MOST_ASKED]:
        known = await _known(home, now=now, services=services)
        if known is not None and known.value and now - known.at < _HOLDS:
            cases = [case_id for case_id, other in homes.items() if other == home]
            await _close(cases, known.value, services=services)


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


async def _close(case_ids: list[str], closed: str, *, services: Services) -> None:
    for case_id in case_ids:
        async with services.unit() as unit:
            view = await unit.cases.view(case_id, lock=True)
            narrowed = Change(kind=EventKind.NARROWED, data={"closed_to": closed})
            await record(unit, view, case_id, [narrowed], at=unit.now, actor=SYSTEM)


async def _known(place: Place, *, now: datetime, services: Services) -> Fact | None:
    """The newest that the platform said: asked for again after a minute, where it can say now."""
    async with services.reading() as unit:
        known = await unit.facts.get(_asked_of(place))
    if known is not None and now - known.at < _HOLDS:
        return known
    try:
        async with asyncio.timeout(_ASKED_WITHIN_S):
            closed = await services.reader_at(place).closed_to(place)
    except (ChatUnavailable, ChatRefused, NotFound, TimeoutError):
        return known
    async with services.unit() as unit:
        said_now = Fact(
            tenant_id=unit.context.tenant_id,
            key=_asked_of(place),
            value=closed.key if closed else "",
            at=now,
        )
        await unit.facts.put(said_now)
    return said_now


def _is_of_chat(place: Place, services: Services) -> bool:
    return place.platform not in (API, services.rules.home.platform)


def _asked_of(place: Place) -> str:
    return f"closed:{place.audience.key}"
