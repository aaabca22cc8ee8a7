"""Files of cases and their findings, in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.memory.tables import Tables

if TYPE_CHECKING:
    from core.evidence.model import EvidenceFile, Extraction, Finding


@dataclass(frozen=True)
class MemoryEvidenceFiles:
    """One row for each name and content of a case."""

    tables: Tables

    async def add(self, file: EvidenceFile) -> EvidenceFile | None:
        others = await self.of_case(file.case_id)
        if any((one.name, one.blob) == (file.name, file.blob) for one in others):
            return None
        numbered = replace(file, number=max((one.number for one in others), default=0) + 1)
        self.tables.files.add(file.id, numbered)
        return numbered

    async def get(self, file_id: str) -> EvidenceFile:
        return self.tables.files.require(file_id, "file")

    async def of_case(self, case_id: str) -> list[EvidenceFile]:
        return [one for one in self.tables.files if one.case_id == case_id]

    async def put_extraction(self, file: EvidenceFile, extraction: Extraction | None) -> None:
        await self.get(file.id)
        self.tables.files.put(file.id, file)
        self.tables.findings.put(file.id, extraction.findings if extraction else ())

    async def findings(self, case_id: str) -> dict[str, tuple[Finding, ...]]:
        files = await self.of_case(case_id)
        return {file.id: self.tables.findings.get(file.id) or () for file in files}
