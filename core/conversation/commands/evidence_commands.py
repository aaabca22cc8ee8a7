"""What may a person do with a file that is there? Have it read again, stop that, or delete it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import Change, investigate, record, speak
from core.conversation.cards.evidence_cards import FILE_CARD, ended_card, reading_card
from core.conversation.cards.reply_cards import note
from core.conversation.messages.channels import near
from core.conversation.messages.outbox import publish_case, tell_case
from core.conversation.messages.quote_retraction import take_back
from core.errors import NotAllowedNow, NotFound
from core.evidence.model import FileState
from core.jobs.catalogue import process_evidence
from core.text.redacted import Clean
from core.workflows import evidence_deletion
from core.workflows.progress import watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.events import CaseView
    from core.cases.model import Case
    from core.conversation.cards.card import Card
    from core.conversation.commands.command import Order
    from core.evidence.model import EvidenceFile
    from core.store import Unit
    from core.workflows.services import Services


async def again(unit: Unit, order: Order, *, services: Services) -> Card:
    """Read it once more: what is found then takes the place of what was found."""
    view = await unit.cases.view(order.case_id, lock=True)
    file = await _named(unit, view.case, order)
    _must_rest(view.case, file)
    if file.state is FileState.RECEIVED:
        return reading_card(view.case.number, file, version=view.case.version)
    by, clock, chance = order.command.by, services.clock, services.chance
    view = await speak(unit, view, by=by, services=services)
    waiting = replace(file, state=FileState.RECEIVED)
    await unit.files.update(waiting)
    change = Change(kind=EventKind.FILE_AGAIN, data={"file_id": file.id})
    view = await record(unit, view, view.case.id, [change], at=clock.now(), actor=by)
    job = process_evidence(file.id, tenant_id=file.tenant_id, clock=clock, chance=chance)
    await unit.jobs.add(job)
    place = await near(unit, view.case.id, order.command.place)
    await watch(unit, place, f"{FILE_CARD}{file.id}", services=services)
    await publish_case(unit, view, services=services)
    return reading_card(view.case.number, waiting, version=view.case.version)


async def delete(unit: Unit, order: Order, *, services: Services) -> Card:
    """It is gone for good; the case is weighed anew without it."""
    view = await unit.cases.view(order.case_id, lock=True)
    file = await _named(unit, view.case, order)
    by = order.command.by
    view = await speak(unit, view, by=by, services=services)
    found = await unit.files.findings(file.case_id)
    view = await evidence_deletion.delete(unit, view, file, by=by, services=services)
    gone = replace(file, state=FileState.DELETED)
    await _tell(unit, view, gone, order, services=services)
    await investigate(unit, view, services=services)
    await publish_case(unit, view, services=services)
    await take_back(unit, view, file, found=found, services=services)
    said = Clean.say("{tag} {file} is deleted for good.", tag=view.case.tag, file=file.tag)
    step = Clean.say("What it spoke for is weighed anew, and cards here that quote it are edited.")
    return note("deleted", said, step, case=view.case)


async def stop(
    unit: Unit, view: CaseView, reading: Sequence[EvidenceFile], order: Order, *, services: Services
) -> Card:
    """Whoever reads one of them notices within a second. `view` is locked."""
    by, now = order.command.by, services.clock.now()
    for file in reading:
        # Read before, it is as it was then.
        known = FileState.PROCESSED if file.data_type else FileState.CANCELLED
        stopped = replace(file, state=known)
        await unit.files.update(stopped)
        change = Change(kind=EventKind.FILE_CANCELLED, data={"file_id": file.id})
        view = await record(unit, view, view.case.id, [change], at=now, actor=by)
        await _tell(unit, view, stopped, order, services=services)
    await publish_case(unit, view, services=services)
    names = Clean.join(", ", [file.tag for file in reading])
    said = Clean.say("{tag} reading {names} is stopped.", tag=view.case.tag, names=names)
    step = Clean.say("To read it after all: evidence again {file}", file=reading[0].tag)
    return note("cancelled", said, step, case=view.case)


async def being_read(unit: Unit, case: Case, order: Order) -> list[EvidenceFile]:
    """The file that the person named, or all that are being read or wait for it.

    Raises NotFound, and NotAllowedNow where the named one is not being read.
    """
    if order.arguments.file is None:
        files = await unit.files.of_case(case.id)
        return [file for file in files if file.state is FileState.RECEIVED]
    file = await _named(unit, case, order)
    if file.state is not FileState.RECEIVED:
        message = f"{file.tag.text} of #{case.number} is not being read"
        raise NotAllowedNow(message, next_step="Type `evidence` for what there is.")
    return [file]


async def _named(unit: Unit, case: Case, order: Order) -> EvidenceFile:
    for file in await unit.files.of_case(case.id):
        if file.number == order.arguments.file:
            return file
    message = f"#{case.number} has no evidence e{order.arguments.file}"
    raise NotFound(message, next_step="Type `evidence` for what there is.")


def _must_rest(case: Case, file: EvidenceFile) -> None:
    if not file.is_kept:
        message = f"the original of {file.tag.text} in #{case.number} is not kept any more"
        raise NotAllowedNow(message, next_step="Send the file again; what was found in it stays.")


async def _tell(
    unit: Unit, view: CaseView, file: EvidenceFile, order: Order, *, services: Services
) -> None:
    by = order.redactor.clean(order.command.by).line()
    card = ended_card(file, by=by, version=view.case.version)
    await tell_case(unit, view, card, services=services)
