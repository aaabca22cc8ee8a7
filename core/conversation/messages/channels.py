"""Where is a case at home? Routed once, when it opens; the places are made when it is first shown.

The terminal of the installation always sees every case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.places import Destination, Place, Room

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.cases.model import Case
    from core.store import Unit
    from core.workflows.services import Services


async def settle_in(
    unit: Unit, case: Case, labels: Mapping[str, str], *, services: Services
) -> None:
    """Bind the case to every destination that its labels are routed to, and to the terminal."""
    await _bind(unit, case, services.rules.home)
    for destination in services.rules.routing.destinations(labels):
        await _bind(unit, case, destination.place, opens=destination)


async def settle_where(
    unit: Unit, case: Case, place: Place, *, by_id: str = "", services: Services
) -> None:
    """Bind a case to the very place where a person opened it; by_id: their id on that platform.

    In a channel as a whole it gets what the settings say; a thread or a direct conversation, and
    the terminal, is taken as it is. Where another case is at home already it gets a thread beside
    that one: with two in one thread nobody would know which one a word is about.
    """
    await _bind(unit, case, services.rules.home)
    if place.platform == services.rules.home.platform or place.is_direct:
        await _bind(unit, case, place)
        return
    taken = await unit.conversation.case_at(place) is not None
    if place.thread and not taken:
        await _bind(unit, case, place)
        return
    destination = Destination(
        platform=place.platform,
        workspace=place.workspace,
        channel=place.channel,
        room=Room.THREAD if taken else services.rules.room,
        invited=(by_id,) if by_id else (),
    )
    await _bind(unit, case, place.whole_channel, opens=destination)


async def homes_of(unit: Unit, case: Case, *, services: Services) -> list[Binding]:
    """Where the case is at home, or will be; routed now where nobody has routed it."""
    found = await unit.conversation.bindings(case.id)
    if found:
        return found
    await settle_in(unit, case, {}, services=services)
    return await unit.conversation.bindings(case.id)


async def case_here(unit: Unit, place: Place) -> str | None:
    """The case that is at home in this thread, or in the channel around it."""
    here = await unit.conversation.case_at(place)
    if here is None and place.thread:
        return await unit.conversation.case_at(place.whole_channel)
    return here


async def near(unit: Unit, case_id: str, place: Place) -> Place:
    """Where the case is at home in the channel that `place` stands for as a whole; else there."""
    if place.thread:
        return place
    for home in await unit.conversation.bindings(case_id):
        if home.opens is None and home.place.whole_channel == place:
            return home.place
    return place


async def _bind(unit: Unit, case: Case, place: Place, *, opens: Destination | None = None) -> None:
    binding = Binding(tenant_id=case.tenant_id, case_id=case.id, place=place, opens=opens)
    await unit.conversation.bind(binding)


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A case is at home in a place. `opens` is set until that place has been made.

    `made_from` is what it was made from, so that cards that were on their way there still find it.
    """

    tenant_id: str
    case_id: str
    place: Place
    opens: Destination | None = None
    made_from: Destination | None = None
