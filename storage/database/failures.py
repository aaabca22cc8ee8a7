"""Translation of drivers' errors into those of the domain, at one boundary.

- the database or its disk cannot do it now: StoreUnavailable, by its reason where that is known
- another writer was first: Conflict
- anything else is our bug, and passes as it is
"""

from __future__ import annotations

import errno
import re
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import (
    Conflict,
    DatabaseCrowded,
    DatabaseDamaged,
    DatabaseReadOnly,
    DatabaseUnreachable,
    DiskFull,
    StoreUnavailable,
    TableMissing,
    Unavailable,
)
from storage.database.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://www.sqlite.org/rescode.html: primary result codes that are not about the statement.
SQLITE_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_NOTADB,
    }
)
SQLITE_REASONS: dict[int, type[StoreUnavailable]] = {
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_CORRUPT: DatabaseDamaged,
    sqlite3.SQLITE_NOTADB: DatabaseDamaged,
    sqlite3.SQLITE_READONLY: DatabaseReadOnly,
}
SQLITE_RIVAL = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})

# https://www.postgresql.org/docs/current/errcodes-appendix.html: classes of SQLSTATE.
POSTGRES_TROUBLE = (
    "08",  # connection
    "25006",  # read only: we are on a standby
    "28",  # not let in
    "3D",  # no such database
    "42P01",  # no such table: somebody restores the database, or dropped it
    "42P10",  # no such unique index: it was restored without
    "53",  # disk full, out of memory, too many connections
    "55006",  # object in use
    "55P03",  # lock not to be had
    "57",  # shutting down, starting up, cancelled
    "58",  # the system under it, I/O
    "F0",  # its configuration file
    "XX",  # corrupted
)
# By the beginning of the state.
POSTGRES_REASONS: dict[str, type[StoreUnavailable]] = {
    "08": DatabaseUnreachable,
    "25006": DatabaseReadOnly,
    "42P01": TableMissing,
    "42P10": DatabaseDamaged,
    "53100": DiskFull,
    "53300": DatabaseCrowded,
    "57P": DatabaseUnreachable,  # shutting down, starting up
    "XX001": DatabaseDamaged,
    "XX002": DatabaseDamaged,
}
POSTGRES_NO_COLUMN = "42703"
_COLUMN = re.compile(r"\bcolumn(?: named|:)? \"?(?:\w+\.)?(?P<name>\w+)")
FILE_REASONS: dict[int, type[StoreUnavailable]] = {
    errno.EROFS: DatabaseReadOnly,
    errno.EACCES: DatabaseReadOnly,
    errno.EPERM: DatabaseReadOnly,
    errno.ENOSPC: DiskFull,
    errno.EDQUOT: DiskFull,
}
REASONS: dict[type[StoreUnavailable], str] = {
    DiskFull: "the disk of the database is full",
    DatabaseDamaged: "the database is damaged",
    DatabaseReadOnly: "the database is read-only",
    DatabaseCrowded: "the database has no connection left",
    DatabaseUnreachable: "the database cannot be reached",
    TableMissing: "a table or column of the database is missing",
    StoreUnavailable: "the database cannot do it now",
}
POSTGRES_RIVAL = ("23505", "40")  # unique violation; serialization failure or deadlock


@contextmanager
def errors_of_store() -> Iterator[None]:
    """Drivers' errors become ours here, with their cause kept."""
    try:
        yield
    except Exception as error:
        meaning = meaning_of(error)
        if meaning is None:
            raise
        raise meaning from error


def meaning_of(error: Exception) -> Unavailable | None:
    """Ours for a driver's error, or None where it is ours already or can only be a bug.

    Drivers' own errors come too: SQLAlchemy wraps those of statements, not those of connecting.
    """
    if isinstance(error, OSError) and error.filename is not None:
        return _of_file(error)
    if isinstance(error, OSError | PoolTimeout):
        return DatabaseUnreachable(f"the database does not answer ({type(error).__name__})")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return DatabaseUnreachable("the database closed the connection")
    driver = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(driver, sqlite3.Error):
        return _of_sqlite(driver)
    state = getattr(driver, "sqlstate", None)
    return _of_postgres(state, driver) if isinstance(state, str) else _of_client(driver)


def _of_file(error: OSError) -> StoreUnavailable:
    """SQLite's own file, or the folder of it: there is no server that could be looked at."""
    reason = FILE_REASONS.get(error.errno or 0, StoreUnavailable)
    return _named(reason, f"{error.filename}: {error.strerror}")


def _of_sqlite(error: sqlite3.Error) -> Unavailable | None:
    # Errors that Python's module raises by itself have no code; they are about how it is used.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE)
    if code in SQLITE_RIVAL:
        return Conflict("another writer was first")
    # Extended codes keep the primary one in their low byte.
    if code & 0xFF in SQLITE_TROUBLE:
        return _named(SQLITE_REASONS.get(code & 0xFF, StoreUnavailable), error)
    # These have no code of their own.
    if str(error).startswith("ON CONFLICT clause does not match"):
        return DatabaseDamaged("the database lacks an index, by which rows are told apart")
    if str(error).startswith("no such table") or _lacks_column(error):
        return _named(TableMissing, error)
    return None


def _of_postgres(state: str, error: BaseException | None) -> Unavailable | None:
    if state.startswith(POSTGRES_RIVAL):
        return Conflict(f"another writer was first ({state})")
    if state == POSTGRES_NO_COLUMN and _lacks_column(error):
        return _named(TableMissing, str(error).partition("\n")[0])
    if state.startswith(POSTGRES_TROUBLE):
        fitting = (reason for start, reason in POSTGRES_REASONS.items() if state.startswith(start))
        return _named(next(fitting, StoreUnavailable), str(error).partition("\n")[0])
    return None


def _lacks_column(error: BaseException | None) -> bool:
    """Whether a column is not there that a table of ours has; another was asked for by a bug."""
    lacking = _COLUMN.search(str(error))
    ours = (column.name for table in metadata.tables.values() for column in table.columns)
    return lacking is not None and lacking["name"] in ours


def _named(reason: type[StoreUnavailable], details: object) -> StoreUnavailable:
    return reason(f"{REASONS[reason]}: {details}")


def _of_client(error: BaseException | None) -> Unavailable | None:
    """Asyncpg's own errors have no state; only these are no bug of ours."""
    # The second: what it makes of half an answer, where the server died while it spoke.
    if "connection is closed" in str(error) or type(error).__name__ == "InternalClientError":
        return DatabaseUnreachable("the connection to the database is gone")
    if type(error).__name__ == "TargetServerAttributeNotMatched":
        return StoreUnavailable("no database server takes writes now")
    return None
