"""Files of cases and their findings, in tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from core.cases.model import CaseState
from core.errors import NotFound
from core.evidence.model import EvidenceFile, Extraction, FileState, Finding
from storage.database.repository import Repository
from storage.database.rows import asked, insert_into, read, read_each, values_of
from storage.database.tables import cases, files, findings

if TYPE_CHECKING:
    from datetime import datetime

_IS_THERE = files.c.state != FileState.DELETED
# Made once, as each turn and each card runs them.
OF_CASE = (
    select(files)
    .where(asked(files.c.tenant_id), asked(files.c.case_id), _IS_THERE)
    .order_by(files.c.number)
)
FINDINGS = (
    select(files.c.id, findings.c.body)
    .outerjoin(findings, findings.c.file_id == files.c.id)
    .where(asked(files.c.tenant_id), asked(files.c.case_id), _IS_THERE)
    .order_by(files.c.number, findings.c.position)
)
_OVER = [state for state in CaseState if not state.is_open]


class SqlEvidenceFiles(Repository):
    """One row for each name and content of a case; its findings in the order they were found."""

    async def add(self, file: EvidenceFile) -> EvidenceFile | None:
        self._refuse_strangers(file)
        others = files.alias("others")
        number = (
            select(func.coalesce(func.max(others.c.number), 0) + 1)
            .where(others.c.tenant_id == file.tenant_id, others.c.case_id == file.case_id)
            .scalar_subquery()
        )
        once = insert_into(self._work, files).on_conflict_do_nothing(
            index_elements=["tenant_id", "case_id", "name_index", "blob"]
        )
        values = values_of(file) | {"number": number, "name_index": file.name.text}
        stored = await self._work.execute(once.values(values).returning(*files.c))
        row = stored.mappings().first()
        return None if row is None else read(EvidenceFile, row)

    async def get(self, file_id: str) -> EvidenceFile:
        mine = select(files).where(self._mine(files), files.c.id == file_id)
        rows = await self._work.execute(mine)
        row = rows.mappings().first()
        if row is None:
            message = f"no file {file_id}"
            raise NotFound(message)
        return read(EvidenceFile, row)

    async def of_case(self, case_id: str) -> list[EvidenceFile]:
        rows = await self._work.execute(OF_CASE, self._of(case_id=case_id))
        return await read_each(rows.mappings(), partial(read, EvidenceFile))

    async def of_content(self, case_id: str, blob: str) -> list[EvidenceFile]:
        rows = await self._work.execute(
            select(files)
            .where(self._mine(files), files.c.case_id == case_id, files.c.blob == blob, _IS_THERE)
            .order_by(files.c.number)
        )
        return [read(EvidenceFile, row) for row in rows.mappings()]

    async def is_any_unread(self, case_id: str) -> bool:
        # The newest first: files are read in their order, so that it is the first row mostly.
        rows = await self._work.execute(
            select(files.c.id)
            .where(
                self._mine(files),
                files.c.case_id == case_id,
                files.c.state == FileState.RECEIVED,
            )
            .order_by(files.c.number.desc())
            .limit(1)
        )
        return rows.first() is not None

    async def update(self, file: EvidenceFile) -> None:
        self._refuse_strangers(file)
        values = values_of(file)
        if file.state is FileState.DELETED:
            values["name_index"] = file.id  # the name is free again
        mine = update(files).where(self._mine(files), files.c.id == file.id)
        stored = await self._work.execute(mine.values(values))
        if not stored.rowcount:
            message = f"no file {file.id}"
            raise NotFound(message)

    async def kept(
        self,
        *,
        after: str = "",
        resolved_before: datetime | None = None,
        limit: int = 100,
    ) -> list[EvidenceFile]:
        query = select(files).where(
            self._mine(files), files.c.let_go_at.is_(None), files.c.id > after
        )
        if resolved_before is not None:
            query = query.join(cases, cases.c.id == files.c.case_id).where(
                cases.c.state.in_(_OVER), cases.c.resolved_at < resolved_before
            )
        rows = await self._work.execute(query.order_by(files.c.id).limit(limit))
        return [read(EvidenceFile, row) for row in rows.mappings()]

    async def put_extraction(self, file: EvidenceFile, extraction: Extraction | None) -> None:
        await self.update(file)
        await self._work.execute(
            delete(findings).where(self._mine(findings), findings.c.file_id == file.id)
        )
        rows = [
            {"file_id": file.id, "tenant_id": file.tenant_id, "position": position, "body": finding}
            for position, finding in enumerate(extraction.findings if extraction else ())
        ]
        if rows:
            await self._work.execute(findings.insert(), rows)

    async def findings(self, case_id: str) -> dict[str, tuple[Finding, ...]]:
        rows = await self._work.execute(FINDINGS, self._of(case_id=case_id))
        collected: dict[str, list[Finding]] = {}
        for file_id, finding in await read_each(rows, lambda row: (row.id, row.body)):
            of_file = collected.setdefault(file_id, [])
            if finding is not None:
                of_file.append(finding)
        return {file_id: tuple(of_file) for file_id, of_file in collected.items()}
