"""Whoever waits for many files sees how many are read; a script sees nothing of it."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime

from rich.console import Console

from core.jobs.kinds import EVIDENCE_PROCESS
from core.jobs.model import Audience, Job
from faultmaven.commands.file_progress import FileProgress, progress_console, show_progress
from storage.jobs.observer import JobCounts, JobOutcome

NOW = datetime(2026, 11, 20, tzinfo=UTC)
READING = Job(
    id="job_1",
    tenant_id="default",
    kind=EVIDENCE_PROCESS.name,
    lane="file:file_1",
    payload={"file_id": "file_1"},
    audience=Audience.WORKER,
    run_at=NOW,
    created_at=NOW,
)


def test_what_is_received_and_then_read_is_counted() -> None:
    progress = FileProgress(total=5_000, tally=JobCounts())
    progress.received = [1_000, 234]
    assert progress.line().plain == "received 1,234 of 5,000 files"
    progress.tally.ended(READING, JobOutcome.DONE, seconds=0.1)
    assert progress.line().plain == "reading 1,000 of 5,000 files"
    progress.received += [3_766]
    progress.tally.ended(READING, JobOutcome.DEAD, seconds=0.1)
    assert progress.line().plain == "reading 1,234 of 5,000 files"


def drawn(console: Console, *, lasting_s: float = 0.0) -> str:
    progress = FileProgress(total=3, tally=JobCounts(), received=[2])
    with show_progress(progress, console, line_every_s=0.01):
        time.sleep(lasting_s)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_on_a_terminal_a_line_is_drawn_and_erased() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    shown = drawn(console)
    assert "received 2 of 3 files" in shown
    assert shown.endswith(("\x1b[2K", "\x1b[?25h"))


def test_elsewhere_plain_lines_are_written_now_and_then() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=80)
    lines = drawn(console, lasting_s=0.2).splitlines()
    assert len(lines) > 1
    assert set(lines) == {"received 2 of 3 files"}


def test_what_is_read_soon_writes_no_line() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=80)
    with show_progress(FileProgress(total=3, tally=JobCounts()), console):
        pass
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""


def test_a_script_is_shown_nothing() -> None:
    assert progress_console(quiet=True).quiet
    console = Console(file=io.StringIO(), force_terminal=False, width=80, quiet=True)
    assert drawn(console, lasting_s=0.05) == ""
