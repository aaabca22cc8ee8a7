"""SQLite statements in one step to the driver's thread.

aiosqlite takes a step each to make a cursor, execute, fetch and close it, and every step wakes two
threads: that costs several times what our statements do. Here one step does all four, and what has
been quick, inside a transaction that is open, takes none: it waits for no lock and no disk there.
A transaction begins without one where no other process writes, and ends without one where it
changed nothing; what waits for a lock or the disk goes to the thread. Statements that take no step
suspend nobody, so that a long unit of work would hold the event loop from its beginning to its end:
now and then one lets the loop serve others first.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK = 64  # aiosqlite's own; nothing of ours reads in chunks
QUICK_S = 0.0003  # about what two threads take to wake each other
TOO_SLOW_S = 0.002  # nobody else may be kept waiting for longer
# What `total_changes` counts, or changes nothing.
COUNTED = ("SELECT", "INSERT", "UPDATE", "DELETE")
HELD_S = 0.005  # so long others wait for a unit of work before the loop looks after them
MOST_QUICK = 500  # statements; SQLAlchemy keeps as many

Step = Callable[[sqlite3.Cursor], object]
Done = tuple[tuple[Any, int, int | None], list[Any]]


class OneStepConnection(aiosqlite.Connection):
    """What SQLAlchemy asks of a connection, in as few steps as it can be done.

    quick: the statements that took next to no time when they last ran.
    """

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, CHUNK)
        self.quick: set[str] = set()
        self._changes_before = 0
        self._is_counted = False
        self._resumed_at = 0.0  # when the task that uses it was last suspended by it

    def cursor(self) -> OneStepCursor:  # type: ignore[override]  # awaited by nobody here
        return OneStepCursor(self)

    async def begin(self, settings: str, begin: str, *, busy_timeout_ms: int) -> None:
        """Begin a transaction. settings: statements before it."""
        self._conn.executescript(f"{settings}; PRAGMA busy_timeout=0")
        try:
            self._conn.execute(begin)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        finally:
            self._conn.execute(f"PRAGMA busy_timeout={busy_timeout_ms}")
        if not self.in_transaction:  # another process writes: the thread waits for it
            await self.execute(begin)
        self._changes_before, self._is_counted = self.total_changes, True

    async def commit(self) -> None:
        """No step where nothing is to be written."""
        if self._is_counted and self.total_changes == self._changes_before:
            self._conn.commit()
        else:
            await super().commit()

    async def rollback(self) -> None:
        """No step where nothing is open: the pool asks for it after every commit."""
        if self.in_transaction:
            await super().rollback()

    async def run(self, sql: str, step: Step) -> Done:
        """What a statement gives, from wherever it runs."""
        if sql in self.quick and self.in_transaction:
            if time.perf_counter() - self._resumed_at > HELD_S:
                await asyncio.sleep(0)
                self._resumed_at = time.perf_counter()
            return self._timed(sql, step)
        done: Done = await self._execute(self._timed, sql, step)  # type: ignore[no-untyped-call]
        self._resumed_at = time.perf_counter()
        return done

    def _timed(self, sql: str, step: Step) -> Done:
        self._is_counted = self._is_counted and sql.startswith(COUNTED)
        began = time.perf_counter()
        done = self._now(step)
        self._learn(sql, time.perf_counter() - began)
        return done

    def _now(self, step: Step) -> Done:
        cursor = self._conn.cursor()
        try:
            step(cursor)
            rows = cursor.fetchall() if cursor.description else []
            return (cursor.description, cursor.rowcount, cursor.lastrowid), rows
        finally:
            cursor.close()

    def _learn(self, sql: str, seconds: float) -> None:
        if seconds > TOO_SLOW_S:
            self.quick.discard(sql)
        elif seconds < QUICK_S and len(self.quick) < MOST_QUICK:
            self.quick.add(sql)


def connect(*where: Any, **how: Any) -> OneStepConnection:
    """As `aiosqlite.connect`; connected once it is awaited."""
    shared = how | {"check_same_thread": False}  # by the loop's thread, while its own one rests
    return OneStepConnection(lambda: sqlite3.connect(*where, **shared))


@dataclass
class OneStepCursor:
    """All rows of a statement come with its execution."""

    connection: OneStepConnection
    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1
    _rows: list[Any] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        return await self._run(sql, lambda cursor: cursor.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> Self:
        return await self._run(sql, lambda cursor: cursor.executemany(sql, parameters))

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """It is closed already."""

    async def _run(self, sql: str, step: Step) -> Self:
        done, self._rows = await self.connection.run(sql, step)
        self.description, self.rowcount, self.lastrowid = done
        return self
