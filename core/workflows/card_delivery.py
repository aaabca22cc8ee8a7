"""How a queued card gets out, once, and what is said while something takes its time.

A row goes pending, sending, sent, and our id travels in the message: a row found in `sending` was
interrupted, and the sender looks for its message before it posts again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.model import Case
from core.clock import micros
from core.conversation.cards.answer_cards import QUESTION, looking_card
from core.conversation.cards.case_card import CASE_CARD
from core.conversation.cards.evidence_cards import FILE_CARD, batch_card, dropped_together
from core.conversation.cards.reply_cards import not_shown, without_files
from core.conversation.messages.channels import case_here
from core.conversation.messages.message import (
    Binding,
    Message,
    Opened,
    Opening,
    Outbound,
    OutboundState,
)
from core.conversation.messages.outbox import (
    FIRST_AFTER,
    plan_progress_check,
    queue_admin_notice,
    queue_card,
)
from core.errors import ChatRefused, ChatUnavailable, NotFound
from core.evidence.model import FileState
from core.investigation.steps import progress_of
from core.jobs.kinds import CHAT_PROGRESS, CHAT_SEND, reading_on_job
from core.places import CaseRoom, Destination, Place

if TYPE_CHECKING:
    from core.conversation.ports import Chat
    from core.jobs.model import Job
    from core.workflows.services import Services, Unit

log = logging.getLogger(__name__)

FILES_WAIT = timedelta(minutes=2)  # for a platform that takes messages, and no files


async def send(job: Job, *, services: Services) -> None:
    """Handler of `chat.send`: post or edit one message, then say so in the tables.

    Raises ChatUnavailable, after which the runner tries again, and ChatRefused.
    """
    errand = await _begin(job, services=services)
    if errand is None:
        return
    try:
        errand, shown = await _deliver_what_is_taken(job, errand, services=services)
    except ChatRefused as error:
        await _give_up(errand, error, services=services)
        raise
    except ChatUnavailable as error:
        # A place is made by several calls: what the first of them made is to be looked for.
        is_one_call = errand.home is None
        if error.retry_after_s is not None and is_one_call and not errand.interrupted:
            await _not_taken(errand, services=services)
        raise
    await _end(job, errand, shown, services=services)


async def _deliver_what_is_taken(
    job: Job, errand: _DeliveryAttempt, *, services: Services
) -> tuple[_DeliveryAttempt, Opened | None]:
    """What went out, and where: the card, or what is left of it without its files."""
    try:
        return errand, await _deliver(errand, services=services)
    except ChatUnavailable as error:
        if not _gives_up_files(job, errand, services=services):
            raise
        less = _without_files(errand, error, services=services)
    return less, await _deliver(less, services=services)


def _gives_up_files(job: Job, errand: _DeliveryAttempt, *, services: Services) -> bool:
    """Whether what failed for long holds a file: without that it may go out, and say so."""
    holds_file = any(row.is_document for row in errand.outbound.card.fold)
    return holds_file and services.clock.now() - job.created_at >= FILES_WAIT


def _without_files(
    errand: _DeliveryAttempt, error: ChatUnavailable, *, services: Services
) -> _DeliveryAttempt:
    card = without_files(errand.outbound.card, error, redactor=services.redactor())
    return replace(errand, outbound=replace(errand.outbound, card=card), interrupted=True)


@dataclass(frozen=True, kw_only=True)
class _DeliveryAttempt:
    """What to send, what the place shows under its key, and whether we were cut off before.

    home: the place is yet to be made, for this case.
    """

    outbound: Outbound
    shown: Message | None
    interrupted: bool
    home: Binding | None = None
    case: Case | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether the message surely says all of it already."""
        if self.shown is None or self.interrupted:
            return False
        return self.outbound.card.says_the_same(self.shown.card)


async def _begin(job: Job, *, services: Services) -> _DeliveryAttempt | None:
    """Mark the row as being sent; None, with the job done, where nothing is to be sent any more."""
    async with services.unit() as unit:
        outbound = await unit.conversation.outbound(CHAT_SEND.read(job).outbound_id)
        errand = None
        if not outbound.state.is_final:
            errand = await _errand(unit, outbound)
        if errand is not None and not errand.changes_nothing:
            await unit.conversation.mark_outbound(outbound.id, OutboundState.SENDING)
            return errand
        if errand is not None and errand.shown is not None:
            # The platform need not be told; the tables say which version stands there.
            await unit.conversation.show(replace(errand.shown, card=outbound.card))
            await unit.conversation.mark_outbound(outbound.id, OutboundState.SENT)
        elif not outbound.state.is_final:
            await unit.conversation.mark_outbound(outbound.id, OutboundState.STALE)
        await unit.jobs.done(job, at=services.clock.now())
    return None


async def _errand(unit: Unit, outbound: Outbound) -> _DeliveryAttempt | None:
    """What there is to do for the row; None where a newer card is shown, or nobody could see it."""
    interrupted = outbound.state is OutboundState.SENDING
    if outbound.opens is not None and outbound.case_id is not None:
        bindings = await unit.conversation.bindings(outbound.case_id)
        home = next((binding for binding in bindings if binding.opens == outbound.opens), None)
        if home is not None:
            if not outbound.card.key.startswith(CASE_CARD):
                return None  # a place is opened by its case's card alone
            case = (await unit.cases.view(outbound.case_id)).case
            return _DeliveryAttempt(
                outbound=outbound, shown=None, interrupted=interrupted, home=home, case=case
            )
        made = next((binding for binding in bindings if binding.made_from == outbound.opens), None)
        if made is None:
            return None
        if made.place.lane != outbound.place.lane:
            await _hand_over(unit, outbound, made)
            return None
        outbound = replace(outbound, place=made.place, opens=None)
    shown = await unit.conversation.shown(outbound.place, outbound.card.key)
    if shown is not None and shown.card.version >= outbound.card.version:
        return None
    return _DeliveryAttempt(outbound=outbound, shown=shown, interrupted=interrupted)


async def _hand_over(unit: Unit, outbound: Outbound, made: Binding) -> None:
    """A channel of the case's own has a lane of its own: two lanes would edit one message at once.

    In that lane it takes its turn among the cards that were queued to the channel itself.
    """
    case = (await unit.cases.view(made.case_id)).case
    await queue_card(unit, case, made.place, outbound.card)


async def _deliver(errand: _DeliveryAttempt, *, services: Services) -> Opened | None:
    """Where the message is that shows the card now; None where nobody could see it."""
    outbound = errand.outbound
    chat = services.chat_at(outbound.place)
    if errand.home is not None:
        return await _open(chat, errand, services=services)
    if outbound.handle:
        try:
            await chat.send_ephemeral(outbound.place, outbound.card, handle=outbound.handle)
        except NotFound:
            if not await _may_be_said_aloud(outbound, services=services):
                log.info("%s is dropped: its handle has expired", outbound.id)
                return None
        else:
            return Opened(place=outbound.place, ref="")
    return Opened(place=outbound.place, ref=await _show(chat, errand))


async def _may_be_said_aloud(outbound: Outbound, *, services: Services) -> bool:
    """Too late to be said to one person: only where a case is at home may everyone hear it."""
    async with services.reading() as unit:
        return await case_here(unit, outbound.place) is not None


async def _open(chat: Chat, errand: _DeliveryAttempt, *, services: Services) -> Opened:
    outbound, case = errand.outbound, errand.case
    if case is None or outbound.opens is None:
        message = "only a case's own place is opened"
        raise ValueError(message)
    opening = Opening(
        number=case.number,
        title=case.title.line(),
        card=outbound.card,
        invited=_invited(outbound.opens, services=services),
    )
    return await chat.open(outbound.opens, opening, marker=outbound.id, again=errand.interrupted)


def _invited(destination: Destination, *, services: Services) -> tuple[str, ...]:
    """Whoever opened the case; into a channel those whom the settings name as well."""
    named = (invitation.partition(":") for invitation in services.rules.invited)
    always = [person for platform, _, person in named if platform == destination.platform]
    if destination.room is CaseRoom.THREAD:  # whoever is in the channel sees it
        always = []
    return tuple(dict.fromkeys((*destination.invited, *always)))


async def _show(chat: Chat, errand: _DeliveryAttempt) -> str:
    """The platform's name of the message that shows the card now."""
    outbound = errand.outbound
    if errand.shown is not None and not errand.shown.is_ephemeral:
        try:
            await chat.edit(outbound.place, errand.shown.ref, outbound.card)
        except NotFound:  # someone deleted it: the case is worth a new message
            pass
        else:
            return errand.shown.ref
    if errand.interrupted:
        ref = await chat.find(outbound.place, marker=outbound.id)
        if ref is not None:
            return ref
    return await chat.post(outbound.place, outbound.card, marker=outbound.id)


async def _not_taken(errand: _DeliveryAttempt, *, services: Services) -> None:
    """The platform said when to come again, so it surely has nothing of it: nothing to look for."""
    async with services.unit() as unit:
        outbound = await unit.conversation.outbound(errand.outbound.id)
        if outbound.state is OutboundState.SENDING:
            await unit.conversation.mark_outbound(outbound.id, OutboundState.PENDING)


async def _end(
    job: Job, errand: _DeliveryAttempt, shown: Opened | None, *, services: Services
) -> None:
    async with services.unit() as unit:
        if errand.home is not None and shown is not None:
            await unit.conversation.rebind(errand.home, shown.place)
            await unit.jobs.add(reading_on_job(shown.place, after=shown.ref, context=unit.context))
        if shown is not None:
            await unit.conversation.show(_message(errand, shown, services=services))
        await unit.conversation.mark_outbound(errand.outbound.id, OutboundState.SENT)
        await unit.jobs.done(job, at=services.clock.now())


def _message(errand: _DeliveryAttempt, shown: Opened, *, services: Services) -> Message:
    now = services.clock.now()
    card = errand.outbound.card
    if errand.shown is not None:
        return replace(errand.shown, card=card, ref=shown.ref, shown_at=now)
    return Message(
        id=services.context.new_id("msg"),
        tenant_id=errand.outbound.tenant_id,
        place=shown.place,
        card=card,
        ref=shown.ref,
        seq=0,  # the store gives the next one
        shown_at=now,
    )


async def _give_up(errand: _DeliveryAttempt, error: ChatRefused, *, services: Services) -> None:
    """The platform will never take it: say so where it can be heard, once for each reason."""
    outbound = errand.outbound
    redactor = services.redactor()
    card = not_shown(
        outbound.place.platform, error, version=micros(services.clock.now()), redactor=redactor
    )
    async with services.unit() as unit:
        await unit.conversation.mark_outbound(outbound.id, OutboundState.FAILED)
        if not outbound.place.is_direct:  # else a notice about a notice, for ever
            await queue_admin_notice(unit, card)


AGAIN_AFTER = timedelta(seconds=15)  # seldom enough for fifty edits a minute in a workspace


async def report_progress(job: Job, *, services: Services) -> None:
    """Handler of `chat.progress`: post or edit the line that says what is still under way.

    It carries a button that stops it, and makes room for the answer.
    """
    payload = CHAT_PROGRESS.read(job)
    key, began, place = payload.key, payload.began, payload.place
    async with services.unit() as unit:
        lasts = False
        if key.startswith(FILE_CARD):
            lasts = await _reading(unit, key, place)
        elif key.startswith(QUESTION):
            lasts = await _looking(unit, key, place, began)
        await unit.jobs.done(job, at=services.clock.now())
        if lasts:
            await plan_progress_check(unit, place, key, began=began, after=AGAIN_AFTER)


async def _reading(unit: Unit, key: str, place: Place) -> bool:
    """A file: the first that is still being read speaks for all that came with it."""
    try:
        file = await unit.files.get(key.removeprefix(FILE_CARD))
    except NotFound:
        return False
    if file.state is not FileState.RECEIVED:
        return False
    case = (await unit.cases.view(file.case_id)).case
    batch = dropped_together(file, await unit.files.ever_in_case(case.id))
    waiting = [member for member in batch if member.state is FileState.RECEIVED]
    if waiting[0].id == file.id:
        card = batch_card(case, batch, await unit.files.findings(case.id))
        await queue_card(unit, case, place, card)
        unit.cases.due_cards.add(case.id)  # it names what is read
    return True


async def show_first_words(unit: Unit, question_id: str) -> None:
    """An answer began to be written: show it now, unless the first look at it is still to come.

    Whoever has waited longer would wait for the next look, several times as long as for words.
    """
    question = await unit.questions.get(question_id)
    if unit.now - question.asked_at >= FIRST_AFTER:
        await _looking(unit, f"{QUESTION}{question.id}", question.place, question.asked_at)


async def _looking(unit: Unit, key: str, place: Place, began: datetime) -> bool:
    """A question: the one that waits longest at its place speaks for all of them."""
    question = await unit.questions.get(key.removeprefix(QUESTION))
    if question.answered_at is not None:
        return False
    open_ones = await unit.questions.open(question.case_id)
    here = [question for question in open_ones if question.place == place]
    # It may have been answered since it was read.
    if here and here[0].id == question.id:
        case = (await unit.cases.view(question.case_id)).case
        now, others = unit.now, len(here) - 1
        card = looking_card(
            case,
            question,
            others=others,
            since=began,
            now=now,
            progress=await progress_of(unit, case.id),
            written=await progress_of(unit, case.id, about=question.id),
        )
        await queue_card(unit, case, place, card)
    return True
