"""Whose log a file is, as people say: asked once a file, and remembered by its name.

A name that was answered in one case holds in every later case of the same tenant; the newest
answer counts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import Change, record
from core.evidence.model import FileState
from core.jobs.kinds import process_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.cases.ports import CasesUnit
    from core.cases.projection import CaseView
    from core.evidence.model import EvidenceFile
    from core.text.redacted import RedactedText

REMEMBERED = timedelta(days=365)
_ASKED_AT_MOST = 200
_NUMBERED = re.compile(r"\d+/(?=[^/]+$)")  # the folder of a namesake that chat gave it


async def owners_by_name(unit: CasesUnit) -> Mapping[str, str]:
    """The service that people named for a file name, by the digest of that name."""
    events = await unit.cases.since(EventKind.FILE_OWNED, unit.now - REMEMBERED)
    owners = {event.data["name"]: event.data["service"] for event in events}
    return {name: service for name, service in owners.items() if service}


def name_key(name: RedactedText) -> str:
    """The digest of a file's name as it was dropped: `app.log` for `2/app.log`, too."""
    numbered = _NUMBERED.match(name.text)
    return name.part(numbered.end(), len(name.text)).digest if numbered else name.digest


async def never_asked(
    unit: CasesUnit, case_id: str, files: Sequence[EvidenceFile]
) -> list[EvidenceFile]:
    """The files of which nobody was asked and nobody said whose they are."""
    kinds = {EventKind.FILE_UNOWNED, EventKind.FILE_OWNED}
    events = await unit.cases.newest(case_id, kinds, most=_ASKED_AT_MOST)
    known = {file_id for event in events for file_id in event.data["files"]}
    return [file for file in files if file.id not in known]


async def note_asked(
    unit: CasesUnit, view: CaseView, files: Sequence[EvidenceFile], *, by: str
) -> CaseView:
    """Records that people are asked whose these files are."""
    asked = Change(kind=EventKind.FILE_UNOWNED, data={"files": [file.id for file in files]})
    return await record(unit, view, view.case.id, [asked], at=unit.now, actor=by)


async def note_owner(
    unit: CasesUnit, view: CaseView, file: EvidenceFile, service: str | None, *, by: str
) -> CaseView:
    """Records whose log a file is, None for nobody's, and reads it again under that name.

    `view` is locked. A file whose original was released keeps the findings that it has.
    """
    is_read_again = file.is_kept and service != file.service
    owned = replace(file, service=service)
    if is_read_again:
        owned = replace(owned, state=FileState.RECEIVED)
    await unit.files.update(owned)
    answered = Change(
        kind=EventKind.FILE_OWNED,
        data={
            "file_id": file.id,
            "files": [file.id],
            "number": file.number,
            "name": name_key(file.name),
            "service": service,
        },
    )
    view = await record(unit, view, view.case.id, [answered], at=unit.now, actor=by)
    if is_read_again:
        await unit.jobs.add(process_evidence(file.id, unit.context, size=file.size))
    return view
