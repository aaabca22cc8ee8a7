"""Sends the original of a file to a person in chat: `evidence e3 file`, and the job that does it.

It goes into the direct conversation with whoever asked: nothing in it is redacted, in a case's
thread guests and whoever joins later would read it, and an ephemeral message carries no file.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import Change, record
from core.conversation.cards.reply_cards import note, refusal
from core.conversation.messages.channels import case_channel
from core.conversation.messages.outbox import queue_card
from core.errors import ChatRefused, NotAllowedNow, NotFound, NotPermitted, TooLarge
from core.evidence.model import FileState
from core.jobs.kinds import CHAT_HAND_OUT, hand_out_original
from core.places import API, Place
from core.text.redacted import RedactedText
from core.text.sentences import sentences
from core.workflows.case_access import must_respond

if TYPE_CHECKING:
    from core.cases.model import Case
    from core.conversation.cards.card import Card
    from core.conversation.commands.command import CaseCommand
    from core.errors import FaultMavenError
    from core.evidence.model import EvidenceFile, Original
    from core.jobs.model import Job
    from core.redaction.engine import Redactor
    from core.workflows.services import Services, Unit

say = sentences("workflows.original_delivery")

MOST_BYTES = 10_000_000  # Discord takes 10 MiB of a file, and Slack more


async def order_original(unit: Unit, order: CaseCommand) -> Card:
    """Send the original to whoever asks, which the case's history tells; elsewhere say how.

    Whoever may give commands may have it, as over the API; of a case that has members, those whose
    account responds in it. Raises NotFound, NotPermitted, TooLarge, and NotAllowedNow where it is
    not kept.
    """
    view = await unit.cases.view(order.case_id, lock=True)
    case, command = view.case, order.command
    file = await _kept_file(unit, case, order)
    if command.place.platform == unit.rules.home.platform:
        return _at_terminal(case, file)
    if command.place.platform == API:
        return _over_api(case, file, order.redactor)
    await _must_be_allowed(unit, order)
    if file.size > MOST_BYTES:
        message = say.raw("too_large", file=file.tag.text, mb=MOST_BYTES // 10**6)
        step = say.raw("too_large_step", number=str(case.number), file=file.tag.text)
        raise TooLarge(message, next_step=step)
    change = Change(kind=EventKind.FILE_HANDED_OUT, data={"file_id": file.id})
    view = await record(unit, view, case.id, [change], at=unit.now, actor=command.by)
    direct = replace(command.place.whole_channel, channel=f"@{command.by_id}")
    await unit.jobs.add(hand_out_original(file.id, direct, unit.context))
    comes = say("comes", tag=case.tag, file=file.tag, name=file.name.line())
    return note("original", comes, say("unredacted"), case=view.case)


async def _kept_file(unit: Unit, case: Case, order: CaseCommand) -> EvidenceFile:
    for file in await unit.files.of_case(case.id):
        if file.number == order.arguments.file:
            if file.is_kept and file.was_stored and file.state is not FileState.DELETED:
                return file
            message = say.raw("gone", file=file.tag.text, tag=case.tag.text)
            raise NotAllowedNow(message, next_step=say.raw("gone_step"))
    message = f"#{case.number} has no evidence e{order.arguments.file}"
    raise NotFound(message, next_step="Type `evidence` for what there is.")


def _at_terminal(case: Case, file: EvidenceFile) -> Card:
    number = RedactedText.tag("", case.number)
    words = say("at_terminal", tag=case.tag, file=file.tag, name=file.name.line(), number=number)
    return note("original", words, say("unredacted"), case=case)


def _over_api(case: Case, file: EvidenceFile, redactor: Redactor) -> Card:
    where = redactor.clean(file.id).line()
    words = say("over_api", tag=case.tag, file=file.tag, name=file.name.line(), id=where)
    return note("original", words, say("unredacted"), case=case)


async def _must_be_allowed(unit: Unit, order: CaseCommand) -> None:
    """Raises NotFound, NotPermitted."""
    case = (await unit.cases.view(order.case_id)).case
    is_at_home = bool(case.closed_to) and order.command.place.reads(case.closed_to)
    if is_at_home or not await unit.members.of_case(order.case_id):
        return
    if not order.command.account_id:
        raise NotPermitted(say.raw("members_only"), next_step=say.raw("link_step"))
    account = await unit.accounts.get(order.command.account_id)
    await must_respond(unit, order.case_id, account)


async def send_original(job: Job, *, services: Services) -> None:
    """Handler of `chat.hand_out`. Whoever is killed after sending sends it once more.

    Raises ChatUnavailable and StoreUnavailable, after which it is tried again.
    """
    payload = CHAT_HAND_OUT.read(job)
    place = Place(platform=payload.platform, workspace=payload.workspace, channel=payload.channel)
    async with services.reading() as unit:
        file = await unit.files.get(payload.file_id)
    problem: FaultMavenError | None = None
    try:
        original = await services.files.original(file.blob, case_id=file.case_id)
        content = await asyncio.to_thread(_content, original)
        await services.chat_at(place).send_file(place, _name(file), content)
    except (ChatRefused, NotFound) as error:  # deleted meanwhile, or they take no messages
        problem = error
    async with services.unit() as unit:
        if problem is not None:
            await _tell_failure(unit, file, place, problem, services=services)
        await unit.jobs.done(job, at=services.clock.now())


def _content(original: Original) -> bytes:
    with original.open() as stream:
        return stream.read(MOST_BYTES)


def _name(file: EvidenceFile) -> str:
    """Without folders; of a member of an archive its whole path."""
    return file.name.line().text.replace("/", "_")


async def _tell_failure(
    unit: Unit, file: EvidenceFile, place: Place, error: FaultMavenError, *, services: Services
) -> None:
    case = (await unit.cases.view(file.case_id)).case
    card = refusal(error, redactor=services.redactor(file.case_id), case=case)
    home = await case_channel(unit, case.id, place)
    await queue_card(unit, case, home, card)
