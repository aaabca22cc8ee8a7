"""Learns who a person is: the platform is asked at the first contact, and again after a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.access import Identity, PersonProfile, Standing
from core.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from core.places import Place
    from core.workflows.services import Services, Unit

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


async def _profile(person: str, place: Place, *, services: Services) -> PersonProfile:
    try:
        profile = await services.reader_at(place).profile(person)
    except NotFound:  # gone, or of another organisation: reads along at best
        return PersonProfile(name=person, standing=Standing.STRANGER)
    return replace(profile, name=services.context.clean_name(profile.name))
