"""Commands that change a case. Each change commits with the jobs it causes and returns a reply."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.accounts.model import CaseMember, CaseRole
from core.alerts.model import Severity
from core.cases import lifecycle
from core.cases.events import EventKind
from core.cases.evidence_files import PASTE, add_file
from core.cases.lifecycle import Change, investigate, must_be_open, record, speak
from core.conversation.cards.answer_cards import looking_card
from core.conversation.cards.card import Row
from core.conversation.cards.evidence_cards import reading_card
from core.conversation.cards.reply_cards import note
from core.conversation.commands.evidence_commands import being_read, stop
from core.conversation.commands.verdict_commands import UNDO_HINT, undo_action
from core.conversation.messages import question_inbox
from core.conversation.messages.channels import bind_channel_at, case_channel
from core.conversation.messages.news import queue_turning_points
from core.conversation.messages.outbox import draw_case_card
from core.errors import NotAllowedNow
from core.jobs.kinds import ask_readers
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from datetime import datetime

    from core.cases.model import Case
    from core.conversation.cards.card import Card
    from core.conversation.commands.command import CaseCommand, Command
    from core.conversation.ports import Unit


async def open_case(unit: Unit, title: RedactedText, command: Command) -> Card:
    """Open a case, bind it to the place of the command, and return its card.

    Of a place that not everybody reads it is that place's, and the account's of whoever opens it;
    where that is presumed, the platform is asked until it can say.
    """
    view = await lifecycle.open_case(
        unit,
        title=title,
        severity=Severity.UNKNOWN,
        service=None,
        group_key="",
        since=unit.now,
        actor=command.by,
        closed_to=command.closed_to,
    )
    if command.closed_to and command.account_id:
        await unit.members.put(_owner(view.case, command.account_id, since=unit.now))
    if command.is_presumed:
        place = command.place.audience
        await unit.jobs.add(ask_readers(view.case.id, place, unit.context))
    await bind_channel_at(unit, view.case, command.place, by_id=command.by_id)
    view = await speak(unit, view, by=command.by)
    return await draw_case_card(unit, view)


def _owner(case: Case, account_id: str, *, since: datetime) -> CaseMember:
    return CaseMember(
        tenant_id=case.tenant_id,
        case_id=case.id,
        account_id=account_id,
        role=CaseRole.OWNER,
        since=since,
    )


async def ask(unit: Unit, order: CaseCommand) -> Card:
    """Queue a question for the next turn and return its progress card."""
    command = order.command
    view = await unit.cases.view(order.case_id, lock=True)
    place = await case_channel(unit, order.case_id, command.place)
    view, question = await question_inbox.ask(
        unit, view, order.text, by=command.by, place=place, message_id=command.message_id
    )
    now = unit.now
    return looking_card(view.case, question, since=now, now=now)


async def paste(unit: Unit, order: CaseCommand) -> Card:
    """Add pasted lines to the case as a file; `order.pasted` is where they are stored.

    Raises ValueError where they have not been stored.
    """
    if order.pasted is None:
        message = "pasted lines are stored before the unit begins"
        raise ValueError(message)
    view = await unit.cases.view(order.case_id, lock=True)
    by = order.command.by
    file = await add_file(unit, view, order.pasted, name=PASTE, by=by)
    if file is None:
        text = RedactedText.format("{tag} has these very lines already.", tag=view.case.tag)
        return note("known", text, case=view.case)
    return reading_card(view.case.number, file)


async def correct(unit: Unit, order: CaseCommand) -> Card:
    """Record a correction and restart the investigation with it."""
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    view = await speak(unit, view, by=by)
    corrected = Change(
        kind=EventKind.CORRECTED, data={"text": order.text.digest}, texts=[order.text]
    )
    view = await record(unit, view, view.case.id, [corrected], at=unit.now, actor=by)
    await investigate(unit, view)
    text = RedactedText.format("{tag} noted: {what}", tag=view.case.tag, what=order.text)
    step = RedactedText.format(
        "What was under way starts over. Bring the line that shows it: drop it here"
    )
    return note("corrected", text, step, case=view.case)


async def cancel(unit: Unit, order: CaseCommand) -> Card:
    """Cancel the open questions of whoever asked; the questions of others stay open.

    A person without open questions cancels those of everyone. `cancel e7` stops the reading of a
    file; `cancel` stops all of them where no question is open. Raises NotAllowedNow where nothing
    is under way.
    """
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    waiting = await unit.questions.open(view.case.id)
    if order.arguments.file or not waiting:
        reading = await being_read(unit, view.case, order)
        if reading:
            return await stop(unit, view, reading, order)
    cancelled_questions = [question for question in waiting if question.asked_by == by] or waiting
    if not cancelled_questions:
        message = f"nothing is under way in #{view.case.number}"
        raise NotAllowedNow(message, next_step="Type `status` to see the case.")
    now = unit.now
    cancelled = Change(
        kind=EventKind.CANCELLED,
        data={"questions": [question.id for question in cancelled_questions]},
    )
    view = await record(unit, view, view.case.id, [cancelled], at=now, actor=by)
    for question in cancelled_questions:
        await question_inbox.give_up(unit, view.case, question, by=by)
    text = RedactedText.format(
        "{tag} stopped: {n} of {all}.",
        tag=view.case.tag,
        n=len(cancelled_questions),
        all=len(waiting),
    )
    return note("cancelled", text, case=view.case)


async def resolve(unit: Unit, order: CaseCommand) -> Card:
    """Resolve the case, with the solution where one is given."""
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    must_be_open(view.case)
    view = await speak(unit, view, by=by)
    solution = order.text if order.arguments.text else None
    view = await lifecycle.resolve(unit, view, by=by, solution=solution)
    card = await draw_case_card(unit, view)
    return replace(
        card,
        rows=(*card.rows, Row(text=UNDO_HINT)),
        actions=(*card.actions, undo_action("resolve")),
    )


async def reopen(unit: Unit, order: CaseCommand) -> Card:
    """Reopen the case."""
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    before = view
    view = await lifecycle.reopen(unit, view, by=by)
    view = await speak(unit, view, by=by)
    await queue_turning_points(unit, before, view, by=order.redactor.clean(by).line())
    return await draw_case_card(unit, view)


async def listen(unit: Unit, command: Command, word: str) -> Card:
    """Set, and say, whether a channel is listened to in full or for mentions only."""
    channel = command.place.whole_channel
    if word:
        await unit.incoming.set_mention_only(channel, on=word == "mention")
    if await unit.incoming.mention_only(channel):
        text = RedactedText.format("Here I listen to mentions, commands, buttons and files only.")
        step = RedactedText.format("To all that is said in a case's thread: `listen all`")
    else:
        text = RedactedText.format("Here I listen to all that is said in a case's own thread.")
        step = RedactedText.format("To mentions only: `listen mentions`")
    return note("listening", text, step)
