"""The secret under which a database rests: known there by its id, and changed at a start.

A row names the secret that sealed all others, and keeps the one that names placeholders: that is
the first secret of the installation, so that a value keeps its placeholder in a case when the
secret changes. A start with another secret moves every sealed value to it, before anything else
reads or writes; cut off, the next start goes on. The row keeps the secrets of before, sealed under
this one: originals follow later, and nobody has to name the old secret until then. Equal text is
equal when it is sealed (`storage.database.seal`), so that two processes may do it at once.
"""

from __future__ import annotations

import base64
import logging
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, Text, and_, func, or_, select, type_coerce, update

from core.clock import SystemClock
from core.errors import RowDamaged, StoreUnavailable, WrongSecret
from storage.database.columns import BodyColumn, is_sealed
from storage.database.engine import connect
from storage.database.rows import insert_into
from storage.database.seal import ID_LETTERS, MAGIC, ColumnSeal
from storage.database.tables import deliveries, installation, metadata, utterances

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Column, ColumnElement, Row, Table

    from storage.database.engine import Database, Work
    from storage.sealing.keys import Keyring

ROWS_AT_ONCE = 500
_ROW = 1  # the id of the only one
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RestingSecret:
    """secret_id: of the secret that sealed the rows. naming: the secret of placeholders.

    former: those that sealed the rows before, the oldest first.
    """

    secret_id: str
    naming: bytes
    former: tuple[bytes, ...] = ()


async def adopt_secret(url: str, keyring: Keyring) -> RestingSecret:
    """Let the database rest under the current secret.

    Raises WrongSecret where it rests under one that the keyring lacks, and StoreUnavailable.
    """
    seal = ColumnSeal(keyring)
    database = connect(url, seal=seal)
    try:
        kept = await _kept(database, seal)
        if kept is None:
            kept = await _first(database, keyring, seal)
        if kept.secret_id != seal.secret_id:
            await _move_all(database, seal)
            former = (*kept.former, keyring.secret(kept.secret_id))
            kept = RestingSecret(seal.secret_id, kept.naming, former)
            await _keep(database, kept)
        return kept
    finally:
        await database.close()


async def with_former_secrets(url: str, keyring: Keyring) -> Keyring:
    """The keyring, and the secrets that the database rested under before, without changing it.

    Raises WrongSecret where the keyring does not open it, and StoreUnavailable.
    """
    seal = ColumnSeal(keyring)
    database = connect(url, seal=seal)
    try:
        kept = await _kept(database, seal)
    finally:
        await database.close()
    return keyring.with_older(kept.naming, *kept.former) if kept else keyring


def holds_anything(path: Path) -> bool:
    """Whether a SQLite file of ours may hold what a secret has sealed."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        for table in (installation.name, deliveries.name, utterances.name):
            with suppress(sqlite3.Error):  # no such table: made by an older version, or not yet
                if connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone():  # noqa: S608
                    return True
    return False


async def _kept(database: Database, seal: ColumnSeal) -> RestingSecret | None:
    """What the row says; None before a first start has written it."""
    sealed = (
        type_coerce(column, Text) for column in (installation.c.naming, installation.c.former)
    )
    columns = (installation.c.secret_id, *sealed)
    async with database.reading() as work:
        row = (await work.execute(select(*columns))).first()
    if row is None:
        return None
    secret_id, naming, former = row
    if not seal.knows(secret_id):
        raise _refusal({secret_id}, seal)
    if not naming.startswith(MAGIC):
        message = (
            "the secret of the table `installation`, of which placeholders are made, is not ours"
        )
        raise RowDamaged(message)
    secrets = [base64.b64decode(secret) for secret in seal.open(former).split()]
    return RestingSecret(secret_id, base64.b64decode(seal.open(naming)), tuple(secrets))


async def _first(database: Database, keyring: Keyring, seal: ColumnSeal) -> RestingSecret:
    """Writes the row by what the others rest under; of a new database, the current secret."""
    async with database.reading() as work:
        ids = await _ids_at_rest(work)
    strange = {secret_id for secret_id in ids if not seal.knows(secret_id)}
    if strange:
        raise _refusal(strange, seal)
    oldest = next((known for known in seal.ids if known in ids), seal.secret_id)
    kept = RestingSecret(oldest, keyring.secret(oldest))
    await _keep(database, kept)
    return kept


async def _keep(database: Database, kept: RestingSecret) -> None:
    values = {
        "secret_id": kept.secret_id,
        "naming": base64.b64encode(kept.naming).decode(),
        "former": " ".join(base64.b64encode(secret).decode() for secret in kept.former),
        "since": SystemClock().now(),
    }
    async with database.writing() as work:
        row = insert_into(work, installation).values(id=_ROW, **values)
        await work.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))


def _refusal(strange: set[str], seal: ColumnSeal) -> WrongSecret:
    names = ", ".join(sorted(strange))
    return WrongSecret(
        f"the database is sealed under the secret of the id {names}; this process has"
        f" {', '.join(seal.ids)}"
    )


# what rests there


def sealed_columns() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Every table that has columns that rest sealed, with these."""
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if is_sealed(column.type)]
        if columns:
            yield table, columns


def raw_value(column: Column[Any]) -> ColumnElement[Any]:
    """The value as it rests."""
    return type_coerce(column, LargeBinary if isinstance(column.type, BodyColumn) else Text)


def _begins(column: Column[Any], mark: str) -> ColumnElement[bool]:
    raw = raw_value(column)
    start = mark.encode() if isinstance(column.type, BodyColumn) else mark
    return func.substr(raw, 1, len(mark), type_=raw.type) == start


async def _ids_at_rest(work: Work) -> set[str]:
    """The ids of all secrets that sealed something. Reads every sealed column once."""
    ids: set[str] = set()
    for _, columns in sealed_columns():
        for column in columns:
            raw = raw_value(column)
            named = func.substr(raw, len(MAGIC) + 1, ID_LETTERS, type_=raw.type)
            rows = await work.execute(select(named).where(_begins(column, MAGIC)).distinct())
            ids |= {_text(value) for (value,) in rows}
    return ids


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else bytes(value).decode()


# moving it


async def _move_all(database: Database, seal: ColumnSeal) -> None:
    _log.warning("moving the database from an older secret to %s", seal.secret_id)
    for table, columns in sealed_columns():
        damaged = 0
        while True:
            async with database.writing() as work:
                rows = await _stale(work, table, columns, seal, skip=damaged)
                moved = [await _move(work, table, columns, row, seal) for row in rows]
            damaged += moved.count(False)
            if len(rows) < ROWS_AT_ONCE:
                break
        if damaged:
            _log.warning("%d rows of %s are damaged: they stay as they are", damaged, table.name)


async def _stale(
    work: Work, table: Table, columns: Sequence[Column[Any]], seal: ColumnSeal, *, skip: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows with a value under an older secret: their keys, then the columns as they rest."""
    keys = list(table.primary_key)
    stale = or_(*(and_(_begins(column, MAGIC), ~_begins(column, seal.mark)) for column in columns))
    values = [raw_value(column).label(f"at_rest_{column.name}") for column in columns]
    wanted = select(*keys, *values).where(stale).order_by(*keys).offset(skip).limit(ROWS_AT_ONCE)
    return (await work.execute(wanted)).all()


async def _move(
    work: Work,
    table: Table,
    columns: Sequence[Column[Any]],
    row: Row[*tuple[Any, ...]],
    seal: ColumnSeal,
) -> bool:
    """Seal a row's values under the current secret, unless somebody changed them meanwhile."""
    keys = list(table.primary_key)
    resting = dict(zip(columns, row[len(keys) :], strict=True))
    try:
        moved = {column: seal.moved(value) for column, value in resting.items() if value}
    except StoreUnavailable:
        return False
    same = [column == value for column, value in zip(keys, row, strict=False)]
    same += [raw_value(column) == resting[column] for column in moved]
    values = {
        column.name: type_coerce(value, raw_value(column).type) for column, value in moved.items()
    }
    await work.execute(update(table).where(*same).values(values))
    return True
