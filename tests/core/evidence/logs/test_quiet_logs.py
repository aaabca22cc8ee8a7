from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.evidence.logs.changes import ChangeFinder
from core.evidence.logs.quiet_logs import BEGUN, MOST_LINES
from core.evidence.logs.templates import mine_templates
from core.evidence.model import PlainFile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit

NIGHT = "2026-11-17 02:00:00 nightly[4] begin"
DONE = "2026-11-17 02:00:09 nightly[4] slut, 0 rader"


def begun(path: Path, *lines: str) -> list[int]:
    path.write_text("\n".join(lines) + "\n")
    finder = ChangeFinder()
    reference = datetime(2026, 11, 17, 12, tzinfo=UTC)
    mine_templates(PlainFile(path), reference=reference, watch=finder.watch)
    return [change.line for change in finder.found() if change.signals == (BEGUN,)]


def test_what_breaks_the_silence_of_a_log_is_a_change(tmp_path: Path) -> None:
    again = "2026-11-17 11:30:00 nightly[9] start okres 2026-10 av mwilk"
    assert begun(tmp_path / "jobs.log", NIGHT, DONE, again, DONE.replace("02:00", "11:30")) == [3]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("2026-11-17 11:30:00 ERROR cannot reach the share", id="a complaint"),
        pytest.param("2026-11-17 02:04:00 nightly[5] begin", id="no silence"),
        pytest.param("[2026-11-17 11:30:00] <ann> good morning, coffee anyone?", id="chatter"),
    ],
)
def test_nothing_begins_with_it(line: str, tmp_path: Path) -> None:
    assert begun(tmp_path / "jobs.log", NIGHT, line) == []


def test_a_log_of_many_lines_is_not_quiet(tmp_path: Path) -> None:
    busy = [f"2026-11-17 02:00:{n % 60:02} request {n} served" for n in range(MOST_LINES)]
    assert begun(tmp_path / "app.log", *busy, "2026-11-17 11:30:00 request 99 served") == []


def test_a_known_change_keeps_its_name(tmp_path: Path) -> None:
    deploy = "2026-11-17 11:30:00 deploy service=rates version=2.8.0 status=finished"
    assert begun(tmp_path / "ops.log", NIGHT, deploy) == []
