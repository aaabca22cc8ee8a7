"""Learns who a person is: the platform is asked at the first contact, and again after a day."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.access import Identity, PersonProfile, Standing
from core.cases.events import EventKind
from core.cases.lifecycle import SYSTEM, Change, record
from core.conversation.messages.channels import case_here
from core.errors import ChatRefused, ChatUnavailable, NotFound, Unavailable
from core.jobs.ports import Fact
from core.places import API

if TYPE_CHECKING:
    from datetime import datetime

    from core.places import Place
    from core.workflows.services import Services, Unit

_ASKED_AGAIN = timedelta(minutes=1)
_ASKED_WITHIN_S = 2.0  # others wait behind it
KNOWN_FOR = timedelta(hours=24)  # a member who becomes a guest commands no longer than this


async def introduce(person: str, place: Place, *, services: Services) -> Identity:
    """The identity of somebody who speaks at a place; a user is made for whoever is new.

    person: the platform's id. While the platform cannot say who somebody is, those we know stay
    who they were. Raises ChatUnavailable for somebody new then.
    """
    async with services.reading() as unit:
        known = await recognise(unit, person, place)
    now = services.clock.now()
    if known is not None and is_fresh(known, now=now):
        return known
    try:
        profile = await _profile(person, place, services=services)
    except Unavailable:
        if known is None:
            raise
        return known
    if known is None:
        known = Identity(
            tenant_id=services.context.tenant_id,
            platform=place.platform,
            workspace=place.workspace,
            external_id=person,
            user_id=services.context.new_id("user"),
            profile=profile,
            met_at=now,
            seen_at=now,
        )
    async with services.unit() as unit:
        return await unit.people.meet(replace(known, profile=profile, seen_at=now))


async def recognise(unit: Unit, person: str, place: Place) -> Identity | None:
    """Somebody who was introduced before; see `is_fresh`."""
    return await unit.people.identity(place.platform, place.workspace, person)


def is_fresh(known: Identity, *, now: datetime) -> bool:
    """Whether the profile is recent enough not to ask the platform again."""
    return now - known.seen_at < KNOWN_FOR


async def closed_at(place: Place, *, services: Services) -> Place | None:
    """Whose readers alone read what is said at a place; itself, where the platform cannot say.

    None where everybody of the workspace may, and where only whoever runs this does.
    """
    if not _is_of_chat(place, services):
        return None
    try:
        async with asyncio.timeout(_ASKED_WITHIN_S):
            return await services.reader_at(place).closed_to(place)
    except (ChatUnavailable, ChatRefused, NotFound, TimeoutError):
        return place


async def narrow(place: Place, *, services: Services) -> None:
    """Close a case to its channel where that is not read by everybody any more.

    Asked at most once a minute for each thread, where somebody speaks in a case that a
    person opened there. What cannot be asked now is asked the next time.
    """
    if not _is_of_chat(place, services):
        return
    async with services.reading() as unit:
        case_id = await case_here(unit, place)
        case = (await unit.cases.view(case_id)).case if case_id else None
        asked = await unit.facts.get(_asked_of(place))
    if case is None or not case.is_of_person or case.closed_to:
        return
    if asked is not None and services.clock.now() - asked.at < _ASKED_AGAIN:
        return
    try:
        async with asyncio.timeout(_ASKED_WITHIN_S):
            closed = await services.reader_at(place).closed_to(place)
    except (ChatUnavailable, ChatRefused, NotFound, TimeoutError):
        return
    async with services.unit() as unit:
        tenant_id = unit.context.tenant_id
        await unit.facts.put(Fact(tenant_id=tenant_id, key=_asked_of(place), value="", at=unit.now))
        if closed is None:
            return
        view = await unit.cases.view(case.id, lock=True)
        narrowed = Change(kind=EventKind.NARROWED, data={"closed_to": closed.key})
        await record(unit, view, case.id, [narrowed], at=unit.now, actor=SYSTEM)


def _is_of_chat(place: Place, services: Services) -> bool:
    return place.platform not in (API, services.rules.home.platform)


def _asked_of(place: Place) -> str:
    return f"closed:{place.key}"


async def _profile(person: str, place: Place, *, services: Services) -> PersonProfile:
    try:
        profile = await services.reader_at(place).profile(person)
    except NotFound:  # gone, or of another organisation: reads along at best
        return PersonProfile(name=person, standing=Standing.STRANGER)
    return replace(profile, name=services.context.clean_name(profile.name))
