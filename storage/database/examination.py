"""Examination of a database: pages, indexes, references and seals, for as long as there is time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import DBAPIError

from core.errors import StoreUnavailable
from storage.database.engine import connect
from storage.database.failures import errors_of_store
from storage.database.sealed_rows import raw_value, sealed_columns
from storage.database.tables import metadata

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Column, Table

    from storage.database.engine import Work
    from storage.database.seal import ColumnSeal

WELL = "ok"
MOST_PROBLEMS = 5
STEPS = 20_000  # of SQLite's machine between two looks at the clock
DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
ROWS = 2_000  # of a table, the newest
ROWS_AT_ONCE = 50  # a delivery may have 5 MB
NAMES_OF_INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
    "postgresql": "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()",
}
AMCHECK = "SELECT 1 FROM pg_extension WHERE extname = 'amcheck'"
INDEXES = (
    "SELECT i.indexrelid::regclass::text, i.indexrelid::bigint FROM pg_index i"
    " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
    " WHERE a.amname = 'btree' AND i.indrelid::regclass::text = ANY(:tables) ORDER BY 1"
)


@dataclass(frozen=True, kw_only=True)
class Structure:
    """What is damaged, how much was looked at, and whether that was all there is."""

    damage: Sequence[str]
    count: int = 0
    is_whole: bool = True
    unread: str = ""  # why nothing could be looked at
    former: int = 0  # rows that rest under a secret of before


def structure_of(path: Path, *, within_s: float) -> Structure:
    """Pages and indexes. Reads beside whoever writes, and changes nothing."""
    return _asked(path, f"PRAGMA quick_check({MOST_PROBLEMS})", within_s=within_s)


def references_of(path: Path, *, within_s: float) -> Structure:
    """Rows that refer to rows that are not there, by their tables."""
    return _asked(path, "PRAGMA foreign_key_check", within_s=within_s)


def _asked(path: Path, pragma: str, *, within_s: float) -> Structure:
    until = time.monotonic() + within_s
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.set_progress_handler(lambda: time.monotonic() > until, STEPS)
            rows = database.execute(pragma).fetchmany(MOST_PROBLEMS)
            (pages,) = database.execute("PRAGMA page_count").fetchone()
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
        if code in DAMAGE:
            return Structure(damage=(str(error),))
        out_of_time = code == sqlite3.SQLITE_INTERRUPT
        return Structure(damage=(), is_whole=False, unread="" if out_of_time else str(error))
    damage = tuple(_described(row) for row in rows if row != (WELL,))
    return Structure(damage=damage, count=pages)


def _described(row: tuple[object, ...]) -> str:
    """A line of quick_check, or a row of foreign_key_check: table, row, table it refers to."""
    if len(row) == 1:
        return str(row[0]).rpartition("\n")[2]
    table, number, parent, *_ = row
    return f"row {number} of {table} refers to a row of {parent} that is not there"


async def indexes_of(url: str, *, within_s: float) -> Structure | None:
    """Indexes in PostgreSQL, by its extension amcheck; None where that is not installed."""
    until = time.monotonic() + within_s
    database = connect(url)
    damage, count = list[str](), 0
    try:
        async with database.reading() as work:
            if (await work.execute(text(AMCHECK))).first() is None:
                return None
            tables = [table.name for table in metadata.sorted_tables]
            indexes = (await work.execute(text(INDEXES), {"tables": tables})).all()
        for name, oid in indexes:
            if time.monotonic() > until:
                break
            async with database.reader.connect() as connection:
                try:
                    await connection.execute(text(f"SELECT bt_index_check({int(oid)})"))
                except DBAPIError as error:
                    damage.append(f"index {name}: {str(error.orig).partition(chr(10))[0]}")
            count += 1
    finally:
        await database.close()
    return Structure(damage=damage[:MOST_PROBLEMS], count=count, is_whole=count == len(indexes))


async def lacking_in(url: str) -> list[str]:
    """The columns and indexes that tables lack: `index uq_jobs_once`. Raises StoreUnavailable."""
    database = connect(url)
    try:
        with errors_of_store():
            async with database.reader.connect() as connection:
                return await connection.run_sync(_lacking)
    finally:
        await database.close()


def _lacking(connection: Connection) -> list[str]:
    columns = inspect(connection).get_multi_columns()
    kept = set(connection.execute(text(NAMES_OF_INDEXES[connection.dialect.name])).scalars())
    present = {
        table: {column["name"] for column in of_one} for (_, table), of_one in columns.items()
    }
    tables = [table for table in metadata.sorted_tables if table.name in present]
    lacking = [
        f"column {column}"
        for table in tables
        for column in table.c
        if column.name not in present[table.name]
    ]
    indexes = (str(index.name) for table in tables for index in table.indexes)
    return sorted([*lacking, *(f"index {name}" for name in indexes if name not in kept)])


async def seals_of(url: str, seal: ColumnSeal, *, within_s: float) -> Structure:
    """Whether sealed values can be opened: the newest rows of every table that has some."""
    until = time.monotonic() + within_s
    database = connect(url)
    damage, count, is_whole, former = list[str](), 0, True, 0
    try:
        async with database.reading() as work:
            for table, columns in sealed_columns():
                rows = await _sealed_rows(work, table, columns, seal, until)
                count, is_whole = count + rows.looked_at, is_whole and rows.are_all
                former += rows.former
                if rows.closed:
                    damage.append(f"{rows.closed} of {rows.looked_at} rows of {table.name}")
    finally:
        await database.close()
    return Structure(damage=damage, count=count, is_whole=is_whole, former=former)


@dataclass(kw_only=True)
class _SealedRows:
    """closed: do not open. former: open with a secret of before. are_all: none is left."""

    looked_at: int = 0
    closed: int = 0
    former: int = 0
    are_all: bool = False


async def _sealed_rows(
    work: Work, table: Table, columns: Sequence[Column[object]], seal: ColumnSeal, until: float
) -> _SealedRows:
    """The newest of a table, for as long as there is time."""
    seen = _SealedRows()
    newest = [column.desc() for column in table.primary_key]
    values = [raw_value(column).label(f"at_rest_{column.name}") for column in columns]
    while seen.looked_at < ROWS and time.monotonic() < until and not seen.are_all:
        page = select(*values).order_by(*newest).offset(seen.looked_at).limit(ROWS_AT_ONCE)
        rows = (await work.execute(page)).all()
        opening = [row for row in rows if _opens(row, seal)]
        seen.closed += len(rows) - len(opening)
        seen.former += sum(any(map(seal.is_former, row)) for row in opening)
        seen.looked_at += len(rows)
        seen.are_all = len(rows) < ROWS_AT_ONCE
    return seen


def _opens(row: Sequence[str | bytes | None], seal: ColumnSeal) -> bool:
    try:
        for value in row:
            if isinstance(value, str):
                seal.open(value)
            elif value is not None:
                seal.open_bytes(bytes(value))
    except (StoreUnavailable, UnicodeDecodeError):
        return False
    return True
