"""A lost database is not replaced in silence while what its cases hold is still there."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import DatabaseLost
from faultmaven.operator_endpoint import LOCK
from faultmaven.settings import Settings
from faultmaven.wiring import prepare_database, wire
from storage.database import open_store
from tests.core.alerts.desk import a_body, an_alert
from tests.databases import a_database
from tests.faultmaven.commands.failures import a_delivery
from tests.faultmaven.commands.test_evidence import a_file
from tests.faultmaven.program import in_this_process

pytestmark = pytest.mark.integration

Loss = Callable[[Path], None]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of one that has a case with a file, and is stopped."""
    folder = tmp_path_factory.mktemp("whole") / "data"

    async def fill() -> None:
        async with wire(Settings(data_dir=folder)) as house:
            await a_delivery(house, body=a_body(an_alert()))
            await a_file(house)

    asyncio.run(fill())
    return folder


@pytest.fixture
def data(installation: Path, tmp_path: Path) -> Path:
    """A copy of it, to be broken."""
    return shutil.copytree(installation, tmp_path / "data")


def remove(data: Path) -> None:
    for file in data.glob("faultmaven.db*"):
        file.unlink()


def empty(data: Path) -> None:
    remove(data)
    (data / "faultmaven.db").touch(mode=0o600)


def take_tables(data: Path) -> None:
    """A database that has a page, and nothing on it."""
    remove(data)
    with closing(sqlite3.connect(data / "faultmaven.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def remove_with_secret(data: Path) -> None:
    remove(data)
    (data / "secret.key").unlink()


LOSSES: dict[Loss, str] = {
    remove: "faultmaven.db is gone, and",
    empty: "faultmaven.db is empty, and",
    take_tables: "faultmaven.db is empty, and",
    remove_with_secret: "secret.key is there, and originals in",  # pragma: allowlist secret
}


@pytest.mark.parametrize("loss", LOSSES)
def test_nothing_begins_in_its_place(data: Path, loss: Loss) -> None:
    loss(data)
    before = {path.name: path.stat().st_size for path in data.iterdir()}
    for command in ("migrate", "cases", "doctor"):
        ran = in_this_process(command, folder=data.parent)
        assert ran.code == 1
        assert LOSSES[loss] in ran.out + ran.err
        assert "back-up-and-restore.md" in ran.out + ran.err
        assert "faultmaven migrate --begin-anew" in ran.out + ran.err
    assert {path.name: path.stat().st_size for path in data.iterdir()} == before


@pytest.mark.parametrize("loss", LOSSES)
def test_who_says_so_begins_anew(data: Path, loss: Loss) -> None:
    loss(data)
    assert in_this_process("migrate", "--begin-anew", folder=data.parent).code == 0
    assert in_this_process("cases", "--json", folder=data.parent).document == []


def test_a_journal_without_its_database_tells_that_there_was_one(tmp_path: Path) -> None:
    (tmp_path / "faultmaven.db-wal").write_bytes(b"pages")
    with pytest.raises(DatabaseLost, match=r"its journal .*-wal is still there"):
        asyncio.run(prepare_database(Settings(data_dir=tmp_path)))


@pytest.mark.parametrize("leaves", ["", "secret.key", "faultmaven.db", "files/local"])
def test_a_fresh_installation_begins_by_itself(tmp_path: Path, leaves: str) -> None:
    """Also after one that was cut off, or where its secret was put there before."""
    if leaves.startswith("files"):
        (tmp_path / leaves).mkdir(parents=True)
    elif leaves:
        (tmp_path / leaves).write_text("k" * 32 if leaves == "secret.key" else "")
    asyncio.run(prepare_database(Settings(data_dir=tmp_path)))


async def test_an_emptied_postgresql_is_no_new_installation(data: Path, postgres_url: str) -> None:
    async with a_database(postgres_url) as url:
        settings = Settings(data_dir=data, database_url=url)
        with pytest.raises(DatabaseLost, match=r"the database has no tables, and .* originals"):
            await prepare_database(settings)
        async with open_store(url) as store, store.database.reading() as work:
            count = text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            assert (await work.execute(count)).scalar_one() == 0
        await prepare_database(settings, begin_anew=True)


def test_what_a_server_holds_is_not_begun_anew_by_a_check(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    in_this_process("migrate", folder=tmp_path)
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "faultmaven.db").unlink()
        ran = in_this_process("doctor", folder=tmp_path)
    assert ran.code == 1
    assert "faultmaven.db was deleted while FaultMaven runs on it" in ran.out + ran.err
    assert not (folder / "faultmaven.db").exists()
