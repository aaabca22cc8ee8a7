"""Examination of a SQLite file: its pages, indexes and references, for as long as there is time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WELL = "ok"
MOST_PROBLEMS = 5
STEPS = 20_000  # of SQLite's machine between two looks at the clock
DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@dataclass(frozen=True, kw_only=True)
class Structure:
    """What is damaged in a file, and whether all of it was looked at."""

    damage: Sequence[str]
    is_whole: bool = True


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
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
        if code in DAMAGE:
            return Structure(damage=(str(error),))
        return Structure(damage=(), is_whole=False)  # out of time, or it cannot be read now
    return Structure(damage=tuple(_described(row) for row in rows if row != (WELL,)))


def _described(row: tuple[object, ...]) -> str:
    """A line of quick_check, or a row of foreign_key_check: table, row, table it refers to."""
    if len(row) == 1:
        return str(row[0]).rpartition("\n")[2]
    table, number, parent, *_ = row
    return f"row {number} of {table} refers to a row of {parent} that is not there"
