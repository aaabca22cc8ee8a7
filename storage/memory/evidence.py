"""Files of cases and their findings, in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.evidence.model import FileState
from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.evidence.model import EvidenceFile, Extraction, Finding


@dataclass(frozen=True)
class MemoryEvidenceFiles:
    """One row for each name and content of a case."""

    tables: Tables

    async def add(self, file: EvidenceFile) -> EvidenceFile | None:
        refuse_strangers(self.tables.tenant_id, file)
        others = [other for other in self.tables.files if other.case_id == file.case_id]
        mine = (file.name, file.blob)
        if any((other.name, other.blob) == mine for other in others if _is_there(other)):
            return None
        numbered = replace(file, number=max((other.number for other in others), default=0) + 1)
        self.tables.files.add(file.id, numbered)
        return numbered

    async def get(self, file_id: str) -> EvidenceFile:
        return self.tables.files.require(file_id, "file")

    async def get_all(self, file_ids: Sequence[str]) -> list[EvidenceFile]:
        return [await self.get(file_id) for file_id in file_ids]

    async def of_case(self, case_id: str) -> list[EvidenceFile]:
        return [file for file in self.tables.files if file.case_id == case_id and _is_there(file)]

    async def ever_in_case(self, case_id: str) -> list[EvidenceFile]:
        return [file for file in self.tables.files if file.case_id == case_id]

    async def of_content(self, case_id: str, blob: str) -> list[EvidenceFile]:
        return [file for file in await self.of_case(case_id) if file.blob == blob]

    async def holds_content(self, case_id: str, blob: str, *, besides: str) -> bool:
        of_content = await self.of_content(case_id, blob)
        return any(file.is_kept and file.id != besides for file in of_content)

    async def is_any_unread(self, case_id: str) -> bool:
        return any(file.state is FileState.RECEIVED for file in await self.of_case(case_id))

    async def unread_from(self, sender: str, *, most: int) -> int:
        unread = [
            file
            for file in self.tables.files
            if file.state is FileState.RECEIVED and file.received_from == sender
        ]
        return min(len(unread), most)

    async def newest_read(self, case_id: str, *, most: int) -> list[EvidenceFile]:
        of_case = await self.of_case(case_id)
        read = [file for file in of_case if file.state is FileState.PROCESSED and file.is_kept]
        return sorted(read, key=lambda file: -file.number)[:most]

    async def update(self, file: EvidenceFile) -> None:
        refuse_strangers(self.tables.tenant_id, file)
        await self.get(file.id)
        self.tables.files.put(file.id, file)

    async def kept(
        self,
        *,
        after: str = "",
        resolved_before: datetime | None = None,
        limit: int = 100,
    ) -> list[EvidenceFile]:
        kept = [
            file
            for file in self.tables.files
            if file.is_kept and file.id > after
            if resolved_before is None or self._is_over(file.case_id, resolved_before)
        ]
        return sorted(kept, key=lambda file: file.id)[:limit]

    def _is_over(self, case_id: str, moment: datetime) -> bool:
        case = self.tables.views.require(case_id, "case").case
        return not case.state.is_open and case.resolved_at is not None and case.resolved_at < moment

    async def put_extraction(self, file: EvidenceFile, extraction: Extraction | None) -> None:
        await self.update(file)
        self.tables.findings.put(file.id, extraction.findings if extraction else ())

    async def findings(self, case_id: str) -> dict[str, tuple[Finding, ...]]:
        files = await self.of_case(case_id)
        return {file.id: self.tables.findings.get(file.id) or () for file in files}


def _is_there(file: EvidenceFile) -> bool:
    return file.state is not FileState.DELETED
