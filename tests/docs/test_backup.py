"""The page about backups, followed on real data: what was there before is there afterwards."""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.pages import Block, blocks
from tests.docs.shell import Reader, reader
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = ROOT / "docs/how-to/back-up-and-restore.md"
BLOCKS = blocks(PAGE)
LOG = "faultmaven/recordings/ferry-bookings/files/booking-api/booking-api.log"
UP = Block(PAGE, 0, ("sh", "test", "background"), "faultmaven up")


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reader]:
    with reader(tmp_path, {"BACKUP": str(tmp_path / "backup")}) as someone:
        yield someone


def follow(reading: Reader, part: str) -> None:
    """The blocks of one part of the page, and what they must print."""
    follows = False
    for block in BLOCKS:
        if block.language == "sh":
            follows = block.task == f"test {part}"
        if follows:
            reading.follow(block)


def say(reading: Reader, *lines: str) -> str:
    typed = "".join(f"{line}\n" for line in lines)
    return reading.run("faultmaven chat", where="chat", typed=typed)


def open_a_case(reading: Reader) -> None:
    reading.run("faultmaven alert test", where="alert")
    assert "Connection pool exhausted" in say(reading, f"#1 evidence {LOG}")


def cases_of(reading: Reader) -> Any:
    return json.loads(reading.run("faultmaven cases --json", where="cases"))


@pytest.mark.e2e
def test_a_running_sqlite_installation_comes_back_from_its_backup(
    reading: Reader, tmp_path: Path
) -> None:
    reading.follow(UP)
    open_a_case(reading)
    before = cases_of(reading), say(reading, "#1 report")
    follow(reading, "backup")
    say(reading, "open this one came after the backup")
    reading.stop()
    shutil.rmtree(tmp_path / "data")
    follow(reading, "restore")
    reading.follow(UP)
    follow(reading, "check")
    assert cases_of(reading) == before[0]
    assert _told(say(reading, "#1 report")) == _told(before[1])


@pytest.mark.e2e
def test_what_a_backup_holds_is_one_state_while_the_server_writes(
    reading: Reader, tmp_path: Path
) -> None:
    reading.follow(UP)
    open_a_case(reading)
    follow(reading, "backup")
    with sqlite3.connect(tmp_path / "backup" / "faultmaven.db") as copy:
        (events,) = copy.execute("select max(seq) from case_events").fetchone()
        (version,) = copy.execute("select version from cases").fetchone()
    assert events == version
    assert {path.name for path in (tmp_path / "backup").iterdir()} == {
        "faultmaven.db",
        "secret.key",
        "files",
    }


@pytest.mark.e2e
def test_a_restore_keeps_what_was_there(reading: Reader, tmp_path: Path) -> None:
    reading.follow(UP)
    open_a_case(reading)
    follow(reading, "backup")
    reading.stop()
    follow(reading, "restore")
    assert (tmp_path / "data.before-restore" / "faultmaven.db").exists()


def _told(report: str) -> str:
    """The report without how long ago everything was."""
    return report.partition("## Evidence")[2]
