"""Shows how many of many files have been read.

On a terminal it is one line, erased at the end; elsewhere a line now and then, as in a log.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from core.jobs.kinds import EVIDENCE_PROCESS
from storage.jobs.observer import JobCounts

if TYPE_CHECKING:
    from collections.abc import Iterator

REDRAWS_PER_S = 4.0
LINE_EVERY_S = 10.0  # where it is no terminal


@dataclass
class FileProgress:
    """How many of `total` files were received, and read.

    tally: counts of the jobs run. received: how many files came together, each time. One job reads
    those that came together, and jobs run in about the order in which their files came.
    """

    total: int
    tally: JobCounts
    received: list[int] = field(default_factory=list)

    def line(self) -> Text:
        received, read = sum(self.received), self._read()
        if received < self.total and not read:
            return Text(f"received {received:,} of {self.total:,} files")
        return Text(f"reading {read:,} of {self.total:,} files")

    def _read(self) -> int:
        ends = self.tally.ends.items()
        jobs = sum(count for (kind, _), count in ends if kind == EVIDENCE_PROCESS.name)
        return sum(self.received[:jobs])


@contextmanager
def show_progress(
    progress: FileProgress, console: Console, *, line_every_s: float = LINE_EVERY_S
) -> Iterator[FileProgress]:
    """Shows the progress line while the block runs; nothing on a quiet console."""
    if console.quiet:
        yield progress
        return
    if not console.is_terminal:
        with _lines(progress, console, every_s=line_every_s):
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


@contextmanager
def _lines(progress: FileProgress, console: Console, *, every_s: float) -> Iterator[None]:
    """A line every `every_s` seconds, written by a thread of its own."""
    is_over = Event()

    def write() -> None:
        while not is_over.wait(every_s):
            console.print(progress.line())

    writer = Thread(target=write, daemon=True)
    writer.start()
    try:
        yield
    finally:
        is_over.set()
        writer.join()


def progress_console(*, quiet: bool) -> Console:
    """A console on standard error. quiet: no progress, for output that a script reads."""
    return Console(stderr=True, quiet=quiet)
