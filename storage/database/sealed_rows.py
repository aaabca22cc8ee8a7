"""The rows that rest sealed: which columns they are, under which secrets, and how they move on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, Text, and_, func, or_, select, type_coerce, update

from core.errors import StoreUnavailable
from storage.database.columns import BodyColumn, is_sealed
from storage.database.seal import ID_LETTERS, MAGIC, ColumnSeal
from storage.database.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Column, ColumnElement, Row, Table

    from storage.database.engine import Database, Work

    Resting = Row[*tuple[Any, ...]]

ROWS_AT_ONCE = 500
_log = logging.getLogger(__name__)


def sealed_columns() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Every table that has columns that rest sealed, with these."""
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if is_sealed(column.type)]
        if columns:
            yield table, columns


def raw_value(column: Column[Any]) -> ColumnElement[Any]:
    """The value as it rests."""
    return type_coerce(column, LargeBinary if isinstance(column.type, BodyColumn) else Text)


async def ids_at_rest(work: Work) -> set[str]:
    """The ids of all secrets that sealed something. Reads every sealed column once."""
    ids: set[str] = set()
    for _, columns in sealed_columns():
        for column in columns:
            raw = raw_value(column)
            named = func.substr(raw, len(MAGIC) + 1, ID_LETTERS, type_=raw.type)
            rows = await work.execute(select(named).where(_begins(column, MAGIC)).distinct())
            ids |= {_text(value) for (value,) in rows}
    return ids


async def move_rows(database: Database, seal: ColumnSeal) -> int:
    """Seal every row under the current secret of the seal; how many rested under another.

    Damaged ones stay as they are. Two processes may do it at once.
    """
    moved = 0
    for table, columns in sealed_columns():
        of_table, damaged = await _move_table(database, table, columns, seal)
        moved += of_table
        if damaged:
            _log.warning("%d rows of %s do not open: they stay as they are", damaged, table.name)
    return moved


async def _move_table(
    database: Database, table: Table, columns: Sequence[Column[Any]], seal: ColumnSeal
) -> tuple[int, int]:
    """How many rows were moved, and how many are damaged."""
    moved = damaged = 0
    while True:
        async with database.writing() as work:
            rows = await _stale(work, table, columns, seal, skip=damaged)
            for row in rows:
                values = _moved_values(columns, row, seal)
                if values is None:
                    damaged += 1
                else:
                    moved += await _move(work, table, row, values)
        if len(rows) < ROWS_AT_ONCE:
            return moved, damaged


async def _stale(
    work: Work, table: Table, columns: Sequence[Column[Any]], seal: ColumnSeal, *, skip: int
) -> Sequence[Resting]:
    """Rows with a value under an older secret: the columns as they rest, then their keys."""
    keys = list(table.primary_key)
    stale = or_(*(and_(_begins(column, MAGIC), ~_begins(column, seal.mark)) for column in columns))
    values = [raw_value(column).label(f"at_rest_{column.name}") for column in columns]
    wanted = select(*values, *keys).where(stale).order_by(*keys).offset(skip).limit(ROWS_AT_ONCE)
    return (await work.execute(wanted)).all()


def _moved_values(
    columns: Sequence[Column[Any]], row: Resting, seal: ColumnSeal
) -> dict[Column[Any], tuple[Any, Any]] | None:
    """By column, the value as it rests and as it will; None where the row is damaged."""
    try:
        return {
            column: (value, seal.moved(value))
            for column, value in zip(columns, row, strict=False)
            if value
        }
    except StoreUnavailable:
        return None


async def _move(
    work: Work, table: Table, row: Resting, values: dict[Column[Any], tuple[Any, Any]]
) -> int:
    """1, or 0 where somebody changed the row meanwhile."""
    keys = list(table.primary_key)
    same = [column == value for column, value in zip(keys, row[-len(keys) :], strict=True)]
    same += [raw_value(column) == resting for column, (resting, _) in values.items()]
    moved = {
        column.name: type_coerce(value, raw_value(column).type)
        for column, (_, value) in values.items()
    }
    return (await work.execute(update(table).where(*same).values(moved))).rowcount


def _begins(column: Column[Any], mark: str) -> ColumnElement[bool]:
    raw = raw_value(column)
    start = mark.encode() if isinstance(column.type, BodyColumn) else mark
    return func.substr(raw, 1, len(mark), type_=raw.type) == start


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else bytes(value).decode(errors="replace")
