"""Handles a message that was heard: the handler of `chat.hear`.

Who said it is found out, then the verb is obeyed, and the replies commit together with what it
changed. A person who may only read is told so, but only where they turned to us.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.access import Identity, Standing
from core.cases.events import EventKind
from core.cases.lifecycle import Change, record, speak
from core.clock import micros
from core.conversation.cards.card import Card, Mark
from core.conversation.cards.case_card import CASE_CARD
from core.conversation.cards.reply_cards import elsewhere, in_short, not_known, refusal
from core.conversation.commands.command import Chosen, Command, Note, wanted
from core.conversation.commands.parsing import ParsedCommand, Spoken, understand
from core.conversation.commands.queries import words_of
from core.conversation.commands.vocabulary import VERBS
from core.conversation.messages.channels import case_channel, case_here
from core.conversation.messages.message import IncomingMessage, JournaledMessage, MessageKind
from core.conversation.messages.message_context import MessageContext, as_meant, repeats
from core.conversation.messages.outbox import plan_progress_check, queue_admin_notice, queue_card
from core.errors import (
    ChatRefused,
    ChatUnavailable,
    FaultMavenError,
    NotFound,
    NotPermitted,
    OurFault,
    Refused,
    TooMany,
    WrongUsage,
)
from core.investigation.answering.questions import NO_WORDS, CaseWords
from core.jobs.kinds import CHAT_HEAR, hear_aside, lane_of_one
from core.jobs.model import problem_of
from core.workflows.account_links import account_of
from core.workflows.attachment_intake import plan_fetching
from core.workflows.command_dispatch import dispatch
from core.workflows.introduction import introduce, is_fresh, recognise
from core.workflows.readership import closed_at, narrow, still_reads

if TYPE_CHECKING:
    from core.accounts.model import Account
    from core.jobs.model import Job
    from core.places import Place
    from core.workflows.services import Services, Unit

INTRODUCED_WITHIN_S = 2.0  # others wait behind it
MOST_A_MINUTE = 100
MINUTE = timedelta(minutes=1)


async def handle_message(job: Job, *, services: Services) -> None:
    """Handler of `chat.hear`.

    Raises Unavailable, after which it is taken up again, and OurFault, which is told to the person.
    """
    async with services.reading() as unit:
        utterance = await unit.incoming.get(CHAT_HEAR.read(job).utterance_id)
        heard = utterance.heard
        who = await recognise(unit, heard.by, heard.place)
        pace = await _pace(unit, utterance)
    if who is None or not is_fresh(who, now=services.clock.now()):
        who = await _introduced(utterance, job, services=services)
    if who is None:
        return
    context = MessageContext(
        utterance=utterance,
        who=who,
        job=job,
        account=await _account_of(who, services=services),
        pace=pace,
    )
    if who.profile.standing is Standing.BOT:  # two bots would talk for ever
        await _end(context, services=services)
        return
    try:
        await _follow(context, services=services)
    except FaultMavenError:
        raise
    except Exception as error:  # the outermost place that knows whom to tell
        await _apologise(context, services=services)
        message = f"taking up {utterance.id}: {problem_of(error)}"
        raise OurFault(message) from error


async def _account_of(who: Identity, *, services: Services) -> Account | None:
    if who.linked_at is None:  # as of nearly everybody: nothing is asked
        return None
    async with services.reading() as unit:
        return await account_of(unit, who)


async def _introduced(
    utterance: JournaledMessage, job: Job, *, services: Services
) -> Identity | None:
    """Who said it; None where that is not to be known now, and what follows is seen to.

    A platform that cannot say who one person is keeps nobody else waiting: what they said is set
    aside, in a lane of their own.
    """
    heard, aside = (
        utterance.heard,
        job.lane == lane_of_one(utterance.heard.place, by=utterance.heard.by),
    )
    try:
        async with asyncio.timeout(None if aside else INTRODUCED_WITHIN_S):
            return await introduce(heard.by, heard.place, services=services)
    except (ChatUnavailable, TimeoutError):
        if aside:
            raise
        async with services.unit() as unit:
            later = hear_aside(utterance.id, heard.place, by=heard.by, context=unit.context)
            await unit.jobs.add(later)
            await unit.jobs.done(job, at=services.clock.now())
    except ChatRefused as error:
        await _cannot_know(utterance, job, error, services=services)
    return None


async def _cannot_know(
    utterance: JournaledMessage, job: Job, error: ChatRefused, *, services: Services
) -> None:
    """We may not ask who people are: whoever turned to us is told, and so are the admins."""
    heard, redactor = utterance.heard, services.redactor()
    async with services.unit() as unit:
        if heard.manner is not MessageKind.MESSAGE:
            card = refusal(error, redactor=redactor)
            card = replace(card, key=f"reply:{utterance.id}:refused", version=1)
            await queue_card(unit, None, heard.place, card, handle=heard.handle)
        notice = not_known(
            heard.place.platform,
            error,
            version=micros(services.clock.now()),
            redactor=redactor,
        )
        await queue_admin_notice(unit, notice)
        await unit.jobs.done(job, at=services.clock.now())


async def _apologise(context: MessageContext, *, services: Services) -> None:
    async with services.unit() as unit:
        case_id = await case_here(unit, context.heard.place)
        case = (await unit.cases.view(case_id)).case if case_id else None
        await context.apologise(unit, case)


async def _follow(context: MessageContext, *, services: Services) -> None:
    """Do what was wanted, if anything was."""
    try:
        context = await _as_meant(context, services=services)
    except (NotFound, NotPermitted) as error:
        await _refuse(context, error, services=services)
        return
    if await _is_muted(context.heard, services=services):
        await _keep(context, "", services=services)
        return
    match wanted(context.heard, await _words_here(context, services=services)):
        case Chosen() as chosen:
            await _obey(context, _command(context, chosen, plain=True), services=services)
        case Spoken() as spoken:
            await _obey(context, _command(context, spoken, plain=False), services=services)
        case Note() as note:
            await _keep(context, note.text, services=services)
        case None:
            await _keep(context, "", services=services)


async def _words_here(context: MessageContext, *, services: Services) -> CaseWords:
    """The words of the case whose thread it is; of no use where our name is in front."""
    heard = context.heard
    if heard.manner is not MessageKind.MESSAGE or not heard.text.strip():
        return NO_WORDS
    async with services.reading() as unit:
        case_id = await case_here(unit, heard.place)
        return await words_of(unit, case_id) if case_id else NO_WORDS


async def _as_meant(context: MessageContext, *, services: Services) -> MessageContext:
    """With what a button repeats.

    Raises NotFound for a button of long ago, and NotPermitted for a form or a button of who does
    not read where it is any more: both stay on their screen, whoever is put out.
    """
    heard = context.heard
    stays = heard.manner in (MessageKind.FORM, MessageKind.BUTTON)
    if stays and not await still_reads(heard.place, heard.by, services=services):
        message = "you are not in that channel any more"
        raise NotPermitted(message, next_step="Ask somebody who is in it.")
    if repeats(context.utterance):
        async with services.reading() as unit:
            return replace(context, utterance=await as_meant(unit, context.utterance))
    return context


async def _is_muted(heard: IncomingMessage, *, services: Services) -> bool:
    """Whether the channel was switched to mentions between hearing it and now."""
    if heard.manner is not MessageKind.MESSAGE:
        return False
    async with services.reading() as unit:
        return await unit.incoming.mention_only(heard.place)


def _command(context: MessageContext, meant: Chosen | Spoken, *, plain: bool) -> Command:
    return Command(
        verb=meant.verb,
        argument=meant.argument,
        by=context.name,
        place=context.heard.place,
        case_number=meant.case_number or context.heard.case_number,
        plain=plain,
        by_id=context.heard.by,
        message_id=context.utterance.id,
        account_id=context.account_id,
        is_hidden=context.heard.is_hidden,
        is_of_guest=context.is_of_guest,
    )


async def _end(context: MessageContext, *, services: Services) -> None:
    async with services.unit() as unit:
        await unit.jobs.done(context.job, at=services.clock.now())


async def _obey(context: MessageContext, command: Command, *, services: Services) -> None:
    try:
        context.may(change=_changes(command), admins=services.rules.admins)
        if _is_flood(context):
            await _end(context, services=services)
            return
    except Refused as error:
        await _refuse(context, error, services=services)
        return

    if _opens(command):
        closed, is_known = await closed_at(context.heard.place, services=services)
        command = replace(command, closed_to=closed, is_presumed=not is_known)
    else:
        await narrow(command.place, command.case_number, services=services)

    async def settle(unit: Unit, cards: tuple[Card, ...]) -> None:
        await _reply(unit, context, command, cards)
        await plan_fetching(unit, context, services=services)
        await unit.jobs.done(context.job, at=services.clock.now())

    await dispatch(command, services=services, settle=settle)


def _changes(command: Command) -> bool:
    """Whether only members may give the command. What cannot be understood changes nothing."""
    meant = _understood(command)
    if meant is None:
        return False
    if meant.verb.name in ("evidence", "listen"):  # alone, they only tell
        return bool(meant.arguments.text or meant.arguments.act)
    return meant.verb.changes


def _opens(command: Command) -> bool:
    meant = _understood(command)
    return meant is not None and meant.verb.name == "open"


def _understood(command: Command) -> ParsedCommand | None:
    try:
        return understand(command.verb, command.argument, plain=command.plain)
    except WrongUsage:
        return None


def _is_flood(context: MessageContext) -> bool:
    """Whether one person asks more within a minute than people can.

    Raises TooMany where it becomes one; the rest of it is kept, and not answered one by one.
    """
    before, asked = context.pace
    if before <= MOST_A_MINUTE < asked:
        message = f"that is more than {MOST_A_MINUTE} a minute from one person"
        raise TooMany(message)
    return asked > MOST_A_MINUTE


async def _pace(unit: Unit, utterance: JournaledMessage) -> tuple[int, int]:
    """How much its speaker wanted of us in the minute up to it: without it, and with it."""
    heard, at = utterance.heard, utterance.heard_at
    if heard.manner is MessageKind.MESSAGE:
        return 0, 0

    async def count(until: datetime) -> int:
        return await unit.incoming.count(
            heard.place.platform, heard.by, since=at - MINUTE, until=until
        )

    asked = await count(at)
    if asked <= MOST_A_MINUTE:  # as nearly always: the other count decides nothing then
        return 0, asked
    return await count(at - timedelta.resolution), asked


async def _refuse(context: MessageContext, error: FaultMavenError, *, services: Services) -> None:
    """Told to whoever turned to us; what guests say to each other is none of our business."""
    if context.heard.manner is MessageKind.MESSAGE:
        await _keep(context, context.heard.text, services=services)
        return
    async with services.unit() as unit:
        card = refusal(error, redactor=services.redactor())
        await context.reply(unit, card, part="refused")
        await unit.jobs.done(context.job, at=services.clock.now())


async def _reply(
    unit: Unit, context: MessageContext, command: Command, cards: tuple[Card, ...]
) -> None:
    """Say what was done; what takes its time is watched instead, and no card is said twice."""
    verb = VERBS.get(command.verb.lower())
    public = verb is not None and verb.public
    for nth, card in enumerate(cards):
        place = context.heard.place
        is_for_all = public and card.mark is not Mark.REFUSED
        if card.mark is Mark.PROGRESS or is_for_all:
            place = await _home_of(unit, card, place)
        if card.mark is Mark.PROGRESS:
            await plan_progress_check(unit, place, card.key)
            if place != context.heard.place:  # elsewhere than they look
                await context.reply(unit, elsewhere(card), part=str(nth))
        elif (reply := await _without_second_card(unit, context, command, card)) is not None:
            await context.reply(unit, reply, part=str(nth), place=place, public=is_for_all)


async def _home_of(unit: Unit, card: Card, place: Place) -> Place:
    """What everyone is to see belongs where its case is at home in that channel."""
    if card.case_number is None:
        return place
    case = await unit.cases.by_number(card.case_number)
    return await case_channel(unit, case.id, place)


async def _without_second_card(
    unit: Unit, context: MessageContext, command: Command, card: Card
) -> Card | None:
    """The reply; a line in place of the case's card where the channel shows that card already.

    None where what everyone sees there by itself says it, too.
    """
    verb, channel = command.verb.lower(), context.heard.place.whole_channel
    if verb not in ("open", "resolve", "reopen") or not card.key.startswith(CASE_CARD):
        return card
    view = await unit.cases.view(card.key.removeprefix(CASE_CARD))
    homes = await unit.conversation.bindings(view.case.id)
    if all(home.place.whole_channel != channel for home in homes):
        return card
    is_public = context.heard.manner in (MessageKind.MENTION, MessageKind.MESSAGE)
    return None if is_public and verb != "resolve" else in_short(view.case, card)


async def _keep(context: MessageContext, text: str, *, services: Services) -> None:
    """What people say to each other belongs to the case's story; what they drop is evidence."""
    await narrow(context.heard.place, context.heard.case_number, services=services)
    await services.read_ahead(text)
    async with services.unit() as unit:
        case_id = await case_here(unit, context.heard.place)
        if case_id is not None and text:
            await _note(unit, case_id, context, text)
        await plan_fetching(unit, context, services=services)
        await unit.jobs.done(context.job, at=services.clock.now())


async def _note(unit: Unit, case_id: str, context: MessageContext, text: str) -> None:
    view = await unit.cases.view(case_id, lock=True)
    clean = unit.redactor(case_id).clean(text)
    noted = Change(kind=EventKind.NOTED, data={"text": clean.digest}, texts=[clean])
    now = unit.now
    view = await record(unit, view, case_id, [noted], at=now, actor=context.name)
    if context.who.profile.standing is Standing.MEMBER:
        await speak(unit, view, by=context.name, owns=False)
