"""A temporary store for artifacts derived from a file: in memory where they are small."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

from core.errors import StoreUnavailable
from core.evidence.model import PlainFile

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = {errno.ENOSPC, errno.EDQUOT}
MEMORY = Path("/dev/shm")  # noqa: S108 - the folder inside is made by mkdtemp, for us alone
_MOST_IN_MEMORY = 512 * 2**20  # bytes
_SHARE_OF_FREE = 4


@contextmanager
def scratch_folder(*, expected: int | None = None, memory: Path = MEMORY) -> Iterator[Path]:
    """A folder for this account alone, deleted at the end and at SIGTERM.

    expected: bytes that will be written into it, if known: a few are kept in `memory`, where many
    small files are written and deleted at once and no disk ever sees them. TMPDIR overrules it.
    What people's files say lies in it in plain text. For the main thread.
    Raises StoreUnavailable where the disk gets full.
    """
    home = memory if _fits(expected, memory) else Path(tempfile.gettempdir())
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        with tempfile.TemporaryDirectory(prefix="faultmaven-", dir=home) as folder:
            yield Path(folder)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        message = f"the disk of {home} is full"
        step = "Free some space there, or name a folder on another disk in TMPDIR."
        raise StoreUnavailable(message, next_step=step) from error
    finally:
        signal.signal(signal.SIGTERM, before)


def _fits(expected: int | None, memory: Path) -> bool:
    if expected is None or expected > _MOST_IN_MEMORY or "TMPDIR" in os.environ:
        return False
    try:
        return os.access(memory, os.W_OK) and (
            expected * _SHARE_OF_FREE <= shutil.disk_usage(memory).free
        )
    except OSError:  # systems without such a folder
        return False


def _leave(number: int, _: object) -> NoReturn:
    """Turn SIGTERM into SystemExit, so that the folder is deleted."""
    raise SystemExit(128 + number)


@dataclass(frozen=True)
class ScratchBlank:
    """A text to be written at `path`."""

    path: Path

    def create(self) -> IO[bytes]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self.path.open("wb")

    def original(self) -> PlainFile:
        return PlainFile(self.path)


@dataclass(frozen=True)
class ScratchShelf:
    """An ArtifactStore in `folder`."""

    folder: Path

    @property
    def table(self) -> Path:
        return self.folder / "events.parquet"

    @property
    def rendition(self) -> ScratchBlank:
        return ScratchBlank(self.folder / "text")
