"""What does a person change? Each change commits with the work it causes, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases import lifecycle
from core.cases.events import CaseView, EventKind
from core.cases.lifecycle import Change, investigate, record, speak
from core.cases.model import Case, Severity
from core.clean import Clean
from core.conversation import inbox
from core.conversation.glance import case_actions
from core.conversation.model import Binding, Card, Command
from core.conversation.outbox import draw_case, publish_case
from core.conversation.present import looking_card, reading_card
from core.conversation.replies import note
from core.errors import NotAllowedNow, NotFound
from core.evidence.receive import receive_text

if TYPE_CHECKING:
    from core.conversation.order import Order
    from core.services import Services


async def open_case(title: Clean, command: Command, *, services: Services) -> Card:
    """A case that a person opens is at home where they said so."""
    async with services.store.transaction() as unit:
        view = await lifecycle.open_case(
            unit,
            title=title,
            severity=Severity.UNKNOWN,
            service=None,
            group_key="",
            since=services.clock.now(),
            actor=command.by,
            services=services,
        )
        case = view.case
        home = Binding(tenant_id=case.tenant_id, case_id=case.id, place=command.place)
        await unit.conversation.bind(home)
        view = await speak(unit, view, by=command.by, services=services)
        await publish_case(unit, view, services=services)
        return await draw_case(unit, view, services=services)


async def ask(order: Order, *, services: Services) -> Card:
    """The next turn answers; until then the card says that it is being looked into."""
    command = order.command
    async with services.store.transaction() as unit:
        view = await unit.cases.view(order.case_id, lock=True)
        view, question = await inbox.ask(
            unit, view, order.text, by=command.by, place=command.place, services=services
        )
        await publish_case(unit, view, services=services)
    return looking_card(view.case, question)


async def paste(order: Order, *, services: Services) -> Card:
    """Lines become a file of the case."""
    by = order.command.by
    file = await receive_text(order.case_id, order.arguments.text, by=by, services=services)
    async with services.store.reading() as unit:
        case = (await unit.cases.view(order.case_id)).case
    if file is None:
        known = Clean.say("{tag} has these very lines already.", tag=case.tag)
        return note("known", known, case=case)
    return reading_card(case.number, file)


async def confirm(order: Order, *, services: Services) -> Card:
    """A person says: this is the cause."""
    view = await _judge(order, confirmed=True, services=services)
    number = order.arguments.number or 0
    said = Clean.say("{tag} cause confirmed: {n}.", tag=view.case.tag, n=number)
    step = Clean.say("Next: fix it, then say what fixed it: resolve pool set to 40")
    return note("confirmed", said, step, case=view.case, actions=case_actions(view))


async def reject(order: Order, *, services: Services) -> Card:
    """A person says: this is not the cause."""
    view = await _judge(order, confirmed=False, services=services)
    number = order.arguments.number or 0
    said = Clean.say(
        "{tag} rejected: {n}. The others are weighed again.", tag=view.case.tag, n=number
    )
    return note("rejected", said, case=view.case, actions=case_actions(view))


async def _judge(order: Order, *, confirmed: bool, services: Services) -> CaseView:
    """Record the verdict and plan the turn that takes it into account."""
    by = order.command.by
    async with services.store.transaction() as unit:
        view = await unit.cases.view(order.case_id, lock=True)
        _must_be_open(view.case)
        _must_have(view, order.arguments.number)
        why = order.text if order.arguments.text else None
        view = await speak(unit, view, by=by, services=services)
        judged = Change(
            kind=EventKind.JUDGED,
            data={
                "number": order.arguments.number,
                "confirmed": confirmed,
                "why": why.digest if why else None,
            },
            texts=[why] if why else [],
        )
        now = services.clock.now()
        view = await record(unit, view, view.case.id, [judged], at=now, actor=by)
        await investigate(unit, view, services=services)
        await publish_case(unit, view, services=services)
    return view


async def resolve(order: Order, *, services: Services) -> Card:
    """It is over, and what fixed it."""
    by = order.command.by
    async with services.store.transaction() as unit:
        view = await unit.cases.view(order.case_id, lock=True)
        _must_be_open(view.case)
        view = await speak(unit, view, by=by, services=services)
        solution = order.text if order.arguments.text else None
        view = await lifecycle.resolve(unit, view, by=by, solution=solution, services=services)
        await publish_case(unit, view, services=services)
        return await draw_case(unit, view, services=services)


async def reopen(order: Order, *, services: Services) -> Card:
    """It is back."""
    by = order.command.by
    async with services.store.transaction() as unit:
        view = await unit.cases.view(order.case_id, lock=True)
        view = await lifecycle.reopen(unit, view, by=by, services=services)
        view = await speak(unit, view, by=by, services=services)
        await publish_case(unit, view, services=services)
        return await draw_case(unit, view, services=services)


def _must_be_open(case: Case) -> None:
    if not case.state.is_open:
        message = f"#{case.number} is {case.state} already"
        raise NotAllowedNow(message, next_step="Type `reopen` if it is back.")


def _must_have(view: CaseView, number: int | None) -> None:
    known = [one.number for one in view.hypotheses]
    if not known:
        message = f"#{view.case.number} has no hypotheses yet"
        raise NotAllowedNow(message, next_step="Bring evidence: drop a file, or paste lines.")
    if number not in known:
        listed = ", ".join(map(str, known))
        message = f"#{view.case.number} has no hypothesis {number}; there is {listed}"
        raise NotFound(message, next_step="Type `hypotheses` for what each says.")
