"""The tables of an installation as an archive has them: rows as they rest, but not sealed.

Written and read column by column, without the records of the domain: what is archived comes back
the same, and rows of 100,000 cases are not parsed to be moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import TypeDecorator, and_, delete, func, or_, select, type_coerce
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.dialects import postgresql, sqlite

from core.cases.archive.model import ArchivedCase, ArchivedFile, ArchivedRow, ImportStanding, Value
from core.errors import Conflict, NotAllowedNow, NotFound, Unreadable
from core.evidence.model import FileState
from storage.database.columns import is_sealed
from storage.database.rows import insert_into
from storage.database.schema import head
from storage.database.seal import closed, opened
from storage.database.tables import (
    accounts,
    bindings,
    case_events,
    case_inbox,
    case_memories,
    case_rows,
    cases,
    channels,
    chunks,
    document_changes,
    document_revisions,
    document_versions,
    documents,
    exchanges,
    feedback,
    files,
    findings,
    hypotheses,
    identities,
    investigations,
    members,
    messages,
    model_calls,
    occurrences,
    provider_logins,
    tenants,
    texts,
    users,
    workspaces,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from sqlalchemy import Column, ColumnClause, ColumnElement, Table, TableClause
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

    from storage.database.engine import Database, Work

AT_ONCE = 500
WITHHELD = {
    ("accounts", "password"): "",  # they set a new one
    ("document_versions", "raw"): None,  # there until it is read, and in no other form
}
BEFORE = (workspaces, channels, users, accounts, provider_logins, identities)
AFTER = (
    messages,
    model_calls,
    documents,
    document_versions,
    chunks,
    document_changes,
    document_revisions,
)
OF_CASE = (
    case_events,
    texts,
    hypotheses,
    investigations,
    case_rows,
    case_memories,
    feedback,
    files,
    occurrences,
    members,
    exchanges,
    case_inbox,
    bindings,
)
TABLES = {table.name: table for table in (*BEFORE, *AFTER, cases, findings, *OF_CASE)}
_ELSEWHERE = "Import into an installation that has no cases of its own."


class SqlArchivedTables:
    """A tenant's rows. Every case is written in a transaction of its own."""

    def __init__(self, database: Database, tenant_id: str) -> None:
        self._database = database
        self._tenant_id = tenant_id

    @property
    def revision(self) -> str:
        return head()

    async def shared(self, *, after_cases: bool) -> AsyncIterator[list[ArchivedRow]]:
        for table in AFTER if after_cases else BEFORE:
            last: tuple[Any, ...] | None = None
            while rows := await self._batch(table, last):
                last = rows[-1][0]
                yield [row for _, row in rows]

    async def cases(self) -> AsyncIterator[str]:
        after = 0
        while True:
            async with self._database.reading() as work:
                selected = await work.execute(
                    select(cases.c.number, cases.c.id)
                    .where(cases.c.tenant_id == self._tenant_id, cases.c.number > after)
                    .order_by(cases.c.number)
                    .limit(AT_ONCE)
                )
                batch = selected.all()
            if not batch:
                return
            after = batch[-1].number
            for row in batch:
                yield row.id

    async def case(self, case_id: str) -> tuple[ArchivedCase, list[ArchivedRow]]:
        async with self._database.reading() as work:
            rows = await self._rows(work, cases, cases.c.id == case_id)
            if not rows:
                message = f"no case {case_id}"
                raise NotFound(message)
            for table in OF_CASE:
                rows += await self._rows(work, table, table.c.case_id == case_id)
            of_files = findings.c.file_id.in_(_ids_of_files(case_id))
            rows += await self._rows(work, findings, of_files)
        return _archived(rows), rows

    async def standing(self, archived: ArchivedCase) -> ImportStanding:
        async with self._database.reading() as work:
            return await self._standing(work, archived)

    async def put_shared(self, rows: Sequence[ArchivedRow]) -> None:
        async with self._database.writing() as work:
            for table, values in _by_table(rows, self._tenant_id):
                if table is messages:
                    await self._forget_older(work, values)
                if table is accounts:
                    await self._must_be_theirs(work, values)
                resting = _closed(table, values, work.connection.dialect)
                once = _insert_into(work, table).on_conflict_do_nothing()
                await work.execute(once, resting)

    async def put_case(self, archived: ArchivedCase, rows: Sequence[ArchivedRow]) -> None:
        try:
            async with self._database.writing() as work:
                if await self._standing(work, archived) is ImportStanding.BEHIND:
                    await self._must_follow(work, archived, rows)
                    await self._clear(work, archived.id)
                for table, values in _by_table(rows, self._tenant_id):
                    resting = _closed(table, values, work.connection.dialect)
                    await work.execute(_insert_into(work, table), resting)
                await self._count_up(work, archived.number)
        except Conflict as error:
            message = f"#{archived.number} does not fit to what is here already"
            raise NotAllowedNow(message, next_step=_ELSEWHERE) from error

    async def _standing(self, work: Work, archived: ArchivedCase) -> ImportStanding:
        selected = await work.execute(
            select(cases.c.id, cases.c.version, cases.c.head).where(
                cases.c.tenant_id == self._tenant_id,
                or_(cases.c.id == archived.id, cases.c.number == archived.number),
            )
        )
        known = selected.all()
        if not known:
            return ImportStanding.NEW
        if [row.id for row in known] != [archived.id]:
            message = f"there is another #{archived.number} here"
            raise NotAllowedNow(message, next_step=_ELSEWHERE)
        here = known[0]
        if here.version < archived.version:
            return ImportStanding.BEHIND
        if await self._hash(work, archived.id, archived.version) != archived.head:
            raise _went_on_differently(archived)
        return ImportStanding.SAME if here.version == archived.version else ImportStanding.AHEAD

    async def _hash(self, work: Work, case_id: str, seq: int) -> str | None:
        selected = await work.execute(
            select(case_events.c.hash).where(
                case_events.c.tenant_id == self._tenant_id,
                case_events.c.case_id == case_id,
                case_events.c.seq == seq,
            )
        )
        return selected.scalar()

    async def _must_follow(
        self, work: Work, archived: ArchivedCase, rows: Iterable[ArchivedRow]
    ) -> None:
        """Raises NotAllowedNow where its log does not begin with the log that is here."""
        selected = await work.execute(
            select(cases.c.version, cases.c.head).where(
                cases.c.tenant_id == self._tenant_id, cases.c.id == archived.id
            )
        )
        here = selected.one()
        events = (row.values for row in rows if row.table == case_events.name)
        hashes = {event["seq"]: event["hash"] for event in events}
        if hashes.get(here.version) != here.head:
            raise _went_on_differently(archived)

    async def _clear(self, work: Work, case_id: str) -> None:
        """Remove the rows of a case that are about to be written."""
        mine = findings.c.tenant_id == self._tenant_id
        of_files = findings.c.file_id.in_(_ids_of_files(case_id))
        await work.execute(delete(findings).where(mine, of_files))
        for table in OF_CASE:
            mine = table.c.tenant_id == self._tenant_id
            await work.execute(delete(table).where(mine, table.c.case_id == case_id))
        mine = cases.c.tenant_id == self._tenant_id
        await work.execute(delete(cases).where(mine, cases.c.id == case_id))

    async def _count_up(self, work: Work, number: int) -> None:
        """New cases get higher numbers."""
        first = insert_into(work, tenants).values(id=self._tenant_id, last_case_number=number)
        higher = {"last_case_number": number}
        lower = tenants.c.last_case_number < number
        await work.execute(
            first.on_conflict_do_update(index_elements=["id"], set_=higher, where=lower)
        )

    async def _forget_older(self, work: Work, rows: Sequence[Mapping[str, Value]]) -> None:
        """What a place showed before; the archived rows are what it shows since."""
        for row in rows:
            older = and_(messages.c.id == row["id"], messages.c.seq < row["seq"])
            mine = messages.c.tenant_id == self._tenant_id
            await work.execute(delete(messages).where(mine, older))

    async def _must_be_theirs(self, work: Work, rows: Sequence[Mapping[str, Value]]) -> None:
        """Raises NotAllowedNow where somebody else has a name of theirs here."""
        for row in rows:
            named = [accounts.c.username == row["username"]]
            if row["email"]:
                named.append(accounts.c.email == row["email"])
            selected = await work.execute(
                select(func.count())
                .select_from(accounts)
                .where(accounts.c.tenant_id == self._tenant_id, accounts.c.id != row["id"])
                .where(or_(*named))
            )
            if selected.scalar_one():
                message = f"there is another account named {row['username']} here"
                step = "Import before you make accounts: those of the archive come along."
                raise NotAllowedNow(message, next_step=step)

    async def _batch(
        self, table: Table, after: tuple[Any, ...] | None
    ) -> list[tuple[tuple[Any, ...], ArchivedRow]]:
        """Some rows by their key, each with it."""
        keys = list(table.primary_key)
        behind = [] if after is None else [_after(keys, after)]
        async with self._database.reading() as work:
            rows = await self._rows(work, table, *behind, most=AT_ONCE, by=keys)
        return [(tuple(row.values[key.name] for key in keys), row) for row in rows]

    async def _rows(
        self,
        work: Work,
        table: Table,
        *conditions: ColumnElement[bool],
        most: int | None = None,
        by: Sequence[ColumnElement[Any]] = (),
    ) -> list[ArchivedRow]:
        resting = [type_coerce(column, _plain(column)).label(column.name) for column in table.c]
        wanted = select(*resting).where(table.c.tenant_id == self._tenant_id, *conditions)
        selected = await work.execute(wanted.order_by(*(by or table.primary_key)).limit(most))
        return [
            ArchivedRow(table=table.name, values=_opened(table, row, work.connection.dialect))
            for row in selected.mappings()
        ]


def _after(keys: Sequence[ColumnElement[Any]], values: tuple[Any, ...]) -> ColumnElement[bool]:
    """The condition that a row's key comes later."""
    first, *rest = keys
    later: ColumnElement[bool] = first > values[0]
    return (
        later
        if not rest
        else or_(first > values[0], and_(first == values[0], _after(rest, values[1:])))
    )


def _ids_of_files(case_id: str) -> Any:
    return select(files.c.id).where(files.c.case_id == case_id).scalar_subquery()


def _archived(rows: Sequence[ArchivedRow]) -> ArchivedCase:
    case: Mapping[str, Any] = rows[0].values
    kept: list[Mapping[str, Any]] = [
        row.values
        for row in rows
        if row.table == files.name
        if row.values["blob"] and row.values["let_go_at"] is None
        if row.values["state"] != FileState.DELETED
    ]
    return ArchivedCase(
        id=case["id"],
        number=case["number"],
        version=case["version"],
        head=case["head"],
        files=tuple(
            ArchivedFile(
                id=file["id"], blob=file["blob"], size=file["size"], decoded=file["decoded"]
            )
            for file in kept
        ),
    )


def _opened(table: Table, row: Mapping[Any, Any], dialect: Dialect) -> dict[str, Value]:
    values = dict[str, Any]()
    for column in _archived_columns(table):
        value = row[column.name]
        if (table.name, column.name) in WITHHELD:
            value = WITHHELD[table.name, column.name]
        elif value is not None and is_sealed(column.type):
            value = opened(value, dialect)
        values[column.name] = value
    return values


def _closed(
    table: Table, rows: Sequence[Mapping[str, Value]], dialect: Dialect
) -> list[dict[str, Value]]:
    """As they rest here."""
    sealed = {column.name for column in table.c if is_sealed(column.type)}
    return [
        {
            name: closed(str(value), dialect) if name in sealed and value is not None else value
            for name, value in row.items()
        }
        for row in rows
    ]


def _archived_columns(table: Table) -> list[Column[Any]]:
    """All but a number that is given anew where a row is written; the order stays."""
    return [column for column in table.c if column.autoincrement is not True]


def _plain(column: Column[Any]) -> TypeEngine[Any]:
    """The type of what rests in the column."""
    kind = column.type
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _insert_into(work: Work, table: Table) -> Any:
    """INSERT of values as they rest."""
    plain = _plain_table(table)
    return sqlite.insert(plain) if work.is_sqlite else postgresql.insert(plain)


def _plain_table(table: Table) -> TableClause:
    """The same table, taking values as they rest."""
    columns: list[ColumnClause[Any]] = [
        sql_column(column.name, _plain(column)) for column in table.c
    ]
    return sql_table(table.name, *columns)


def _by_table(
    rows: Iterable[ArchivedRow], tenant_id: str
) -> list[tuple[Table, list[dict[str, Value]]]]:
    """In the order of the rows. Raises Unreadable for what is no row of these tables."""
    grouped = dict[str, list[dict[str, Value]]]()
    for row in rows:
        table = TABLES.get(row.table)
        names = {column.name for column in _archived_columns(table)} if table is not None else set()
        if set(row.values) != names:
            message = f"the archive has rows of {row.table} that do not fit here"
            raise Unreadable(message)
        grouped.setdefault(row.table, []).append({**row.values, "tenant_id": tenant_id})
    return [(TABLES[name], values) for name, values in grouped.items()]


def _went_on_differently(archived: ArchivedCase) -> NotAllowedNow:
    message = f"#{archived.number} went on here in another way than in the archive"
    return NotAllowedNow(message, next_step=_ELSEWHERE)
