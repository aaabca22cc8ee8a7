"""Many new rows of one table at once, handed to the driver as it takes them.

SQLAlchemy's own way costs more than SQLite's work on a row, and the intake's hot path is made of
little else. Columns keep their types: what rests in a row is the same either way.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _typeshed import DataclassInstance
    from sqlalchemy import Dialect, Table

    from storage.database.engine import Work

Row = tuple[Any, ...]


async def insert_all(
    work: Work,
    table: Table,
    records: Sequence[DataclassInstance],
    *,
    once: tuple[str, ...] = (),
    inside: tuple[tuple[str, str], ...] = (),
) -> None:
    """Insert records whose fields are the table's columns. Raises StoreUnavailable, Conflict.

    once: columns of a key; what has one that is there already is left out.
    inside: columns whose values are deeper in a record: `("channel", "heard.place.channel")`.
    """
    if not records:
        return
    names = tuple(column.name for column in table.c if column.name != "seq")
    sql, row_of = _prepared(table, names, once, inside, work.connection.dialect)
    await work.execute_as_it_is(sql, [row_of(record) for record in records])


@cache
def _prepared(
    table: Table,
    names: tuple[str, ...],
    once: tuple[str, ...],
    inside: tuple[tuple[str, str], ...],
    dialect: Dialect,
) -> tuple[str, Callable[[DataclassInstance], Row]]:
    insert: Any = sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)
    if once:
        insert = insert.on_conflict_do_nothing(index_elements=list(once))
    compiled = insert.compile(dialect=dialect, column_keys=list(names))
    deeper = dict(inside)
    fields = attrgetter(*(deeper.get(name, name) for name in names))
    processors = [table.c[name].type.bind_processor(dialect) for name in names]

    def row_of(record: DataclassInstance) -> Row:
        return tuple(
            processor(value) if processor else value
            for processor, value in zip(processors, fields(record), strict=True)
        )

    return str(compiled), row_of
