"""The revision of the tables, and its upgrade by Alembic, which is imported only then."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from core.errors import DatabaseDamaged, WrongUsage
from storage.database.engine import Database, connect, driver_url
from storage.database.failures import errors_of_store
from storage.database.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import URL

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 7_205_310_119  # any number that nothing else locks in this PostgreSQL database


def head() -> str:
    """The newest revision: files of `versions/` are named by theirs, so nothing is imported."""
    names = (path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    return max(names).partition("_")[0]


def begin_at_will() -> None:
    """Nothing speaks against making the first tables."""


async def upgrade(url: str, *, may_begin: Callable[[], None] = begin_at_will) -> None:
    """Bring the tables to this version's form; where they have it, it is only looked at.

    may_begin: asked before the first tables are made; what it raises leaves all as it was.
    Several processes may do it at once. Raises StoreUnavailable, and WrongUsage where a newer
    version of FaultMaven was here before.
    """
    target = driver_url(url)
    if target.get_backend_name() == "sqlite":
        if is_new(Path(target.database or "")):
            await asyncio.to_thread(may_begin)
        await asyncio.to_thread(_make_private, target)
    database = connect(url, foreign_keys=False)
    try:
        present = await revision(database)
        if present is None:
            await asyncio.to_thread(may_begin)
        if present != head():
            await _migrate(database)
    finally:
        await database.close()


async def reach(url: str) -> None:
    """Connect once and look. Raises StoreUnavailable; WrongUsage as `upgrade`."""
    database = connect(url)
    try:
        await revision(database)
    finally:
        await database.close()


async def revision(database: Database) -> str | None:
    """The revision that the tables have; None before the first.

    Raises StoreUnavailable; DatabaseDamaged where tables of the newest revision are gone: without
    them deliveries would be taken and never worked on.
    """
    with errors_of_store():
        async with database.reader.connect() as connection:
            return await connection.run_sync(_revision)


def is_new(file: Path) -> bool:
    """Whether SQLite has not written to it yet, or not to this one."""
    with suppress(OSError):
        return file.stat().st_size == 0
    return True


def _make_private(url: URL) -> None:
    """SQLite would make its file readable to all; its other files copy the mode of this one."""
    with errors_of_store():
        os.close(os.open(str(url.database), os.O_CREAT | os.O_RDWR, 0o600))


def _revision(connection: Connection) -> str | None:
    inspector = inspect(connection)
    if not inspector.has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    if revision is not None and revision > head():
        message = f"the database has tables of revision {revision}, this version knows {head()}"
        raise WrongUsage(message, next_step="Install the newer version again, or restore a backup.")
    gone = missing_tables(inspector.get_table_names())
    if revision == head() and gone:
        raise lacks_tables(gone)
    return revision


def missing_tables(names: Iterable[str]) -> list[str]:
    """Tables of this version that are not among the names, sorted."""
    return sorted(set(metadata.tables).difference(names))


def lacks_tables(gone: Sequence[str]) -> DatabaseDamaged:
    """What is raised where these tables are gone."""
    return DatabaseDamaged(f"the database lacks tables: {', '.join(gone)}")


async def _migrate(database: Database) -> None:
    """All in one transaction; whoever comes second finds nothing left to do."""
    with errors_of_store():
        async with database.writer.begin() as connection:
            if not database.is_sqlite:
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            await connection.run_sync(_run_alembic)


def _run_alembic(connection: Connection) -> None:
    # The one seam where Alembic is imported: it costs as much as all of a start without it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
