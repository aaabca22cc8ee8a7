"""`faultmaven` as a process of its own, forked from one that has loaded the program's modules.

To load them takes two seconds of a processor, longer than most tests keep the program busy. It
has its own process id, environment, folder and streams, and ends as any other. That it starts
from nothing, too, is shown where people start it: the pages of the docs, `demo`, and the
processes that wait for their database.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from contextlib import ExitStack, suppress
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.reduction import DupFd
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from threading import Lock
from typing import IO, TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.context import ForkServerContext, ForkServerProcess

ROOT = Path(__file__).parents[2]
LOADED = "tests.faultmaven.preloaded"
LOOK_S = 0.01

_first = Lock()  # several may ask for the first process at once

Stream = int | IO[bytes]


class PassedStream:
    """An open file that is pickled as such: whoever reads it back has it open, too."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (DupFd(self.descriptor),)


def _received(passed: Any) -> PassedStream:
    return PassedStream(passed.detach())


class ForkedProcess:
    """As much of asyncio's `Process` as tests ask for."""

    def __init__(self, process: ForkServerProcess, pipes: dict[int, int]) -> None:
        self._process = process
        self._pipes = pipes  # our ends of its standard streams

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """As long as it runs None; negative is the signal that ended it."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        while (code := self.returncode) is None:  # noqa: ASYNC110 - only its parent is told
            await asyncio.sleep(LOOK_S)
        return code

    async def communicate(self, given: bytes = b"") -> tuple[bytes, bytes]:
        """What it wrote to its pipes, once it has read `given` and ended."""
        _, out, err = await asyncio.gather(
            asyncio.to_thread(_write, self._pipes.pop(0, None), given),
            asyncio.to_thread(_read, self._pipes.pop(1, None)),
            asyncio.to_thread(_read, self._pipes.pop(2, None)),
        )
        await self.wait()
        return out, err

    def __del__(self) -> None:
        for pipe in self._pipes.values():
            os.close(pipe)


async def start_faultmaven(
    *arguments: str,
    folder: Path,
    environment: Mapping[str, str],
    stdin: Stream = DEVNULL,
    stdout: Stream = DEVNULL,
    stderr: Stream = DEVNULL,
    file_size: int | None = None,
) -> ForkedProcess:
    """Start it in `folder` with this environment alone. Streams as asyncio takes them.

    file_size: no file may grow past so many bytes, as on a full disk.
    """
    return await start_module(
        "faultmaven.__main__",
        *arguments,
        folder=folder,
        environment=environment,
        streams=(stdin, stdout, stderr),
        file_size=file_size,
    )


async def start_module(
    module: str,
    *arguments: str,
    folder: Path,
    environment: Mapping[str, str],
    streams: tuple[Stream, Stream, Stream],
    file_size: int | None = None,
) -> ForkedProcess:
    """The same for any module that has a `main`."""
    template = await asyncio.to_thread(_template)
    pipes: dict[int, int] = {}
    with ExitStack() as opened:
        theirs: list[int] = []
        for number, stream in enumerate(streams):
            theirs.append(_open(number, stream, theirs, pipes, opened))
        place = (folder, dict(environment), file_size)
        process = template.Process(
            target=_run,
            args=(module, arguments, place, *map(PassedStream, theirs)),
            daemon=True,  # what a test leaves behind ends with the tests
        )
        process.start()
    return ForkedProcess(process, pipes)


def _open(
    number: int, stream: Stream, before: list[int], pipes: dict[int, int], opened: ExitStack
) -> int:
    """The descriptor that becomes its standard stream `number`; `opened` closes what is new."""
    if stream == STDOUT:
        return before[1]
    if stream == DEVNULL:
        theirs = os.open(os.devnull, os.O_RDWR)
    elif stream == PIPE:
        ends = os.pipe()
        theirs, pipes[number] = ends if number == 0 else reversed(ends)
    else:
        return stream if isinstance(stream, int) else stream.fileno()
    opened.callback(os.close, theirs)
    return theirs


def _write(pipe: int | None, given: bytes) -> None:
    if pipe is not None:
        with suppress(BrokenPipeError), os.fdopen(pipe, "wb") as stream:
            stream.write(given)


def _read(pipe: int | None) -> bytes:
    if pipe is None:
        return b""
    with os.fdopen(pipe, "rb") as stream:
        return stream.read()


def _template() -> ForkServerContext:
    """The context whose processes are forked from the one that has loaded all; now it has."""
    with _first:
        return _loaded()


@cache
def _loaded() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload([LOADED])
    idle = context.Process(target=_look, args=(LOADED,))
    with patch.dict(os.environ, PYTHONPATH=str(ROOT)):
        idle.start()
    idle.join()
    assert idle.exitcode == 0, "it has not loaded the program: a fork would do so each time"
    return context


def _look(module: str) -> None:
    raise SystemExit(module not in sys.modules)


def _run(
    module: str,
    arguments: tuple[str, ...],
    place: tuple[Path, dict[str, str], int | None],
    *streams: PassedStream,
) -> None:
    """In the new process: become the program."""
    folder, environment, file_size = place
    if file_size is not None:
        _, hard = getrlimit(RLIMIT_FSIZE)
        setrlimit(RLIMIT_FSIZE, (file_size, hard))
    for number, stream in enumerate(streams):
        os.dup2(stream.descriptor, number)
    for stream in streams:
        if stream.descriptor > 2:
            os.close(stream.descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = ["faultmaven", *arguments]
    sys.stdin = sys.__stdin__ = os.fdopen(0, closefd=False)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = os.fdopen(  # type: ignore[misc]
        2, "w", buffering=1, errors="backslashreplace", closefd=False
    )
    try:
        import_module(module).main()
    except SystemExit:
        raise
    except BaseException:  # noqa: BLE001 - as the interpreter would
        sys.excepthook(*sys.exc_info())
        raise SystemExit(1) from None
    finally:
        atexit._run_exitfuncs()
