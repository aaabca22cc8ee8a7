"""The original of a file, handed out to somebody, which the case's log tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import Change, record

if TYPE_CHECKING:
    from core.evidence.model import EvidenceFile, Original
    from core.workflows.services import Services


async def hand_out(file: EvidenceFile, *, by: str, services: Services) -> Original:
    """Nothing of it redacted. by: as the log names people. Raises StoreUnavailable."""
    await services.files.hold(file.blob, case_id=file.case_id)
    original = await services.files.original(file.blob, case_id=file.case_id)
    async with services.unit() as unit:
        view = await unit.cases.view(file.case_id, lock=True)
        change = Change(kind=EventKind.FILE_HANDED_OUT, data={"file_id": file.id})
        await record(unit, view, file.case_id, [change], at=unit.now, actor=by)
    return original
