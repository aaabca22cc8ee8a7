"""What does a person change? Each change commits with the work it causes, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.alerts.model import Severity
from core.cases import lifecycle
from core.cases.events import CaseView, EventKind
from core.cases.lifecycle import Change, investigate, record, speak
from core.conversation.cards.answer_cards import looking_card
from core.conversation.cards.case_card import case_actions
from core.conversation.cards.evidence_cards import reading_card
from core.conversation.cards.reply_cards import note
from core.conversation.commands.evidence_commands import being_read, stop
from core.conversation.commands.named_hypothesis import named
from core.conversation.messages import question_inbox
from core.conversation.messages.channels import near, settle_where
from core.conversation.messages.outbox import draw_case, publish_case
from core.errors import NotAllowedNow
from core.text.redacted import Clean
from core.workflows.evidence_intake import PASTE, add_file

if TYPE_CHECKING:
    from core.cases.model import Case
    from core.conversation.cards.card import Card
    from core.conversation.commands.command import Command, Order
    from core.store import Unit
    from core.workflows.services import Services


async def open_case(unit: Unit, title: Clean, command: Command, *, services: Services) -> Card:
    """A case that a person opens is at home where they said so."""
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
    await settle_where(unit, view.case, command.place, by_id=command.by_id, services=services)
    view = await speak(unit, view, by=command.by, services=services)
    await publish_case(unit, view, services=services)
    return await draw_case(unit, view, services=services)


async def ask(unit: Unit, order: Order, *, services: Services) -> Card:
    """The next turn answers; until then the card says that it is being looked into."""
    command = order.command
    view = await unit.cases.view(order.case_id, lock=True)
    place = await near(unit, order.case_id, command.place)
    view, question = await question_inbox.ask(
        unit, view, order.text, by=command.by, place=place, services=services
    )
    await publish_case(unit, view, services=services)
    now = services.clock.now()
    return looking_card(view.case, question, since=now, now=now)


async def paste(unit: Unit, order: Order, *, services: Services) -> Card:
    """Lines become a file of the case; they rest in `order.pasted` by now."""
    if order.pasted is None:
        message = "pasted lines are stored before the unit begins"
        raise ValueError(message)
    view = await unit.cases.view(order.case_id, lock=True)
    by = order.command.by
    file = await add_file(unit, view, order.pasted, name=PASTE, by=by, services=services)
    if file is None:
        known = Clean.say("{tag} has these very lines already.", tag=view.case.tag)
        return note("known", known, case=view.case)
    return reading_card(view.case.number, file)


async def confirm(unit: Unit, order: Order, *, services: Services) -> Card:
    """A person says: this is the cause."""
    view = await _judge(unit, order, confirmed=True, services=services)
    number = order.arguments.number or 0
    said = Clean.say("{tag} cause confirmed: {n}.", tag=view.case.tag, n=number)
    step = Clean.say("Next: fix it, then say what fixed it: resolve pool set to 40")
    return note("confirmed", said, step, case=view.case, actions=case_actions(view))


async def reject(unit: Unit, order: Order, *, services: Services) -> Card:
    """A person says: this is not the cause."""
    view = await _judge(unit, order, confirmed=False, services=services)
    number = order.arguments.number or 0
    said = Clean.say(
        "{tag} rejected: {n}. The others are weighed again.", tag=view.case.tag, n=number
    )
    return note("rejected", said, case=view.case, actions=case_actions(view))


async def _judge(unit: Unit, order: Order, *, confirmed: bool, services: Services) -> CaseView:
    """Record the verdict and plan the turn that takes it into account."""
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    _must_be_open(view.case)
    named(view, order.arguments.number)
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


async def correct(unit: Unit, order: Order, *, services: Services) -> Card:
    """A person says that we are wrong: what is under way starts over, knowing of it."""
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    view = await speak(unit, view, by=by, services=services)
    corrected = Change(
        kind=EventKind.CORRECTED, data={"text": order.text.digest}, texts=[order.text]
    )
    view = await record(unit, view, view.case.id, [corrected], at=services.clock.now(), actor=by)
    await investigate(unit, view, services=services)
    said = Clean.say("{tag} noted: {what}", tag=view.case.tag, what=order.text)
    step = Clean.say("What was under way starts over. Bring the line that shows it: drop it here")
    return note("corrected", said, step, case=view.case)


async def cancel(unit: Unit, order: Order, *, services: Services) -> Card:
    """Stop the turn under way. Whoever asked something gets no answer to it; others still do.

    Who has asked nothing stops everything that is being looked into. `cancel e7` stops the reading
    of a file; so does `cancel` for all of them, where nobody waits for an answer.
    """
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    waiting = await unit.conversation.open_questions(view.case.id)
    if order.arguments.file or not waiting:
        reading = await being_read(unit, view.case, order)
        if reading:
            return await stop(unit, view, reading, order, services=services)
    given_up = [one for one in waiting if one.asked_by == by] or waiting
    if not given_up:
        message = f"nothing is under way in #{view.case.number}"
        raise NotAllowedNow(message, next_step="Type `status` to see the case.")
    now = services.clock.now()
    cancelled = Change(kind=EventKind.CANCELLED, data={"questions": [one.id for one in given_up]})
    view = await record(unit, view, view.case.id, [cancelled], at=now, actor=by)
    for question in given_up:
        await question_inbox.give_up(unit, view.case, question, by=by, services=services)
    said = Clean.say(
        "{tag} stopped: {n} of {all}.", tag=view.case.tag, n=len(given_up), all=len(waiting)
    )
    return note("cancelled", said, case=view.case)


async def resolve(unit: Unit, order: Order, *, services: Services) -> Card:
    """It is over, and what fixed it."""
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    _must_be_open(view.case)
    view = await speak(unit, view, by=by, services=services)
    solution = order.text if order.arguments.text else None
    view = await lifecycle.resolve(unit, view, by=by, solution=solution, services=services)
    await publish_case(unit, view, services=services)
    return await draw_case(unit, view, services=services)


async def reopen(unit: Unit, order: Order, *, services: Services) -> Card:
    """It is back."""
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    view = await lifecycle.reopen(unit, view, by=by, services=services)
    view = await speak(unit, view, by=by, services=services)
    await publish_case(unit, view, services=services)
    return await draw_case(unit, view, services=services)


async def listen(unit: Unit, command: Command, word: str, *, services: Services) -> Card:
    """In this channel: to everything in a case's thread, or to our name only."""
    tenant_id, channel = services.rules.tenant_id, command.place.whole_channel
    if word:
        await unit.hearing.set_mention_only(tenant_id, channel, on=word == "mention")
    if await unit.hearing.mention_only(tenant_id, channel):
        said = Clean.say("Here I listen to mentions, commands, buttons and files only.")
        step = Clean.say("To all that is said in a case's thread: `listen all`")
    else:
        said = Clean.say("Here I listen to all that is said in a case's own thread.")
        step = Clean.say("To mentions only: `listen mentions`")
    return note("listening", said, step)


def _must_be_open(case: Case) -> None:
    if not case.state.is_open:
        message = f"#{case.number} is {case.state} already"
        raise NotAllowedNow(message, next_step="Type `reopen` if it is back.")
