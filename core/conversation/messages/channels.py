"""Binding of cases to chat channels: routed when a case opens, made when it is first shown.

The terminal of the installation always sees every case.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.conversation.messages.message import Binding
from core.conversation.ports import current_workspace
from core.places import CaseRoom, Destination, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.cases.model import Case
    from core.conversation.ports import Unit


async def bind_routed_channels(unit: Unit, case: Case, labels: Mapping[str, str]) -> None:
    """Bind the case to every destination that its labels are routed to, and to the terminal."""
    await _bind(unit, case, unit.rules.home)
    for routed in unit.rules.routing.destinations(labels):
        workspace = routed.workspace or await current_workspace(unit, routed.platform)
        destination = replace(routed, workspace=workspace)
        await _bind(unit, case, destination.place, opens=destination)


async def bind_channel_at(unit: Unit, case: Case, place: Place, *, by_id: str = "") -> None:
    """Bind a case to the very place where a person opened it; by_id: their id on that platform.

    In a channel as a whole it gets what the settings say; a thread or a direct conversation, and
    the terminal, is taken as it is. A case of a channel that not everybody reads stays in it. Where
    another case is at home already it gets a thread beside that one: with two in one thread nobody
    would know which one a word is about.
    """
    await _bind(unit, case, unit.rules.home)
    if place.platform == unit.rules.home.platform or place.is_private:
        await _bind(unit, case, place)
        return
    is_taken = await unit.conversation.case_at(place) is not None
    is_closed_here = case.closed_to == place.key  # to the thread: one beside it is read by more
    if place.thread and (is_closed_here or not is_taken):
        await _bind(unit, case, place)
        return
    destination = Destination(
        platform=place.platform,
        workspace=place.workspace,
        channel=place.channel,
        room=CaseRoom.THREAD if is_taken or case.closed_to else unit.rules.room,
        invited=(by_id,) if by_id else (),
    )
    await _bind(unit, case, place.whole_channel, opens=destination)


async def channels_of_case(unit: Unit, case: Case) -> list[Binding]:
    """Where the case is at home, or will be; routed now where nobody has routed it."""
    bindings = await unit.conversation.bindings(case.id)
    if bindings:
        return bindings
    await bind_routed_channels(unit, case, {})
    return await unit.conversation.bindings(case.id)


async def case_here(unit: Unit, place: Place) -> str | None:
    """The case that is at home in this thread, or in the channel around it."""
    case_id = await unit.conversation.case_at(place)
    if case_id is None and place.thread:
        return await unit.conversation.case_at(place.whole_channel)
    return case_id


async def case_channel(unit: Unit, case_id: str, place: Place) -> Place:
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
