"""Who gets an original as it came? Whoever looks after the installation; the case notes it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import Change, record
from core.errors import NotAllowedNow, NotFound

if TYPE_CHECKING:
    from core.evidence.model import EvidenceFile
    from core.evidence.original import Original
    from core.store import Unit
    from core.workflows.services import Services


async def hand_out(
    case_number: int, number: int, *, by: str, services: Services
) -> tuple[EvidenceFile, Original]:
    """The 3 of `e3`, and its content, nothing of it redacted.

    Raises NotFound, NotAllowedNow where it is not kept any more, and StoreUnavailable.
    """
    async with services.store.reading() as unit:
        file = await _find(unit, case_number, number, services=services)
    tenant_id, blob, case_id = file.tenant_id, file.blob, file.case_id
    await services.files.hold(tenant_id, blob, case_id=case_id)
    original = await services.files.original(tenant_id, blob, case_id=case_id)
    async with services.store.transaction() as unit:
        view = await unit.cases.view(case_id, lock=True)
        change = Change(kind=EventKind.FILE_HANDED_OUT, data={"file_id": file.id})
        await record(unit, view, case_id, [change], at=services.clock.now(), actor=by)
    return file, original


async def _find(unit: Unit, case_number: int, number: int, *, services: Services) -> EvidenceFile:
    case = await unit.cases.by_number(services.rules.tenant_id, case_number)
    files = {one.number: one for one in await unit.files.of_case(case.id)}
    if number not in files:
        message = f"#{case_number} has no evidence e{number}"
        raise NotFound(message, next_step=f"Type `evidence #{case_number}` for what there is.")
    if not files[number].is_kept:
        message = f"the original of e{number} in #{case_number} is not kept any more"
        raise NotAllowedNow(message, next_step="What was found in it is in the case's report.")
    return files[number]
