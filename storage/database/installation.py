"""The secret under which a database rests: known there by its id, and changed at a start.

A row names the secret that seals all others, and keeps the one that names placeholders: that is
the first secret of the installation, so that a value keeps its placeholder in a case when the
secret changes. A start with another secret writes itself into that row first, so that processes
with the secret of before take nothing in from then on, and then moves every sealed value. Cut off,
the next start goes on: the row keeps the secrets of before, sealed under the present one, and
nobody has to name them again. Originals follow later. Equal text is equal when it is sealed
(`storage.database.seal`), so that two processes may move rows at once.
"""

from __future__ import annotations

import base64
import logging
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Text, select, type_coerce, update

from core.clock import SystemClock
from core.errors import RowDamaged, WrongSecret
from storage.database.engine import connect
from storage.database.rows import insert_into
from storage.database.seal import ID_LETTERS, MAGIC, ColumnSeal
from storage.database.sealed_rows import ids_at_rest, move_rows
from storage.database.tables import deliveries, installation, utterances

if TYPE_CHECKING:
    from collections.abc import Set
    from pathlib import Path

    from storage.database.engine import Database
    from storage.sealing.keys import Keyring

# What was under way in a process with the secret of before is committed after the rows were moved;
# whoever replaces that process within this time looks for such rows again.
STRAGGLERS = timedelta(hours=1)
GO_ON = (
    "Start again with the new secret in FAULTMAVEN_SECRET_KEY and the one before in"
    " FAULTMAVEN_OLD_SECRET_KEYS: the change goes on where it stopped."
)
_ROW = 1  # the id of the only one
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RestingSecret:
    """secret_id: of the secret that seals the rows. naming: the secret of placeholders.

    former: those that sealed the rows before, the oldest first.
    moved_at: when all rows had been moved; None while a change is under way, or nobody knows.
    moved_rows: by this start.
    """

    secret_id: str
    naming: bytes
    former: tuple[bytes, ...] = ()
    moved_at: datetime | None = None
    moved_rows: int = 0

    @property
    def may_lag(self) -> bool:
        """Whether rows are to be expected that rest under a former secret."""
        if self.moved_at is None:
            return True
        return bool(self.former) and SystemClock().now() - self.moved_at < STRAGGLERS


async def adopt_secret(url: str, keyring: Keyring, *, thorough: bool = False) -> RestingSecret:
    """Let the database rest under the current secret.

    thorough: look for rows under a former secret even where none is to be expected.
    Raises WrongSecret where it rests under one that the keyring lacks, and StoreUnavailable.
    """
    seal = ColumnSeal(keyring)
    database = connect(url, seal=seal)
    try:
        kept = await _kept(database, seal)
        if kept is None:
            kept = await _first(database, keyring, seal)
        if kept.secret_id != seal.secret_id:
            kept = await _begin_change(database, keyring, kept)
        if thorough or kept.may_lag:
            kept = await _move_rest(database, keyring, kept)
        return kept
    finally:
        await database.close()


async def _begin_change(database: Database, keyring: Keyring, kept: RestingSecret) -> RestingSecret:
    """Name the current secret in the row: from now on others are refused."""
    current = ColumnSeal(keyring).secret_id
    _log.warning("the secret of the id %s gives way to that of the id %s", kept.secret_id, current)
    before = dict.fromkeys((*kept.former, keyring.secret(kept.secret_id)))
    before.pop(keyring.current, None)  # one that comes back
    changed = RestingSecret(current, kept.naming, tuple(before))
    await _keep(database, changed)
    return changed


async def _move_rest(database: Database, keyring: Keyring, kept: RestingSecret) -> RestingSecret:
    """Move what rests under a secret of before, and note that nothing is left."""
    seal = ColumnSeal(keyring.with_older(kept.naming, *kept.former))
    moved = await move_rows(database, seal)
    if moved:
        _log.warning("%d rows were sealed anew, under the id %s", moved, seal.secret_id)
    if kept.moved_at is None:
        kept = replace(kept, moved_at=SystemClock().now())
        async with database.writing() as work:
            ours = (installation.c.id == _ROW, installation.c.secret_id == seal.secret_id)
            await work.execute(update(installation).where(*ours).values(moved_at=kept.moved_at))
    return replace(kept, moved_rows=moved)


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
    columns = (installation.c.secret_id, *sealed, installation.c.moved_at)
    async with database.reading() as work:
        row = (await work.execute(select(*columns))).first()
        if row is None:
            return None
        secret_id, naming, former, moved_at = row
        if not naming.startswith(MAGIC):
            message = (
                "the secret of the table `installation`, of which placeholders are made, is not"
                " ours"
            )
            raise RowDamaged(message)
        # A change that an earlier version began has moved this row before its `secret_id`.
        strange = {secret_id, naming.removeprefix(MAGIC)[:ID_LETTERS]} - set(seal.ids)
        if strange:
            ids = set() if moved_at else await ids_at_rest(work)
            raise _refusal(strange, ids, seal)
    secrets = [base64.b64decode(secret) for secret in seal.open(former).split()]
    naming_secret = base64.b64decode(seal.open(naming))
    return RestingSecret(secret_id, naming_secret, tuple(secrets), moved_at)


async def _first(database: Database, keyring: Keyring, seal: ColumnSeal) -> RestingSecret:
    """Writes the row by what the others rest under; of a new database, the current secret."""
    async with database.reading() as work:
        ids = await ids_at_rest(work)
    strange = ids - set(seal.ids)
    if strange:
        raise _refusal(strange, ids, seal)
    oldest = next((known for known in seal.ids if known in ids), seal.secret_id)
    moved_at = SystemClock().now() if oldest == seal.secret_id else None
    kept = RestingSecret(oldest, keyring.secret(oldest), moved_at=moved_at)
    await _keep(database, kept)
    return kept


async def _keep(database: Database, kept: RestingSecret) -> None:
    values = {
        "secret_id": kept.secret_id,
        "naming": base64.b64encode(kept.naming).decode(),
        "former": " ".join(base64.b64encode(secret).decode() for secret in kept.former),
        "since": SystemClock().now(),
        "moved_at": kept.moved_at,
    }
    async with database.writing() as work:
        row = insert_into(work, installation).values(id=_ROW, **values)
        await work.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))


def _refusal(strange: Set[str], ids: Set[str], seal: ColumnSeal) -> WrongSecret:
    """strange: ids of secrets that ours does not include. ids: of those that sealed rows."""
    ours = ", ".join(seal.ids)
    if not ids.isdisjoint(seal.ids):
        under = ", others under the one of the id ".join(sorted(ids | strange))
        message = (
            "a change of the secret was interrupted: rows of the database are sealed under the"
            f" secret of the id {under}; this process has {ours}"
        )
        return WrongSecret(message, next_step=GO_ON)
    names = ", ".join(sorted(strange))
    return WrongSecret(
        f"the database is sealed under the secret of the id {names}; this process has {ours}"
    )
