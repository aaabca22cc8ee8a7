"""Files of cases and their findings, in tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Text, bindparam, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from core.cases.model import CaseState
from core.errors import NotFound
from core.evidence.model import EvidenceFile, Extraction, FileState, Finding
from storage.database.repository import Repository
from storage.database.rows import asked, read, read_each, values_of
from storage.database.tables import cases, files, findings
from storage.database.tables.parts import IS_UNREAD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_IS_THERE = files.c.state != FileState.DELETED
# Made once, as each turn, each card and each file runs them: making one takes longer than that.
GET = select(files).where(asked(files.c.tenant_id), asked(files.c.id))
GET_ALL = select(files).where(
    asked(files.c.tenant_id),
    files.c.id.in_(bindparam("of_ids", expanding=True, type_=files.c.id.type)),
)
UPDATE = update(files).where(asked(files.c.tenant_id), asked(files.c.id))
OF_CONTENT = (
    select(files)
    .where(asked(files.c.tenant_id), asked(files.c.case_id), asked(files.c.blob), _IS_THERE)
    .order_by(files.c.number)
)
HOLDS_CONTENT = (
    select(files.c.id)
    .where(asked(files.c.tenant_id), asked(files.c.case_id), asked(files.c.blob), _IS_THERE)
    .where(files.c.let_go_at.is_(None), files.c.id != bindparam("besides", type_=Text))
    .limit(1)
)
# The newest first: files are read in their order, so that it is the first row mostly.
UNREAD = (
    select(files.c.id)
    .where(asked(files.c.tenant_id), asked(files.c.case_id), files.c.state == FileState.RECEIVED)
    .order_by(files.c.number.desc())
    .limit(1)
)
_UNREAD_FROM = (
    select(files.c.id)
    .where(asked(files.c.tenant_id), asked(files.c.received_from))
    .where(text(IS_UNREAD))  # in the very words of its index
    .limit(bindparam("most", type_=Integer))
)
UNREAD_FROM = select(func.count()).select_from(_UNREAD_FROM.subquery())
INSERT_FINDINGS = findings.insert()
DELETE_FINDINGS = delete(findings).where(asked(findings.c.tenant_id), asked(findings.c.file_id))


def _add(insert: Any) -> Any:
    others = files.alias("others")
    number = select(func.coalesce(func.max(others.c.number), 0) + 1).where(
        asked(others.c.tenant_id), asked(others.c.case_id)
    )
    once = insert.on_conflict_do_nothing(
        index_elements=["tenant_id", "case_id", "name_index", "blob"]
    )
    return once.values(number=number.scalar_subquery()).returning(*files.c)


ADD = {True: _add(sqlite.insert(files)), False: _add(postgresql.insert(files))}
OF_CASE = (
    select(files)
    .where(asked(files.c.tenant_id), asked(files.c.case_id), _IS_THERE)
    .order_by(files.c.number)
)
EVER_IN_CASE = (
    select(files).where(asked(files.c.tenant_id), asked(files.c.case_id)).order_by(files.c.number)
)
FINDINGS = (
    select(files.c.id, findings.c.body)
    .outerjoin(findings, findings.c.file_id == files.c.id)
    .where(asked(files.c.tenant_id), asked(files.c.case_id), _IS_THERE)
    .order_by(files.c.number, findings.c.position)
)
NEWEST_READ = (
    select(files)
    .where(
        asked(files.c.tenant_id),
        asked(files.c.case_id),
        files.c.state == FileState.PROCESSED,
        files.c.let_go_at.is_(None),
    )
    .order_by(files.c.number.desc())
    .limit(bindparam("most", type_=Integer))
)
AT_ONCE = 500  # values in one IN (…): far below what both databases and their drivers take
_OVER = [state for state in CaseState if not state.is_open]


class SqlEvidenceFiles(Repository):
    """One row for each name and content of a case; its findings in the order they were found."""

    async def add(self, file: EvidenceFile) -> EvidenceFile | None:
        self._refuse_strangers(file)
        values = values_of(file) | {"name_index": file.name.text} | self._of(case_id=file.case_id)
        del values["number"]  # the next one of the case
        stored = await self._work.execute(ADD[self._work.is_sqlite], values)
        row = stored.mappings().first()
        return None if row is None else read(EvidenceFile, row)

    async def get(self, file_id: str) -> EvidenceFile:
        rows = await self._work.execute(GET, self._of(id=file_id))
        row = rows.mappings().first()
        if row is None:
            raise _no_file(file_id)
        return read(EvidenceFile, row)

    async def get_all(self, file_ids: Sequence[str]) -> list[EvidenceFile]:
        known = dict[str, EvidenceFile]()
        for start in range(0, len(file_ids), AT_ONCE):
            some = self._of(ids=list(file_ids[start : start + AT_ONCE]))
            rows = await self._work.execute(GET_ALL, some)
            known |= {row["id"]: read(EvidenceFile, row) for row in rows.mappings()}
        missing = next((file_id for file_id in file_ids if file_id not in known), None)
        if missing is not None:
            raise _no_file(missing)
        return [known[file_id] for file_id in file_ids]

    async def of_case(self, case_id: str) -> list[EvidenceFile]:
        rows = await self._work.execute(OF_CASE, self._of(case_id=case_id))
        return await read_each(rows.mappings(), partial(read, EvidenceFile))

    async def ever_in_case(self, case_id: str) -> list[EvidenceFile]:
        rows = await self._work.execute(EVER_IN_CASE, self._of(case_id=case_id))
        return await read_each(rows.mappings(), partial(read, EvidenceFile))

    async def of_content(self, case_id: str, blob: str) -> list[EvidenceFile]:
        rows = await self._work.execute(OF_CONTENT, self._of(case_id=case_id, blob=blob))
        return [read(EvidenceFile, row) for row in rows.mappings()]

    async def holds_content(self, case_id: str, blob: str, *, besides: str) -> bool:
        asked_of = self._of(case_id=case_id, blob=blob) | {"besides": besides}
        rows = await self._work.execute(HOLDS_CONTENT, asked_of)
        return rows.first() is not None

    async def is_any_unread(self, case_id: str) -> bool:
        rows = await self._work.execute(UNREAD, self._of(case_id=case_id))
        return rows.first() is not None

    async def unread_from(self, sender: str, *, most: int) -> int:
        values = self._of(received_from=sender) | {"most": most}
        unread: int = (await self._work.execute(UNREAD_FROM, values)).scalar_one()
        return unread

    async def newest_read(self, case_id: str, *, most: int) -> list[EvidenceFile]:
        rows = await self._work.execute(NEWEST_READ, self._of(case_id=case_id) | {"most": most})
        return [read(EvidenceFile, row) for row in rows.mappings()]

    async def update(self, file: EvidenceFile) -> None:
        self._refuse_strangers(file)
        values = values_of(file)
        if file.state is FileState.DELETED:
            values["name_index"] = file.id  # the name is free again
        stored = await self._work.execute(UPDATE, values | self._of(id=file.id))
        if not stored.rowcount:
            raise _no_file(file.id)

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
        await self._work.execute(DELETE_FINDINGS, self._of(file_id=file.id))
        rows = [
            {"file_id": file.id, "tenant_id": file.tenant_id, "position": position, "body": finding}
            for position, finding in enumerate(extraction.findings if extraction else ())
        ]
        if rows:
            await self._work.execute(INSERT_FINDINGS, rows)

    async def findings(self, case_id: str) -> dict[str, tuple[Finding, ...]]:
        rows = await self._work.execute(FINDINGS, self._of(case_id=case_id))
        collected: dict[str, list[Finding]] = {}
        for file_id, finding in await read_each(rows, lambda row: (row.id, row.body)):
            of_file = collected.setdefault(file_id, [])
            if finding is not None:
                of_file.append(finding)
        return {file_id: tuple(of_file) for file_id, of_file in collected.items()}


def _no_file(file_id: str) -> NotFound:
    return NotFound(f"no file {file_id}")
