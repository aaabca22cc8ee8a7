"""The page about backups, followed on real data: what was there before is there afterwards."""

from __future__ import annotations

import json
import sqlite3
import stat
from typing import TYPE_CHECKING, Any

import pytest

from storage.files.local import BLOB_NAME
from tests.docs.pages import FencedBlock, blocks
from tests.docs.shell import PageReader, reader
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = ROOT / "docs/how-to/back-up-and-restore.md"
BLOCKS = blocks(PAGE)
LOG = "faultmaven/recordings/ferry-bookings/files/booking-api/booking-api.log"
UP = FencedBlock(PAGE, 0, ("sh", "test", "background"), "faultmaven up")


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[PageReader]:
    with reader(tmp_path, {"BACKUP": str(tmp_path / "backup")}) as someone:
        yield someone


def follow(reading: PageReader, part: str) -> None:
    """The blocks of one part of the page, and what they must print."""
    follows = False
    for block in BLOCKS:
        if block.language == "sh":
            follows = block.task == f"test {part}"
        if follows:
            reading.follow(block)


def say(reading: PageReader, *lines: str) -> str:
    typed = "".join(f"{line}\n" for line in lines)
    return reading.run("faultmaven chat", where="chat", typed=typed)


def open_a_case(reading: PageReader) -> None:
    reading.run("faultmaven alert test", where="alert")
    assert "Connection pool exhausted" in say(reading, f"#1 evidence {LOG}")


def cases_of(reading: PageReader) -> Any:
    return json.loads(reading.run("faultmaven cases --json", where="cases"))


@pytest.mark.e2e
def test_a_running_installation_comes_back_from_its_backup(
    reading: PageReader, tmp_path: Path
) -> None:
    reading.follow(UP)
    open_a_case(reading)
    before = cases_of(reading), say(reading, "#1 report")
    follow(reading, "backup")
    is_one_state_and_all_of_it(tmp_path / "backup")
    say(reading, "open this one came after the backup")
    reading.stop()
    follow(reading, "restore")
    reading.follow(UP)
    follow(reading, "check")
    assert cases_of(reading) == before[0]
    assert _told(say(reading, "#1 report")) == _told(before[1])
    with sqlite3.connect(tmp_path / "data.before-restore" / "faultmaven.db") as old:
        assert old.execute("select count(*) from cases").fetchone() == (2,)


def is_one_state_and_all_of_it(backup: Path) -> None:
    assert stat.S_IMODE((backup / "faultmaven.db").stat().st_mode) == 0o600
    with sqlite3.connect(backup / "faultmaven.db") as copy:
        (events,) = copy.execute("select max(seq) from case_events").fetchone()
        (version,) = copy.execute("select version from cases").fetchone()
        blobs = {blob for (blob,) in copy.execute("select blob from files")}
    assert events == version
    kept = {path.name for path in (backup / "files").rglob("*") if path.is_file()}
    assert {name for name in kept if BLOB_NAME.fullmatch(name)} == blobs
    assert {path.name for path in backup.iterdir()} == {"faultmaven.db", "secret.key", "files"}


def _told(report: str) -> str:
    """The report without how long ago everything was."""
    return report.partition("## Evidence")[2]
