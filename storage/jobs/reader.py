"""A process that reads the files of one case, as its parent sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from core.errors import OutOfLimits, Overloaded
from storage.jobs.child import Assignment, ExtractionAnswer, Request, read_answer, write

if TYPE_CHECKING:
    from asyncio.subprocess import Process

ROOT = Path(__file__).parents[2]
KEPT_VARIABLES = (
    *("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "POLARS_MAX_THREADS"),
    "TESSDATA_PREFIX",  # where Tesseract has what it knows of letters
    "PYTHONPYCACHEPREFIX",  # where the bytecode lies that saves it seconds
)
WATCH_S = 0.05
MAX_ANSWER = 64 * 2**20
# What one reader may become before another takes over: its libraries give back little memory.
GROWN = 300 * 2**20
# By whom a child was stopped that we did not stop: the kernel, out of memory or CPU seconds.
LIMIT_SIGNALS = {-signal.SIGKILL, -signal.SIGXCPU}


@dataclass(frozen=True, kw_only=True)
class ReaderLimits:
    """What one file may cost: seconds on the wall, bytes of resident memory.

    files: how many one reader reads; to start another costs as much as a hundred small files.
    """

    seconds: float = 120.0
    memory: int = 1024 * 2**20
    files: int = 5_000


class Reader:
    """Reads one file at a time, of the case whose key it was started with, under limits."""

    def __init__(self, process: Process, assignment: Assignment) -> None:
        self.case_key = bytes.fromhex(assignment.case_key)
        self.files = 0
        self._process = process
        self._assignment = assignment
        self._answered = True

    @classmethod
    async def start(cls, assignment: Assignment) -> Reader:
        """Start a process that has no setting and no secret but the keys of the case and its files.

        Raises Overloaded.
        """
        reader = cls(await _start(), assignment)
        reader._send(assignment)
        return reader

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def fit(self) -> bool:
        """True if the process may read another file: not after a failure, an excess or its last."""
        return (
            self._answered
            and self._process.returncode is None
            and self.files < self._assignment.files
            and _resident(self.pid) < GROWN
        )

    async def read(self, request: Request) -> ExtractionAnswer:
        """Raises OutOfLimits where it takes too long. A reader that did not answer is not fit."""
        self.files += 1
        self._answered = False
        asking = asyncio.create_task(self._ask(request))
        growing = asyncio.create_task(_outgrow(self.pid, self._assignment.memory))
        try:
            await asyncio.wait(
                {asking, growing},
                timeout=self._assignment.seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            return self._outcome(asking, growing)
        finally:
            asking.cancel()
            growing.cancel()
            await asyncio.wait({asking, growing})

    async def end(self) -> None:
        """End the process at once, whatever it is doing. Leaves no process and no open pipe."""
        with suppress(ProcessLookupError):
            self._process.kill()
        if self._process.stdin:
            self._process.stdin.close()
        await self._process.communicate()

    def _send(self, document: Assignment | Request) -> None:
        assert self._process.stdin  # noqa: S101 - it is a pipe
        self._process.stdin.write(write(document))

    async def _ask(self, request: Request) -> ExtractionAnswer:
        assert self._process.stdin  # noqa: S101 - both are pipes
        assert self._process.stdout  # noqa: S101
        try:
            with suppress(ConnectionError):  # it died at once: its exit code tells more
                self._send(request)
                await self._process.stdin.drain()
            line = await self._process.stdout.readline()
        except ValueError:
            return ExtractionAnswer(problem="more was found than can be kept", out_of_limits=True)
        if line.endswith(b"\n"):
            with suppress(ValidationError):
                return read_answer(line)
        return _last_words(await self._process.wait())

    def _outcome(
        self, asking: asyncio.Task[ExtractionAnswer], growing: asyncio.Task[None]
    ) -> ExtractionAnswer:
        if asking.done():
            answer = asking.result()
            self._answered = answer.extraction is not None
            return answer
        if growing.done():
            problem = f"reading needs more than {self._assignment.memory // 2**20} MiB of memory"
            return ExtractionAnswer(problem=problem, out_of_limits=True)
        message = f"reading takes longer than {self._assignment.seconds:g} s"
        raise OutOfLimits(message)


async def _start() -> Process:
    # -P: what lies in the working directory must not be imported; ROOT is where we come from.
    # One thread of polars: a log is read no slower, in a third less memory, and threads that wait
    # for each other's crumbs of small files take as long as the work itself.
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    environment = {"POLARS_MAX_THREADS": "1", **kept}
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "storage.jobs.child"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # a library's last words may quote the file
            limit=MAX_ANSWER,
            env={**environment, "PYTHONPATH": str(ROOT)},
            start_new_session=True,  # Ctrl-C in a terminal is ours to handle
        )
    except OSError as error:
        message = f"cannot start a process to read a file: {error.strerror}"
        raise Overloaded(message) from error


def _last_words(code: int) -> ExtractionAnswer:
    if code in LIMIT_SIGNALS:
        return ExtractionAnswer(
            problem="the system stopped the reading, as too costly", out_of_limits=True
        )
    ending = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return ExtractionAnswer(problem=f"the extractor crashed ({ending})")


async def _outgrow(pid: int, memory: int) -> None:
    """Returns when the process has more than `memory` bytes resident.

    An address space limit cannot do this: polars reserves far more than it ever touches.
    """
    while True:  # the kernel tells nobody
        await asyncio.sleep(WATCH_S)  # first: most files are read by then
        if _resident(pid) > memory:
            return


def _resident(pid: int) -> int:
    """Bytes in memory; 0 where the process is gone, or the system has no /proc."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
