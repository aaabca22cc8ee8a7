"""The evidence of a case over the API: listed, brought, handed out, read again, deleted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.conversation.commands import evidence_commands
from core.conversation.commands.arguments import Arguments
from core.conversation.commands.command import CaseCommand, Command
from core.conversation.messages.exchange import DataOrigin, api_place
from core.errors import NotAllowedNow, NotFound
from core.evidence.correlation.shared import shared_in_case
from core.evidence.model import EvidenceFile, FileState, Finding, Original
from core.workflows.case_access import changeable_case, must_respond, visible_case
from core.workflows.exchange_intake import actor, receive_data
from core.workflows.original_access import hand_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.accounts.model import Account
    from core.cases.projection import CaseView
    from core.evidence.correlation.shared import SharedIdentifiers
    from core.workflows.exchange_intake import SentData
    from core.workflows.services import Services, Unit


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """A file of a case, what was found in it, and how it came. turn: 0 where not by a turn."""

    file: EvidenceFile
    findings: tuple[Finding, ...]
    origin: DataOrigin = DataOrigin.FILE
    turn: int = 0


async def files_of_case(
    case_id: str, account: Account, *, services: Services
) -> tuple[CaseView, list[CaseFile]]:
    """By number, without deleted ones. Raises NotFound."""
    async with services.reading() as unit:
        view = await visible_case(unit, case_id, account)
        return view, await _files(unit, case_id)


async def shared_in_files(
    case_id: str, account: Account, *, services: Services
) -> tuple[list[EvidenceFile], list[SharedIdentifiers]]:
    """The files of a case, and which of them tell of the same requests or places.

    Raises NotFound.
    """
    async with services.reading() as unit:
        await visible_case(unit, case_id, account)
        files = await unit.files.of_case(case_id)
        findings = await unit.files.findings(case_id)
    return files, await asyncio.to_thread(shared_in_case, findings)


async def file_of_case(
    case_id: str, file_id: str, account: Account, *, services: Services
) -> tuple[CaseView, CaseFile]:
    """Raises NotFound."""
    view, files = await files_of_case(case_id, account, services=services)
    return view, _only(files, file_id)


async def evidence_file(
    file_id: str, account: Account, *, services: Services
) -> tuple[CaseView, CaseFile]:
    """By its id alone. Raises NotFound also where its case is hidden from the account."""
    case_id = await _case_of(file_id, account, services=services)
    return await file_of_case(case_id, file_id, account, services=services)


async def bring(
    case_id: str, data: SentData, account: Account, *, service: str | None, services: Services
) -> CaseFile:
    """The file as evidence; the one that the case has already, where it is the same.

    Raises NotFound, NotPermitted, TooLarge, StoreUnavailable.
    """
    async with services.reading() as reading:
        await must_respond(reading, case_id, account)
    file_id = await receive_data(case_id, data, account, service=service, services=services)
    async with services.reading() as reading:
        return _only(await _files(reading, case_id), file_id)


async def hand_out_file(
    file_id: str, account: Account, *, services: Services
) -> tuple[EvidenceFile, Original]:
    """The original, nothing of it redacted; that it was handed out, and to whom, is logged.

    A viewer sees what is redacted.

    Raises NotFound, NotPermitted, NotAllowedNow where it is not kept, and StoreUnavailable.
    """
    case_id = await _case_of(file_id, account, services=services)
    async with services.reading() as reading:
        await must_respond(reading, case_id, account)
        file = await reading.files.get(file_id)
    if not file.is_kept or not file.was_stored or file.state is FileState.DELETED:
        message = "the original is not kept any more"
        raise NotAllowedNow(message, next_step="What was found in it is in the case.")
    by = actor(account, services=services)
    return file, await hand_out(file, by=by, services=services)


async def delete_file(file_id: str, account: Account, *, services: Services) -> None:
    """For good, with all that was found in it. Raises NotFound, NotPermitted."""
    case_id = await _case_of(file_id, account, services=services)
    async with services.unit() as unit:
        order = await _order(unit, case_id, file_id, account, act="delete", services=services)
        await evidence_commands.delete(unit, order)


async def read_again(file_id: str, account: Account, *, services: Services) -> CaseFile:
    """Raises NotFound, NotPermitted, NotAllowedNow where the original is not kept."""
    case_id = await _case_of(file_id, account, services=services)
    async with services.unit() as unit:
        order = await _order(unit, case_id, file_id, account, act="again", services=services)
        await evidence_commands.again(unit, order)
        return _only(await _files(unit, case_id), file_id)


async def _order(
    unit: Unit, case_id: str, file_id: str, account: Account, *, act: str, services: Services
) -> CaseCommand:
    """The command that would be typed in chat."""
    view = await changeable_case(unit, case_id, account)
    file = _only(await _files(unit, case_id), file_id).file
    command = Command(
        verb="evidence",
        argument=f"{act} {file.tag.text}",
        by=actor(account, services=services),
        place=api_place(account.id, case_id),
        case_number=view.case.number,
        plain=True,
        by_id=account.id,
    )
    return CaseCommand(
        case_id=case_id,
        arguments=Arguments(act=act, file=file.number),
        command=command,
        redactor=unit.redactor(case_id),
    )


async def _case_of(file_id: str, account: Account, *, services: Services) -> str:
    """The id of its case. Raises NotFound, in the same words for what is hidden."""
    async with services.reading() as unit:
        try:
            file = await unit.files.get(file_id)
            await visible_case(unit, file.case_id, account)
        except NotFound as error:
            raise _no_such_file() from error
        if file.state is FileState.DELETED:
            raise _no_such_file()
        return file.case_id


async def _files(unit: Unit, case_id: str) -> list[CaseFile]:
    findings: Mapping[str, tuple[Finding, ...]] = await unit.files.findings(case_id)
    came = dict[str, tuple[DataOrigin, int]]()
    for exchange in await unit.exchanges.of_case(case_id):
        for file_id in exchange.files:
            came.setdefault(file_id, (exchange.origin, exchange.number))
    files = list[CaseFile]()
    for file in await unit.files.of_case(case_id):
        origin, turn = came.get(file.id, (DataOrigin.FILE, 0))
        shown = tuple(finding for finding in findings.get(file.id, ()) if not finding.is_digest)
        files.append(CaseFile(file=file, findings=shown, origin=origin, turn=turn))
    return files


def _only(files: list[CaseFile], file_id: str) -> CaseFile:
    for known in files:
        if known.file.id == file_id:
            return known
    raise _no_such_file()


def _no_such_file() -> NotFound:
    return NotFound("File not found", next_step="See GET /api/v1/cases/{id}/uploaded-files.")
