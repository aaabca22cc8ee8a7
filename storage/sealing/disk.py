"""Atomic writes, of which a crash leaves all or nothing, and erasure."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from _typeshed import ReadableBuffer

PRIVATE_FOLDER = 0o700
HALF_WRITTEN = ".receiving-"  # what names of files begin with that are not whole yet
LOCK = ".lock"
FREE_SOME = "Free some disk space, then send it again; nothing of it was kept."
LET_WRITE = (
    "Let this account write to the folder of files (`faultmaven doctor` names it), then send it"
    " again; nothing of it was kept."
)
_FORBIDDEN = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@contextmanager
def errors_of_disk() -> Iterator[None]:
    """Raise StoreUnavailable for errors of the disk."""
    try:
        yield
    except OSError as error:
        message = f"the file could not be stored: {error.strerror or type(error).__name__}"
        step = LET_WRITE if error.errno in _FORBIDDEN else FREE_SOME
        raise StoreUnavailable(message, next_step=step) from error


@contextmanager
def temporary(home: Path) -> Iterator[IO[bytes]]:
    """A file that only this account reads, and that is gone at the end unless it was renamed."""
    with errors_of_disk():
        # Unbuffered, so that a full disk is seen when it is written to and not when it is closed.
        file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed just below
            dir=home, prefix=HALF_WRITTEN, delete=False, buffering=0
        )
    try:
        yield file.file
    finally:
        file.close()
        Path(file.name).unlink(missing_ok=True)


@errors_of_disk()
def write_all(file: IO[bytes], content: ReadableBuffer) -> None:
    """Write every byte. Raises StoreUnavailable."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


@errors_of_disk()
def keep(file: IO[bytes], path: Path) -> None:
    """Sync the content, then rename, then sync the folder that holds the name."""
    os.fsync(file.fileno())
    make_folder(path.parent)
    Path(str(file.name)).replace(path)
    sync_folder(path.parent)


def write_whole(path: Path, content: bytes) -> None:
    """Write a whole file under its name, or nothing. Raises StoreUnavailable."""
    with temporary(path.parent) as file:
        write_all(file, content)
        keep(file, path)


@errors_of_disk()
def erase(path: Path) -> None:
    """Overwrite, then remove, a small file such as a key."""
    with path.open("r+b", buffering=0) as file:
        file.write(bytes(path.stat().st_size))
        os.fsync(file.fileno())
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


@errors_of_disk()
def make_folder(folder: Path) -> None:
    """The folder and those above it, each on the disk before anything is put into it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that its new, renamed and removed names survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder against all processes that share it; a kill releases the lock."""
    with errors_of_disk():
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with errors_of_disk():
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
