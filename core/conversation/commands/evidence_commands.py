"""Commands on stored evidence files: read again, stop reading, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases import evidence_files
from core.cases.events import EventKind
from core.cases.file_ownership import note_owner
from core.cases.lifecycle import Change, investigate, record, speak
from core.conversation.cards.evidence_cards import (
    FILE_CARD,
    batch_card,
    dropped_together,
    ended_card,
    reading_card,
)
from core.conversation.cards.reply_cards import note
from core.conversation.messages.channels import case_channel, channels_of_case
from core.conversation.messages.outbox import (
    plan_progress_check,
    queue_card,
    queue_case_card,
    take_back,
)
from core.conversation.messages.owner_questions import NOBODY
from core.errors import NotAllowedNow, NotFound
from core.evidence.model import FileState
from core.investigation.name_forms import plain
from core.investigation.service_names import ServiceNames
from core.investigation.situation import observe
from core.jobs.kinds import process_evidence
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.model import Case
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.conversation.commands.command import CaseCommand
    from core.conversation.ports import Unit
    from core.evidence.model import EvidenceFile

_MOST_LISTED = 8


async def again(unit: Unit, order: CaseCommand) -> Card:
    """Process a file again; the new findings replace the old ones."""
    view = await unit.cases.view(order.case_id, lock=True)
    file = await _find_file(unit, view.case, order)
    _must_be_kept(view.case, file)
    if file.state is FileState.RECEIVED:
        return reading_card(view.case.number, file, version=view.case.version)
    by = order.command.by
    view = await speak(unit, view, by=by)
    waiting = replace(file, state=FileState.RECEIVED)
    await unit.files.update(waiting)
    change = Change(kind=EventKind.FILE_AGAIN, data={"file_id": file.id})
    view = await record(unit, view, view.case.id, [change], at=unit.now, actor=by)
    sent = await evidence_files.unread_of_sender(unit, waiting)
    await unit.jobs.add(process_evidence(file.id, unit.context, size=file.size, sent=sent))
    place = await case_channel(unit, view.case.id, order.command.place)
    await plan_progress_check(unit, place, f"{FILE_CARD}{file.id}")
    return reading_card(view.case.number, waiting, version=view.case.version)


async def delete(unit: Unit, order: CaseCommand) -> Card:
    """Delete a file for good, with what was unpacked of it, and plan a turn without it."""
    view = await unit.cases.view(order.case_id, lock=True)
    file = await _find_file(unit, view.case, order)
    by = order.command.by
    view = await speak(unit, view, by=by)
    findings = await unit.files.findings(file.case_id)
    batch = dropped_together(file, await unit.files.ever_in_case(file.case_id))
    members = evidence_files.unpacked_of(file, await unit.files.of_case(file.case_id))
    view = await evidence_files.delete(unit, view, file, by=by)
    gone = [replace(each, state=FileState.DELETED) for each in (file, *members)]
    redrawn = await _announce_end(unit, view, gone, batch, order)
    await investigate(unit, view)
    await take_back(unit, view, gone, findings=findings, redrawn=redrawn)
    text = RedactedText.format(
        "{tag} {file} is deleted for good.", tag=view.case.tag, file=file.tag
    )
    step = RedactedText.format(
        "What it spoke for is weighed anew, and cards here that quote it are edited."
    )
    return note("deleted", text, step, case=view.case)


async def own(unit: Unit, order: CaseCommand) -> Card:
    """Keep whose log a file is, as a person says; every later file of its name is of it, too."""
    view = await unit.cases.view(order.case_id, lock=True)
    file = await _find_file(unit, view.case, order)
    service = await _service_named(unit, view, order.arguments.text)
    by = order.command.by
    view = await speak(unit, view, by=by, owns=False)
    view = await note_owner(unit, view, file, service, by=by)
    await investigate(unit, view)
    name = file.name.line()
    if service is None:
        text = RedactedText.format(
            "{tag} {file} {name} is of none of the services.",
            tag=view.case.tag,
            file=file.tag,
            name=name,
        )
        return note("owned", text, case=view.case)
    owner = order.redactor.clean(service).line()
    text = RedactedText.format(
        "{tag} {file} {name} is of {owner}.",
        tag=view.case.tag,
        file=file.tag,
        name=name,
        owner=owner,
    )
    step = RedactedText.format(
        "A later {name} is taken for {owner}, too. Wrong? `{file} is none`, or another service.",
        name=name,
        owner=owner,
        file=file.tag,
    )
    return note("owned", text, step, case=view.case)


async def _service_named(unit: Unit, view: CaseView, word: str) -> str | None:
    """The service of the case that a word names; None for `none`. Raises NotFound."""
    if word.lower() in (NOBODY, "nobody", "unknown"):
        return None
    known = ServiceNames(await observe(unit, view)).applied_names
    by_form = {plain(name): name for name in known}
    if plain(word) in by_form:
        return by_form[plain(word)]
    message = f"#{view.case.number} knows no service {word}"
    listed = ", ".join(known[:_MOST_LISTED]) or "none yet"
    raise NotFound(message, next_step=f"Those it knows: {listed}.")


async def stop(
    unit: Unit, view: CaseView, reading: Sequence[EvidenceFile], order: CaseCommand
) -> Card:
    """Stop the processing of files; workers notice within a second. `view` is locked."""
    by, now = order.command.by, unit.now
    for file in reading:
        # Read before, it is as it was then.
        state = FileState.PROCESSED if file.data_type else FileState.CANCELLED
        stopped = replace(file, state=state)
        await unit.files.update(stopped)
        change = Change(kind=EventKind.FILE_CANCELLED, data={"file_id": file.id})
        view = await record(unit, view, view.case.id, [change], at=now, actor=by)
        batch = dropped_together(stopped, await unit.files.ever_in_case(view.case.id))
        await _announce_end(unit, view, [stopped], batch, order)
    names = RedactedText.join(", ", [file.tag for file in reading])
    text = RedactedText.format("{tag} reading {names} is stopped.", tag=view.case.tag, names=names)
    step = RedactedText.format("To read it after all: evidence again {file}", file=reading[0].tag)
    return note("cancelled", text, step, case=view.case)


async def being_read(unit: Unit, case: Case, order: CaseCommand) -> list[EvidenceFile]:
    """The file that the person named, or all that are being read or wait for it.

    Raises NotFound, and NotAllowedNow where the named one is not being read.
    """
    if order.arguments.file is None:
        files = await unit.files.of_case(case.id)
        return [file for file in files if file.state is FileState.RECEIVED]
    file = await _find_file(unit, case, order)
    if file.state is not FileState.RECEIVED:
        message = f"{file.tag.text} of #{case.number} is not being read"
        raise NotAllowedNow(message, next_step="Type `evidence` for what there is.")
    return [file]


async def _find_file(unit: Unit, case: Case, order: CaseCommand) -> EvidenceFile:
    for file in await unit.files.of_case(case.id):
        if file.number == order.arguments.file:
            return file
    message = f"#{case.number} has no evidence e{order.arguments.file}"
    raise NotFound(message, next_step="Type `evidence` for what there is.")


def _must_be_kept(case: Case, file: EvidenceFile) -> None:
    if not file.is_kept:
        message = f"the original of {file.tag.text} in #{case.number} is not kept any more"
        raise NotAllowedNow(message, next_step="Send the file again; what was found in it stays.")


async def _announce_end(
    unit: Unit,
    view: CaseView,
    ended: Sequence[EvidenceFile],
    batch: Sequence[EvidenceFile],
    order: CaseCommand,
) -> str:
    """In place of what was said of a file; gives its card's key.

    ended: the file, and what was unpacked of it. batch: those that came with it: where there are
    any, chat has one card for all of them.
    """
    by = order.redactor.clean(order.command.by).line()
    card = ended_card(ended[0], by=by, version=view.case.version)
    card = replace(card, case_number=view.case.number)
    if len(batch) == 1:
        await queue_case_card(unit, view, card)
        return card.key
    by_id = {file.id: file for file in ended}
    members = [by_id.get(member.id, member) for member in batch]
    of_all = batch_card(view.case, members, await unit.files.findings(view.case.id))
    for home in await channels_of_case(unit, view.case):
        at_terminal = home.place == unit.rules.home
        shown = card if at_terminal else of_all
        await queue_card(unit, view.case, home.place, shown, opens=home.opens)
    return of_all.key
