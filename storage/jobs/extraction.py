"""How is a file read away from the loop that answers people? One process a file, under limits."""

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

from core.errors import OutOfLimits, Overloaded, UnreadableEvidence
from storage.jobs.child import PIPELINE, Answer, Request, answer_to, read_answer, write_request

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from core.evidence.model import Extraction

ROOT = Path(__file__).parents[2]
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "POLARS_MAX_THREADS")
WATCH_S = 0.05
MAX_ANSWER = 64 * 2**20
# By whom a child was stopped that we did not stop: the kernel, out of memory or CPU seconds.
LIMIT_SIGNALS = {-signal.SIGKILL, -signal.SIGXCPU}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one file may cost: seconds on the wall, bytes of resident memory."""

    seconds: float = 120.0
    memory: int = 1024 * 2**20


class SpawnedRunner:
    """Reads each file in a fresh process, which sees no setting and no secret but the case's key.

    `entry` is the `module:function` that it calls. How many run at a time is up to the caller.
    """

    def __init__(self, *, limits: Limits | None = None, entry: str = PIPELINE) -> None:
        self._limits = limits or Limits()
        self._entry = entry

    async def extract(
        self, path: Path, *, name: str, service: str | None, case_key: bytes
    ) -> Extraction:
        limits = self._limits
        request = Request(
            entry=self._entry,
            path=str(path),
            name=name,
            service=service,
            case_key=case_key.hex(),
            seconds=limits.seconds,
            memory=limits.memory,
        )
        process = await _start()
        asking = asyncio.create_task(_ask(process, request))
        growing = asyncio.create_task(_outgrow(process.pid, limits.memory))
        try:
            await asyncio.wait(
                {asking, growing}, timeout=limits.seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if asking.done():
                return _unwrap(asking.result())
            raise OutOfLimits(_limit_reached(limits, by_memory=growing.done()))
        finally:
            growing.cancel()
            await _end(process, asking)


class InProcessRunner:
    """Reads each file where it is called, without limits: for the simulation and small tests."""

    def __init__(self, *, entry: str = PIPELINE) -> None:
        self._entry = entry

    async def extract(
        self, path: Path, *, name: str, service: str | None, case_key: bytes
    ) -> Extraction:
        request = Request(
            entry=self._entry, path=str(path), name=name, service=service, case_key=case_key.hex()
        )
        return _unwrap(answer_to(request))


async def _start() -> Process:
    # -P: what lies in the working directory must not be imported; ROOT is where we come from.
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "storage.jobs.child"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # a library's last words may quote the file
            env={**environment, "PYTHONPATH": str(ROOT)},
            start_new_session=True,  # Ctrl-C in a terminal is ours to handle
        )
    except OSError as error:
        message = f"cannot start a process to read a file: {error.strerror}"
        raise Overloaded(message) from error


async def _ask(process: Process, request: Request) -> Answer:
    """Send the request, and wait for the answer and the end of the process."""
    assert process.stdin  # noqa: S101 - both are pipes
    assert process.stdout  # noqa: S101
    with suppress(ConnectionError):  # it died at once: its exit code tells more
        process.stdin.write(write_request(request))
        await process.stdin.drain()
    document = bytearray()
    while more := await process.stdout.read(2**16):
        document += more
        if len(document) > MAX_ANSWER:
            return Answer(problem="more was found than can be kept", out_of_limits=True)
    return _read(bytes(document), code=await process.wait())


def _read(document: bytes, *, code: int) -> Answer:
    if code == 0:
        with suppress(ValidationError):
            return read_answer(document)
    if code in LIMIT_SIGNALS:
        return Answer(problem="the system stopped the reading, as too costly", out_of_limits=True)
    ending = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return Answer(problem=f"the extractor crashed ({ending})")


def _unwrap(answer: Answer) -> Extraction:
    if answer.extraction is not None:
        return answer.extraction
    raise (OutOfLimits if answer.out_of_limits else UnreadableEvidence)(answer.problem)


def _limit_reached(limits: Limits, *, by_memory: bool) -> str:
    if by_memory:
        return f"reading needs more than {limits.memory // 2**20} MiB of memory"
    return f"reading takes longer than {limits.seconds:g} s"


async def _outgrow(pid: int, memory: int) -> None:
    """Returns when the process has more than `memory` bytes resident.

    An address space limit cannot do this: polars reserves far more than it ever touches.
    """
    while _resident(pid) <= memory:  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(WATCH_S)


def _resident(pid: int) -> int:
    """Bytes in memory; 0 where the process is gone, or the system has no /proc."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def _end(process: Process, asking: asyncio.Task[Answer]) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.wait()
    asking.cancel()
    await asyncio.wait({asking})
    if process.stdin:
        process.stdin.close()
