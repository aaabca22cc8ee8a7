"""Many new rows of one table at once, handed to the driver as it takes them.

SQLAlchemy's own way costs more than SQLite's work on a row, and the intake's hot path is made of
little else. Columns keep their types: what rests in a row is the same either way.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _typeshed import DataclassInstance
    from sqlalchemy import Dialect, Table

    from storage.database.engine import Work

Row = tuple[Any, ...]


async def insert_all(work: Work, table: Table, records: Sequence[DataclassInstance]) -> None:
    """Insert records whose fields are the table's columns. Raises StoreUnavailable, Conflict."""
    if not records:
        return
    names = tuple(column.name for column in table.c if column.name != "seq")
    sql, row_of = _prepared(table, names, work.connection.dialect)
    await work.execute_as_it_is(sql, [row_of(record) for record in records])


@cache
def _prepared(
    table: Table, names: tuple[str, ...], dialect: Dialect
) -> tuple[str, Callable[[DataclassInstance], Row]]:
    compiled = table.insert().compile(dialect=dialect, column_keys=list(names))
    fields = attrgetter(*names)
    processors = [table.c[name].type.bind_processor(dialect) for name in names]

    def row_of(record: DataclassInstance) -> Row:
        return tuple(
            processor(value) if processor else value
            for processor, value in zip(processors, fields(record), strict=True)
        )

    return str(compiled), row_of
