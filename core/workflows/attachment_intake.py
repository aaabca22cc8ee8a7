"""Makes evidence of a file that was dropped in chat; each is fetched by a job of its own."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain, count
from typing import TYPE_CHECKING

from core.cases.evidence_files import UnreadFile, add_file, note_unread
from core.conversation.cards.evidence_cards import FILE_CARD
from core.conversation.cards.reply_cards import note, picker, refusal
from core.conversation.messages.channels import case_channel, case_here
from core.conversation.messages.message_context import MessageContext, as_meant
from core.conversation.messages.outbox import plan_progress_check
from core.errors import (
    FaultMavenError,
    LeaseLost,
    NotFound,
    StoreUnavailable,
    TooLarge,
    Unavailable,
    WrongUsage,
)
from core.jobs.kinds import CHAT_FETCH, fetch_attachment
from core.text.redacted import RedactedText
from core.text.sentences import sentences
from core.workflows.account_links import account_of
from core.workflows.case_access import CaseReader, must_reach
from core.workflows.evidence_intake import store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.access import Identity
    from core.conversation.cards.card import Card
    from core.conversation.messages.message import Attachment, IncomingMessage
    from core.evidence.model import StoredContent
    from core.jobs.model import Job
    from core.workflows.services import Services, Unit

say = sentences("workflows.attachment_intake")

FREE_SOME = "Free disk space; nothing of the file was kept, it is fetched again by itself."


async def plan_fetching(unit: Unit, context: MessageContext, *, services: Services) -> None:
    """A job for each dropped file; or say why they cannot be taken."""
    heard = context.heard
    if not heard.attachments:
        return
    try:
        context.may(change=True, admins=services.rules.admins)
        case_id = await _case_for(unit, context)
        if case_id is None:
            await context.reply(unit, await _which_case(unit, heard), part="files")
            return
    except FaultMavenError as error:
        card = refusal(error, redactor=services.redactor())
        await context.reply(unit, card, part="files")
        return
    await _note_too_large(unit, case_id, context, services=services)
    for attachment in _fitting(heard, services=services):
        await unit.jobs.add(
            fetch_attachment(
                context.utterance.id,
                attachment.id,
                case_id,
                by=context.who.external_id,
                context=unit.context,
            )
        )


async def fetch(job: Job, *, services: Services) -> None:
    """Handler of `chat.fetch`: one dropped file becomes evidence of its case.

    Raises Unavailable, after which it is fetched again.
    """
    context, attachment = await _contribution(job, services=services)
    try:
        chunks = services.reader_at(context.heard.place).fetch(attachment)
        stored = await _stored(context, attachment, chunks, services=services)
        await _add(context, attachment, stored, services=services)
    except FaultMavenError as error:
        if isinstance(error, Unavailable | LeaseLost):
            raise
        if isinstance(error, TooLarge):
            error = _too_large(attachment, services=services)
        card = refusal(error, redactor=services.redactor())
        problem = _problem(services) if isinstance(error, TooLarge) else str(error)
        unread = UnreadFile(name=attachment.name, problem=problem, size=attachment.size)
        async with services.unit() as unit:
            await context.reply(unit, card, part=attachment.id)
            with suppress(NotFound):  # the case itself may be what is not there
                case_id = CHAT_FETCH.read(job).case_id
                view = await unit.cases.view(case_id, lock=True)
                await note_unread(unit, view, [unread], by=context.name)
            await unit.jobs.done(job, at=services.clock.now())


async def _stored(
    context: MessageContext,
    attachment: Attachment,
    chunks: AsyncIterator[bytes],
    *,
    services: Services,
) -> StoredContent:
    """Where the disk does not take it, whoever dropped it is told at once, and it is tried again.

    Raises StoreUnavailable, TooLarge.
    """
    try:
        return await store(chunks, services=services)
    except StoreUnavailable as error:
        with_next_step = StoreUnavailable(str(error), next_step=FREE_SOME)
        card = refusal(with_next_step, redactor=services.redactor())
        async with services.unit() as unit:
            await context.reply(unit, card, part=f"{attachment.id}:full")
        raise


async def _contribution(job: Job, *, services: Services) -> tuple[MessageContext, Attachment]:
    payload = CHAT_FETCH.read(job)
    async with services.reading() as unit:
        utterance = await unit.incoming.get(payload.utterance_id)
        utterance = await as_meant(unit, utterance)
        place = utterance.heard.place
        who = _known(await unit.people.identity(place.platform, place.workspace, payload.by))
        account = await account_of(unit, who)
    wanted = payload.attachment_id
    attachment = next(
        attachment for attachment in utterance.heard.attachments if attachment.id == wanted
    )
    return MessageContext(utterance=utterance, who=who, job=job, account=account), attachment


def _known(who: Identity | None) -> Identity:
    if who is None:
        message = "a file is fetched for somebody who was introduced"
        raise ValueError(message)
    return who


async def _add(
    context: MessageContext, attachment: Attachment, stored: StoredContent, *, services: Services
) -> None:
    async with services.unit() as unit:
        view = await unit.cases.view(CHAT_FETCH.read(context.job).case_id, lock=True)
        name = await free_name(unit, view.case.id, attachment.name, stored.blob)
        file = await add_file(unit, view, stored, name=name, by=context.name)
        if file is None:
            known = say("has_file_already", tag=view.case.tag)
            card = note("known", known, case=view.case)
            await context.reply(unit, card, part=attachment.id)
        else:
            place = await case_channel(unit, file.case_id, context.heard.place)
            await plan_progress_check(unit, place, f"{FILE_CARD}{file.id}")
            # Most are read within a second: the turn draws the card, or the check does before.
            unit.cases.due_cards.discard(file.case_id)
        await unit.jobs.done(context.job, at=services.clock.now())


async def free_name(unit: Unit, case_id: str, name: str, blob: str) -> str:
    """The name, in a numbered folder where the case has another file of it: `2/app.log`.

    A citation names one file, and every service has its `app.log`; chat knows no folders.
    """
    clean = unit.redactor(case_id).clean
    taken = {
        file.name.text
        for file in await unit.files.of_case(case_id)
        if file.blob != blob and file.was_stored
    }
    numbered = (f"{nth}/{name}" for nth in count(2))
    return next(free for free in chain([name], numbered) if clean(free).text not in taken)


async def _case_for(unit: Unit, context: MessageContext) -> str | None:
    """Whose evidence the files are; None where it may be that of several.

    Raises WrongUsage where no case is open there.
    """
    heard = context.heard
    if heard.case_number is not None:
        case = await unit.cases.by_number(heard.case_number)
        reader = CaseReader(
            account_id=context.account_id,
            by_id=heard.by,
            is_alone=heard.place.is_private,
            is_guest=context.is_of_guest,
        )
        await must_reach(unit, case.id, heard.place, reader, changes=True)
        return case.id
    here = await case_here(unit, heard.place)
    if here is not None:
        return here
    nearby = await unit.conversation.open_cases_in(heard.place)
    if not nearby:
        message = "whose evidence is this? No case is open here"
        raise WrongUsage(message, next_step="Drop it in the thread of its case.")
    return nearby[0] if len(nearby) == 1 else None


async def _which_case(unit: Unit, heard: IncomingMessage) -> Card:
    """One tap says whose evidence it is; the button repeats the message about that case."""
    nearby = await unit.conversation.open_cases_in(heard.place)
    cases = [(await unit.cases.view(case_id)).case for case_id in nearby]
    return picker(cases, verb="evidence", argument=RedactedText.EMPTY)


async def _note_too_large(
    unit: Unit, case_id: str, context: MessageContext, *, services: Services
) -> None:
    """Say which are not even fetched, to whoever dropped them and in the case."""
    fitting = _fitting(context.heard, services=services)
    unread, too_large = list[UnreadFile](), list[TooLarge]()
    for attachment in context.heard.attachments:
        if attachment in fitting:
            continue
        too_large.append(_too_large(attachment, services=services))
        problem = _problem(services)
        unread.append(UnreadFile(name=attachment.name, problem=problem, size=attachment.size))
    if not unread:
        return
    view = await unit.cases.view(case_id, lock=True)
    await note_unread(unit, view, unread, by=context.name)
    error = TooLarge("; ".join(map(str, too_large)))
    await context.reply(unit, refusal(error, redactor=services.redactor()), part="files")


def _problem(services: Services) -> str:
    return say.raw("it_is_too_large", mb=str(services.rules.max_file_bytes // 2**20))


def _too_large(attachment: Attachment, *, services: Services) -> TooLarge:
    limit = services.rules.max_file_bytes // 2**20
    return TooLarge(say.raw("too_large", name=attachment.name, mb=str(limit)))


def _fitting(heard: IncomingMessage, *, services: Services) -> list[Attachment]:
    limit = services.rules.max_file_bytes
    return [attachment for attachment in heard.attachments if attachment.size <= limit]
