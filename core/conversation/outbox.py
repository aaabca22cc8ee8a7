"""How does a card reach people? As a row that is committed first and sent after, newest only.

Chat has no idempotency, so a row goes pending, sending, sent; our id travels in the message, and
a row found in `sending` was interrupted: the sender looks for its message before it posts again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.clock import new_id
from core.conversation.glance import case_card
from core.conversation.model import (
    Binding,
    Card,
    Message,
    Outbound,
    OutboundState,
    Place,
)
from core.errors import ChatUnavailable, NotFound
from core.jobs.catalogue import send_outbound
from core.redaction.engine import Redactor
from core.redaction.keys import case_key

if TYPE_CHECKING:
    from core.cases.events import CaseView
    from core.cases.model import Case
    from core.jobs.model import Job
    from core.ports import Chat, Unit
    from core.services import Services


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
        redactor=Redactor(case_key(services.secret, view.case.id)),
    )


async def tell_case(unit: Unit, view: CaseView, card: Card, *, services: Services) -> None:
    """Queue `card` to every place where the case is at home, by default the configured one."""
    card = replace(card, case_number=view.case.number)
    for place in await _homes(unit, view.case, services=services):
        await say(unit, view.case, place, card, services=services)


async def say(
    unit: Unit, case: Case | None, place: Place, card: Card, *, services: Services
) -> None:
    """Queue `card` to one place; with the unit's commit it is on its way."""
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
    )
    await unit.conversation.put_outbound(outbound)
    await unit.jobs.add(send_outbound(outbound, clock=services.clock, chance=services.chance))


async def send(job: Job, *, services: Services) -> None:
    """Handler of `chat.send`: post or edit one message, then say so in the tables.

    Raises ChatUnavailable; the runner tries again.
    """
    errand = await _begin(job, services=services)
    if errand is None:
        return
    chat = services.chats.get(errand.outbound.place.platform)
    if chat is None:
        message = f"nothing here speaks to {errand.outbound.place.platform}"
        raise ChatUnavailable(message, next_step="Start the process that holds its token.")
    ref = await _deliver(chat, errand)
    async with services.store.transaction() as unit:
        await unit.conversation.show(_message(errand, ref, services=services))
        await unit.conversation.mark_outbound(errand.outbound.id, OutboundState.SENT)
        await unit.jobs.done(job, at=services.clock.now())


@dataclass(frozen=True, kw_only=True)
class _Errand:
    """What to send, what the place shows under its key, and whether we were cut off before."""

    outbound: Outbound
    shown: Message | None
    interrupted: bool


async def _begin(job: Job, *, services: Services) -> _Errand | None:
    """Mark the row as being sent; None, with the job done, where nothing is to be sent any more."""
    async with services.store.transaction() as unit:
        outbound = await unit.conversation.outbound(str(job.payload["outbound_id"]))
        shown = await unit.conversation.shown(outbound.place, outbound.card.key)
        outdated = shown is not None and shown.card.version >= outbound.card.version
        waits = outbound.state in (OutboundState.PENDING, OutboundState.SENDING)
        if waits and not outdated:
            await unit.conversation.mark_outbound(outbound.id, OutboundState.SENDING)
            return _Errand(
                outbound=outbound,
                shown=shown,
                interrupted=outbound.state is OutboundState.SENDING,
            )
        if waits:
            await unit.conversation.mark_outbound(outbound.id, OutboundState.STALE)
        await unit.jobs.done(job, at=services.clock.now())
    return None


async def _deliver(chat: Chat, errand: _Errand) -> str:
    """The platform's name of the message that shows the card now."""
    outbound = errand.outbound
    if errand.shown is not None:
        try:
            await chat.edit(outbound.place, errand.shown.ref, outbound.card)
        except NotFound:  # someone deleted it: the case is worth a new message
            pass
        else:
            return errand.shown.ref
    if errand.interrupted:
        found = await chat.find(outbound.place, marker=outbound.id)
        if found is not None:
            return found
    return await chat.post(outbound.place, outbound.card, marker=outbound.id)


def _message(errand: _Errand, ref: str, *, services: Services) -> Message:
    now = services.clock.now()
    if errand.shown is not None:
        return replace(errand.shown, card=errand.outbound.card, ref=ref, shown_at=now)
    return Message(
        id=new_id("msg", clock=services.clock, chance=services.chance),
        tenant_id=errand.outbound.tenant_id,
        place=errand.outbound.place,
        card=errand.outbound.card,
        ref=ref,
        seq=0,  # the store gives the next one
        shown_at=now,
    )


async def _homes(unit: Unit, case: Case, *, services: Services) -> list[Place]:
    bindings = await unit.conversation.bindings(case.id)
    if not bindings:
        home = Binding(tenant_id=case.tenant_id, case_id=case.id, place=services.rules.home)
        await unit.conversation.bind(home)
        bindings = [home]
    return [binding.place for binding in bindings]
