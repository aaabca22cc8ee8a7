"""Conversion between records of the domain and rows, by the names of their fields."""

from __future__ import annotations

import asyncio
import time
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, literal_column
from sqlalchemy.dialects import postgresql, sqlite

from core.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from _typeshed import DataclassInstance
    from sqlalchemy import ColumnElement, RowMapping, Table

    from storage.database.engine import Work

Record = TypeVar("Record", bound="DataclassInstance")
Row = TypeVar("Row")
Value = TypeVar("Value")

HELD_S = 0.003  # so long others wait while rows are read


@cache
def names_of(kind: type[DataclassInstance]) -> tuple[str, ...]:
    """The fields of a record, in order."""
    return tuple(field.name for field in fields(kind))


def values_of(record: DataclassInstance) -> dict[str, Any]:
    """The record's fields, for INSERT; a `place` becomes its four columns."""
    values = {name: getattr(record, name) for name in names_of(type(record))}
    place = values.pop("place", None)
    return values if place is None else values | place_values(place)


def read(kind: type[Record], row: RowMapping) -> Record:
    """The record that rests in a row."""
    values: dict[str, Any] = {
        name: place_of(row) if name == "place" else row[name] for name in names_of(kind)
    }
    return kind(**values)


def of_values(kind: type[Record], values: Iterable[Any]) -> Record:
    """The record of its fields' values, in their order."""
    fields_of: dict[str, Any] = dict(zip(names_of(kind), values, strict=True))
    return kind(**fields_of)


async def read_each(rows: Iterable[Row], make: Callable[[Row], Value]) -> list[Value]:
    """What `make` gives of each row, with the event loop served meanwhile.

    A case has hundreds of rows that are unsealed and parsed one by one as they are read.
    """
    values, resumed_at = list[Value](), time.perf_counter()
    for row in rows:
        values.append(make(row))
        if time.perf_counter() - resumed_at > HELD_S:
            await asyncio.sleep(0)
            resumed_at = time.perf_counter()
    return values


def place_values(place: Place) -> dict[str, str]:
    """Its four columns."""
    return {name: getattr(place, name) for name in names_of(Place)}


def place_of(row: RowMapping) -> Place:
    """The place that a row names."""
    return Place(**{name: row[name] for name in names_of(Place)})


def asked(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition that a column has the value bound as `of_` and its name.

    For statements that are made once: making one takes as long as running it.
    """
    typed: Any = column
    condition: ColumnElement[bool] = typed == bindparam(f"of_{typed.name}", type_=typed.type)
    return condition


def asked_place(table: Table) -> list[ColumnElement[bool]]:
    """The conditions that a row is of the place whose columns are bound."""
    return [asked(table.c[name]) for name in names_of(Place)]


def at_place(table: Table, place: Place) -> list[ColumnElement[bool]]:
    """The conditions that a row is of this place."""
    return [table.c[name] == value for name, value in place_values(place).items()]


def at_channel(table: Table, place: Place) -> list[ColumnElement[bool]]:
    """The conditions that a row is of this place's channel, or of a thread of it."""
    values = place_values(place)
    del values["thread"]
    return [table.c[name] == value for name, value in values.items()]


def insert_into(work: Work, table: Table) -> postgresql.Insert:
    """INSERT with ON CONFLICT, which both databases have and spell alike."""
    if work.is_sqlite:
        insert: Any = sqlite.insert(table)
        typed: postgresql.Insert = insert
        return typed
    return postgresql.insert(table)


def upsert_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """SET for ON CONFLICT DO UPDATE: everything that was to be inserted."""
    return {name: excluded(name) for name in values}


def excluded(name: str) -> ColumnElement[Any]:
    """A column of the row that was to be inserted; SQLAlchemy's own makes a whole table for it."""
    return literal_column(f'excluded."{name}"')
