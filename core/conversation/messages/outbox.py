"""How does a card reach people? As a row that is committed first and sent after, newest only.

What is sent, and how, is `sending.py`. Everything here runs inside a unit of work.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.conversation.cards.case_card import case_card
from core.conversation.messages.channels import homes_of
from core.conversation.messages.outgoing import Outbound
from core.ids import new_id
from core.jobs.catalogue import send_outbound
from core.places import INSTALLATION, Destination, Place

if TYPE_CHECKING:
    from core.cases.events import CaseView
    from core.cases.model import Case
    from core.conversation.cards.card import Card
    from core.store import Unit
    from core.workflows.services import Rules, Services


async def publish_case(unit: Unit, view: CaseView, *, services: Services) -> None:
    """Queue the newest case card to every place where the case is at home."""
    card = await draw_case(unit, view, services=services)
    await tell_case(unit, view, card, services=services)


async def draw_case(unit: Unit, view: CaseView, *, services: Services) -> Card:
    """The case card as the tables are now."""
    return case_card(
        view,
        occurrences=await unit.occurrences.of_case(view.case.id),
        files=await unit.files.of_case(view.case.id),
        now=services.clock.now(),
        resolve_after=services.rules.resolve_after,
        redactor=services.redactor(view.case.id),
    )


async def tell_case(unit: Unit, view: CaseView, card: Card, *, services: Services) -> None:
    """Queue `card` to every place where the case is at home."""
    card = replace(card, case_number=view.case.number)
    for home in await homes_of(unit, view.case, services=services):
        await say(unit, view.case, home.place, card, opens=home.opens, services=services)


async def tell_admins(unit: Unit, card: Card, *, services: Services) -> None:
    """Queue a notice to everyone who looks after this installation."""
    for place in notice_places(services.rules):
        await say(unit, None, place, card, services=services)


def notice_places(rules: Rules) -> list[Place]:
    """The terminal, and the direct conversation with each admin."""
    places = [rules.home]
    for admin in sorted(rules.admins):
        platform, _, person = admin.partition(":")
        if platform != rules.home.platform:
            direct = Place(platform=platform, workspace=INSTALLATION, channel=f"@{person}")
            places.append(direct)
    return places


async def say(
    unit: Unit,
    case: Case | None,
    place: Place,
    card: Card,
    *,
    opens: Destination | None = None,
    handle: str = "",
    services: Services,
) -> None:
    """Queue `card` to one place; with the unit's commit it is on its way.

    opens: the place is yet to be made. handle: only the person whom it stands for sees it.
    """
    shown = await unit.conversation.shown(place, card.key)
    if shown is not None and shown.card.version >= card.version:
        return
    outbound = Outbound(
        id=new_id("out", clock=services.clock, chance=services.chance),
        tenant_id=services.rules.tenant_id,
        case_id=case.id if case else None,
        place=place,
        card=card,
        created_at=services.clock.now(),
        opens=opens,
        handle=handle,
    )
    await unit.conversation.put_outbound(outbound)
    await unit.jobs.add(send_outbound(outbound, clock=services.clock, chance=services.chance))
