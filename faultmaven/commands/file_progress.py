"""Shows how many of many files have been read: one line on a terminal, erased at the end."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from core.jobs.kinds import EVIDENCE_PROCESS
from storage.jobs.observer import JobCounts

if TYPE_CHECKING:
    from collections.abc import Iterator

REDRAWS_PER_S = 4.0


@dataclass
class FileProgress:
    """How many of `total` files were received, and then read. tally: counts of the jobs run."""

    total: int
    tally: JobCounts
    received: int = 0

    def line(self) -> Text:
        if self.received < self.total:
            return Text(f"{self.received:,} of {self.total:,} files received")
        return Text(f"{self._read():,} of {self.total:,} files read")

    def _read(self) -> int:
        ends = self.tally.ends.items()
        return sum(count for (kind, _), count in ends if kind == EVIDENCE_PROCESS.name)


@contextmanager
def show_progress(progress: FileProgress, console: Console) -> Iterator[FileProgress]:
    """Redraws the progress line while the block runs; prints nothing where it is no terminal."""
    if not console.is_terminal:
        yield progress
        return
    with Live(
        get_renderable=progress.line,
        console=console,
        refresh_per_second=REDRAWS_PER_S,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield progress


def progress_console(*, quiet: bool) -> Console:
    """A console on standard error. quiet: no progress, for output that a script reads."""
    return Console(stderr=True, force_terminal=False if quiet else None)
