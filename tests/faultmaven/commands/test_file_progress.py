"""Whoever waits for many files sees how many are read; a script sees nothing of it."""

from __future__ import annotations

import io
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
    progress.received = 1_234
    assert progress.line().plain == "1,234 of 5,000 files received"
    progress.received = 5_000
    progress.tally.ended(READING, JobOutcome.DONE, seconds=0.1)
    progress.tally.ended(READING, JobOutcome.DEAD, seconds=0.1)
    assert progress.line().plain == "2 of 5,000 files read"


def drawn(*, is_terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=is_terminal, width=80)
    with show_progress(FileProgress(total=3, tally=JobCounts()), console):
        pass
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_it_is_drawn_on_a_terminal_alone() -> None:
    assert "0 of 3 files received" in drawn(is_terminal=True)
    assert drawn(is_terminal=False) == ""


def test_a_script_is_shown_nothing() -> None:
    assert not progress_console(quiet=True).is_terminal
