"""`faultmaven doctor` on installations that are broken for real, each in one way.

As a process where one of them is whole and one is not; the others need no process to be examined.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from core.redaction.engine import Redactor
from storage.database import open_store
from tests.faultmaven.program import ProgramRun, faultmaven, in_this_process
from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.disks import a_small_disk, damage
from tests.journeys.operator import an_operator
from tests.journeys.up import Up, up_in
from webhooks.alertmanager import PATH

pytestmark = pytest.mark.e2e
of_module = pytest.mark.asyncio(loop_scope="module")

LOG = Path(__file__).parents[2] / "faultmaven/recordings/ferry-bookings/files/deploys/deploys.log"
ALERT = Path(__file__).parents[1] / "recordings/alertmanager/single_firing.json"
GOOD = "a-long-enough-secret-with-many-characters"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of one that has a case with a file, and is stopped."""
    folder = tmp_path_factory.mktemp("whole")
    async with up_in(folder) as up, an_operator(up) as operator:
        await operator.say("open checkout is slow")
        await operator.drop(LOG, case=1)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        delivered = await operator.client.post(PATH, content=ALERT.read_bytes(), headers=headers)
        assert delivered.is_success
        await operator.settled()
    return folder / "data"


@pytest.fixture
def broken(installation: Path, tmp_path: Path) -> Path:
    """A folder with a copy of it, to be broken."""
    shutil.copytree(installation, tmp_path / "data")
    return tmp_path


def sql(statement: str, *values: object) -> Callable[[Path], None]:
    """Changes the database as somebody with access to the disk would."""

    def change(data: Path) -> None:
        with closing(sqlite3.connect(data / "faultmaven.db")) as connection, connection:
            assert connection.execute(statement, values).rowcount > 0

    return change


def changed(statement: str) -> Callable[[Path], None]:
    """As `sql`, of a statement that changes the tables themselves."""

    def change(data: Path) -> None:
        with closing(sqlite3.connect(data / "faultmaven.db")) as connection, connection:
            connection.execute(statement)

    return change


def pages(*names: str) -> Callable[[Path], None]:
    return lambda data: damage(data / "faultmaven.db", *names)


def mode(name: str, bits: int) -> Callable[[Path], None]:
    return lambda data: (data / name).chmod(bits)


def flip_an_original(data: Path) -> None:
    (original,) = [
        path for path in data.glob("files/*/*/*") if path.is_file() and len(path.name) == 64
    ]
    content = bytearray(original.read_bytes())
    content[-20] ^= 1
    original.write_bytes(content)


def flip_a_table(data: Path) -> None:
    (table,) = data.glob("files/*/derived/*/events.parquet")
    content = table.read_bytes()
    middle = len(content) // 3
    table.write_bytes(content[:middle] + bytes(range(64)) + content[middle + 64 :])


def no_originals(data: Path) -> None:
    shutil.rmtree(data / "files")


def flip_its_key(data: Path) -> None:
    (key,) = [path for path in data.glob("files/*/*/*.keys/*") if not path.name.startswith(".")]
    slot = bytearray(key.read_bytes())
    slot[-20] ^= 1
    key.write_bytes(slot)


def another_secret(data: Path) -> None:
    (data / "secret.key").write_text("another secret of another installation")


def bytes_for_a_secret(data: Path) -> None:
    (data / "secret.key").write_bytes(b"\xff\xfe\0" * 12)


def no_table(data: Path) -> None:
    with closing(sqlite3.connect(data / "faultmaven.db")) as connection, connection:
        connection.execute("DROP TABLE case_events")


def no_secret(data: Path) -> None:
    (data / "secret.key").unlink()


def from_tomorrow(data: Path) -> None:
    later = time.time() + 86_400
    os.utime(data / "faultmaven.db", (later, later))


def overwrite_the_head(data: Path) -> None:
    with (data / "faultmaven.db").open("r+b") as file:
        file.write(b"garbage, " * 400)


def tables_to_be_read(data: Path) -> None:
    data.chmod(0o711)
    (data / "faultmaven.db").chmod(0o644)


def nothing(_: Path) -> None:
    """The fault is in the settings."""


@dataclass(frozen=True)
class Broken:
    """How it is broken, and what `doctor` has to name: the fault, and the next step."""

    fault: str
    step: str
    breaks: Callable[[Path], None] = nothing
    settings: dict[str, str] = field(default_factory=dict)


ALERTS = "FAULTMAVEN_ALERTMANAGER_TOKEN"
PAGES = "FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS"
BACKUP = "restore the newest backup"
BROKEN = {
    "a garbled table": Broken("integrity: the database is damaged", BACKUP, pages("case_events")),
    "a garbled index": Broken(
        "integrity: the database is damaged", BACKUP, pages("ix_deliveries_received_at")
    ),
    "a garbled first page": Broken("database", BACKUP, overwrite_the_head),
    "no table of events": Broken("the database lacks tables: case_events", BACKUP, no_table),
    "a secret that is no text": Broken(
        "secret.key is no text", "FAULTMAVEN_SECRET_KEY", bytes_for_a_secret
    ),
    "a reference to nothing": Broken(
        "refers to a row of",
        BACKUP,
        sql("UPDATE case_events SET case_id = 'case_none' WHERE rowid = 1"),
    ),
    "a changed event": Broken(
        "event 1 of", BACKUP, sql("UPDATE case_events SET actor = 'eve' WHERE seq = 1")
    ),
    "a removed last event": Broken(
        "the last events are missing",
        BACKUP,
        sql("DELETE FROM case_events WHERE seq = (SELECT max(seq) FROM case_events)"),
    ),
    "a changed text": Broken(
        "a text of it was changed",
        BACKUP,
        sql("UPDATE texts SET text = 'so it was' WHERE rowid = (SELECT min(rowid) FROM texts)"),
    ),
    "a changed case": Broken(
        "the case is not what its events amount to",
        BACKUP,
        sql("UPDATE cases SET number = number, owner = 'eve'"),
    ),
    "a changed finding": Broken(
        "what was found in e1 was changed",
        BACKUP,
        sql("""UPDATE findings SET body = replace(body, '"count":', '"count":1')"""),
    ),
    "a removed finding": Broken(
        "what was found in e1 was changed", BACKUP, sql("DELETE FROM findings WHERE position = 0")
    ),
    "a missing index": Broken(
        "integrity: the database lacks: index uq_jobs_pending_once",
        BACKUP,
        changed("DROP INDEX uq_jobs_pending_once"),
    ),
    "a missing column": Broken(
        "integrity: the database lacks: column cases.owner",
        BACKUP,
        changed("ALTER TABLE cases DROP COLUMN owner"),
    ),
    "a severity that nobody writes": Broken(
        "events: a row of the database names no Severity that we write",
        BACKUP,
        sql("UPDATE cases SET severity = 'low' WHERE number = 1"),
    ),
    "a type of data that nobody writes": Broken(
        "originals: a row of the database names no DataType that we write",
        BACKUP,
        sql("UPDATE files SET data_type = 'note'"),
    ),
    "a changed count of a file": Broken(
        "what is kept of e1 was changed", BACKUP, sql("UPDATE files SET lines = lines + 1")
    ),
    "another sender of a file": Broken(
        "what is kept of e1 was changed", BACKUP, sql("UPDATE files SET received_from = 'eve'")
    ),
    "another service of a file": Broken(
        "what is kept of e1 was changed", BACKUP, sql("UPDATE files SET service = 'billing'")
    ),
    "a changed sealed value": Broken(
        "sealing: rows that do not open here: 1 of ",
        "FAULTMAVEN_SECRET_KEY",
        sql(
            """UPDATE deliveries SET "group" = substr("group", 1, 20) || 'AAAA' ||"""
            """ substr("group", 25)"""
        ),
    ),
    "a changed original": Broken("originals: ", "Restore the folder", flip_an_original),
    "a changed key of an original": Broken("originals: ", "Restore the folder", flip_its_key),
    "a changed table of events": Broken(
        "events: damaged tables of events: e1 deploys.log", "evidence again", flip_a_table
    ),
    "no originals": Broken("are named and not there", "Restore the folder", no_originals),
    "another secret": Broken("is sealed under the secret", "secret.key", another_secret),
    "no secret": Broken("neither FAULTMAVEN_SECRET_KEY nor", "FAULTMAVEN_SECRET_KEY", no_secret),
    "a folder for all": Broken("others can change", "chmod 700", mode(".", 0o777)),
    "a folder to be read": Broken("others can read", "chmod 700", mode(".", 0o755)),
    "originals for all": Broken("others can change", "chmod 700", mode("files", 0o777)),
    "a key to be read": Broken("secret.key (mode 0644)", "chmod 600", mode("secret.key", 0o644)),
    "tables to be read": Broken("faultmaven.db (mode 0644)", "chmod 600", tables_to_be_read),
    "a restored database to be read": Broken(
        "faultmaven.db (mode 0644)", "chmod 600", mode("faultmaven.db", 0o644)
    ),
    "a token of one character": Broken(
        f"secrets: {ALERTS} has 1 character", "secrets.token_urlsafe", settings={ALERTS: "x"}
    ),
    "a token of repeats": Broken(
        f"secrets: {ALERTS} repeats", "secrets.token_urlsafe", settings={ALERTS: "ab" * 20}
    ),
    "a token of one text twice": Broken(
        f"secrets: {ALERTS} repeats one text",
        "secrets.token_urlsafe",
        settings={ALERTS: "nightshift-9nightshift-9"},
    ),
    "a token of an example": Broken(
        f"secrets: {ALERTS} is made of an example's words",
        "secrets.token_urlsafe",
        settings={ALERTS: "change-me-in-production"},
    ),
    "a token along the keyboard": Broken(
        f"secrets: {ALERTS} follows the alphabet or a keyboard",
        "secrets.token_urlsafe",
        settings={ALERTS: "qwertyuiopasdf12"},
    ),
    "a short secret of PagerDuty": Broken(
        f"a secret of {PAGES} has 5 characters",
        "secrets.token_urlsafe",
        settings={PAGES: f"{GOOD},short"},
    ),
    "a short key": Broken(
        "FAULTMAVEN_SECRET_KEY: needs at least 32", ".env", settings={"FAULTMAVEN_SECRET_KEY": "x"}
    ),
    "a clock that is behind": Broken("clock: ", "timedatectl", from_tomorrow),
}


def doctor(folder: Path, **settings: str) -> ProgramRun:
    return in_this_process("doctor", folder=folder, settings=settings)


async def doctor_beside_us(folder: Path, **settings: str) -> ProgramRun:
    return await asyncio.to_thread(doctor, folder, **settings)


def bad(ran: ProgramRun) -> str:
    """Lines of faults, each with its next step."""
    lines = ran.out.splitlines()
    return "\n".join(
        f"{line}\n{step}"
        for line, step in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("BAD")
    )


async def test_a_whole_one_is_well(broken: Path) -> None:
    ran = await faultmaven("doctor", folder=broken)
    assert bad(ran) == ""
    assert ran.code == 0
    assert "ok  originals: open: all well (1 originals)" in ran.out
    assert "ok  events: unbroken in all cases (2)" in ran.out


async def test_a_process_says_the_same_and_ends_with_its_code(broken: Path) -> None:
    case = BROKEN["a garbled table"]
    case.breaks(broken / "data")
    names_the_fault(await faultmaven("doctor", folder=broken), case)


@pytest.mark.parametrize("name", BROKEN)
def test_the_fault_and_the_next_step_are_named(broken: Path, name: str) -> None:
    case = BROKEN[name]
    case.breaks(broken / "data")
    names_the_fault(doctor(broken, **case.settings), case)


def names_the_fault(ran: ProgramRun, case: Broken) -> None:
    assert ran.code == 1, ran.out
    assert case.fault in bad(ran), ran.out + ran.err
    assert case.step in bad(ran)
    assert Redactor(b"of a log").clean(ran.out).text == ran.out, "a log keeps every word of it"
    for secret in case.settings.values():
        assert len(secret) < 10 or secret not in ran.out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run something as root")
def test_a_server_that_runs_as_root_is_a_warning(broken: Path) -> None:
    ran = doctor(broken)
    assert ran.code == 0
    assert "WARN account: the owner of the data directory is root" in ran.out
    assert "→ Give it an account of its own" in ran.out


async def test_indexes_of_postgresql_are_looked_at_where_it_can(
    tmp_path: Path, fresh_postgres_url: str
) -> None:
    settings = {
        "FAULTMAVEN_DATABASE_URL": fresh_postgres_url.replace("+asyncpg", ""),
        "FAULTMAVEN_SECRET_KEY": GOOD,
    }
    ran = await doctor_beside_us(tmp_path, **settings)
    assert "ok  integrity: not looked at: PostgreSQL has no amcheck here" in ran.out
    async with open_store(fresh_postgres_url) as store, store.database.writing() as work:
        query = "SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'"
        if (await work.execute(text(query))).first() is None:
            return  # the PostgreSQL of a wheel has none
        await work.execute(text("CREATE EXTENSION amcheck"))
    ran = await doctor_beside_us(tmp_path, **settings)
    assert "ok  integrity: indexes: all well (" in ran.out
    assert ran.code == 0, ran.out


def test_little_room_is_named(broken: Path) -> None:
    with a_small_disk() as disk:
        shutil.copytree(broken / "data", disk.folder / "data")
        ran = doctor(disk.folder)
        if disk.is_mounted:
            assert "BAD disk: " in bad(ran)
            assert "Free some space" in bad(ran)
            assert ran.code == 1


@pytest.mark.parametrize("command", ["doctor", "cases"])
def test_a_read_only_disk_is_no_server_that_is_not_there(broken: Path, command: str) -> None:
    with a_small_disk() as disk:
        shutil.copytree(broken / "data", disk.folder / "data")
        if not disk.is_mounted:
            return
        disk.forbid_writes()
        ran = in_this_process(command, folder=disk.folder)
        assert ran.code == 1
        assert "the database is read-only: " in ran.out + ran.err
        assert "mounted read-only" in ran.out + ran.err
        assert "Start the server of" not in ran.out + ran.err
        if command == "doctor":
            assert "is on a read-only disk" in bad(ran)
            assert "pages: not looked at: unable to open" in ran.out


def test_files_that_lie_on_a_read_only_disk_of_their_own_are_named(broken: Path) -> None:
    with a_small_disk() as disk:
        files = broken / "data" / "files"
        if not disk.is_mounted:
            return
        disk.forbid_writes()
        files.rename(files.with_name("elsewhere"))
        files.symlink_to(disk.folder)
        ran = doctor(broken)
        assert ran.code == 1
        assert f"BAD disk: {files} is on a read-only disk" in bad(ran)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    """A running one, which each test leaves as it was."""
    async with up_in(tmp_path_factory.mktemp("up")) as up:
        yield up


async def is_well(up: Up) -> bool:
    return f"ok  server: running at {up.url}" in (await doctor_beside_us(up.folder)).out


@of_module
async def test_a_server_that_does_not_answer_is_no_server_that_is_not_there(up: Up) -> None:
    assert await is_well(up)
    up.send(signal.SIGSTOP)
    try:
        ran = await doctor_beside_us(up.folder)
    finally:
        up.send(signal.SIGCONT)
    assert "holds the data directory, and does not answer" in bad(ran)
    assert "kill " in bad(ran)
    assert ran.code == 1


@of_module
async def test_a_server_that_is_not_ready_says_why(up: Up) -> None:
    async def is_named() -> bool:
        ran = await doctor_beside_us(up.folder)
        return "server: running at" in bad(ran) and "not ready: database" in bad(ran)

    up.limit_file_size(1)
    await until(is_named)
    up.limit_file_size(resource.RLIM_INFINITY)
    await until(lambda: is_well(up))
