"""Proof that the database would take a delivery now, by writing one and taking it back.

The rows go the way of every delivery, through its tables and indexes, up to the commit: that one
holds a change of no row instead. Before it, the disk is asked for the room that the largest
delivery needs: a small commit finds a place in the journal of SQLite long after a delivery did
not. Damage that anybody met counts from then on.

The intake is refused on the same verdict: what is committed beside damage may never be read again,
and whoever sent it would have taken it for delivered.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from core.alerts.model import AlertSource, Delivery
from core.clock import SystemClock
from core.errors import DatabaseDamaged, DiskFull
from core.jobs.model import Audience, Job
from storage.database.alerts import add_deliveries
from storage.database.examination import structure_of
from storage.database.failures import errors_of_store
from storage.database.held_file import HeldFile, look_for_journal
from storage.database.jobs import add_jobs
from storage.database.schema import lacks_tables, missing_tables
from storage.database.seal import seal_of, sealed_under
from storage.database.tables import installation

if TYPE_CHECKING:
    from storage.database.engine import Database, Work

NOBODY = "readiness"  # the tenant of rows that are never committed
ROOM = 12 * 2**20  # the largest delivery in the journal and in the file, with what goes beside it
STRUCTURE_S = 2.0  # for one look at the pages; `doctor` takes longer
STRUCTURE_EVERY_S = 600.0
ROOM_EVERY_S = 1.0  # a storm asks hundreds of times
TABLES_OF_SQLITE = "SELECT name FROM sqlite_master WHERE type = 'table'"
# In whichever schema of the search path they are.
TABLES_OF_POSTGRES = (
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid)"
)


class Readiness:
    """Whether a database takes deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looked_at: float | None = None
        self._looking: asyncio.Task[None] | None = None
        self._roomy_until = 0.0
        self._held = HeldFile()

    async def prove(self) -> None:
        """Raises StoreUnavailable where a delivery could not be committed now."""
        self._roomy_until = 0.0
        await self.trust(patiently=True)
        async with self._database.writing(urgent=True) as work:
            await _find_tables(work)
            await need_own_secret(work)
            await _rehearse(work)
            # Neither changes a row, and both have to reach the disk.
            writes = "PRAGMA user_version = 0" if work.is_sqlite else "SELECT pg_current_xact_id()"
            await work.execute(text(writes))

    async def trust(self, *, patiently: bool = False) -> None:
        """Raises StoreUnavailable where a commit is not to be trusted, or has no room.

        patiently: wait for a look at the pages that is due. The first is waited for in any case.
        """
        self._find_in_place()
        file = self._file
        if file is not None and not self._database.damage:
            await self._find_room(file)
            await self._look_at_structure(file, patiently=patiently)
        if self._database.damage:
            raise self._database.damage[0]

    async def close(self) -> None:
        """Return when nobody looks any more."""
        if self._looking is not None:
            await asyncio.wait({self._looking})

    def _find_in_place(self) -> None:
        """A file that is gone or replaced counts as damage: what is committed goes with it."""
        if not self._database.is_sqlite or self._database.damage:
            return
        path = Path(self._database.writer.url.database or "")
        lost = self._held.look(path)
        if lost is None and time.monotonic() >= self._roomy_until:
            lost = look_for_journal(path)
        if lost is not None:
            self._database.damage.append(lost)

    @property
    def _file(self) -> Path | None:
        """Of SQLite; None where a server holds the database, and where there is no file yet."""
        if not self._database.is_sqlite:
            return None
        path = Path(self._database.writer.url.database or "")
        return path if path.is_file() else None

    async def _find_room(self, file: Path) -> None:
        """Raises DiskFull; room that was there a moment ago is taken for granted."""
        if time.monotonic() >= self._roomy_until:
            await asyncio.to_thread(_need_room, file)
            self._roomy_until = time.monotonic() + ROOM_EVERY_S

    async def _look_at_structure(self, file: Path, *, patiently: bool) -> None:
        """Now and then: damage rests where no delivery is written, too."""
        is_first = self._looked_at is None
        is_due = is_first or time.monotonic() - (self._looked_at or 0.0) > STRUCTURE_EVERY_S
        if is_due and self._looking is None:
            self._looking = asyncio.create_task(self._look(file), name="structure")
        if self._looking is not None and (is_first or patiently):
            await asyncio.shield(self._looking)

    async def _look(self, file: Path) -> None:
        try:
            structure = await asyncio.to_thread(structure_of, file, within_s=STRUCTURE_S)
            if structure.damage and not self._database.damage:
                self._database.damage.append(
                    DatabaseDamaged(f"the database is damaged: {structure.damage[0]}")
                )
            self._looked_at = time.monotonic()
        finally:
            self._looking = None


async def need_own_secret(work: Work) -> None:
    """Raises SecretChanged where the database rests under another secret than this process has."""
    seal = seal_of(work.connection.dialect)
    if seal is None:
        return
    kept = (await work.execute(select(installation.c.secret_id))).scalar()
    if kept is not None and kept != seal.secret_id:
        raise sealed_under(kept, ours=seal.secret_id)


def _need_room(file: Path) -> None:
    """Raises DiskFull where the largest delivery would not fit."""
    with errors_of_store():
        disk = os.statvfs(file.parent)
    free = disk.f_bavail * disk.f_frsize
    if free < ROOM:
        message = (
            f"the disk of the database is full: {free / 2**20:.1f} MiB free in {file.parent},"
            f" a delivery may need {ROOM / 2**20:.0f}"
        )
        raise DiskFull(message)


async def _find_tables(work: Work) -> None:
    """Raises DatabaseDamaged where a table went while this runs: nothing else would name it."""
    names = await work.execute(text(TABLES_OF_SQLITE if work.is_sqlite else TABLES_OF_POSTGRES))
    if gone := missing_tables(names.scalars()):
        raise lacks_tables(gone)


async def _rehearse(work: Work) -> None:
    """Write a delivery with its job, and take both back."""
    await work.execute(text("SAVEPOINT rehearsal"))
    delivery = _delivery()
    await add_deliveries(work, [delivery])
    await add_jobs(work, [_job_of(delivery)])
    await work.execute(text("ROLLBACK TO SAVEPOINT rehearsal"))
    await work.execute(text("RELEASE SAVEPOINT rehearsal"))


def _delivery() -> Delivery:
    body = os.urandom(256)
    return Delivery(
        id=f"delivery_{body[:12].hex()}",
        tenant_id=NOBODY,
        source=AlertSource.ALERTMANAGER,
        group=NOBODY,
        received_at=SystemClock().now(),
        body=body,
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
    )


def _job_of(delivery: Delivery) -> Job:
    return Job(
        id=delivery.id.replace("delivery", "job"),
        tenant_id=NOBODY,
        kind=NOBODY,
        lane=NOBODY,
        payload={},
        audience=Audience.ANY,
        run_at=delivery.received_at,
        created_at=delivery.received_at,
    )
