"""A temporary store on the disk for artifacts derived from a file."""

from __future__ import annotations

import errno
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


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for this account alone, deleted at the end and at SIGTERM.

    What people's files say lies in it in plain text. For the main thread.
    Raises StoreUnavailable where the disk gets full.
    """
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        with tempfile.TemporaryDirectory(prefix="faultmaven-") as folder:
            yield Path(folder)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        message = f"the disk of {tempfile.gettempdir()} is full"
        step = "Free some space there, or name a folder on another disk in TMPDIR."
        raise StoreUnavailable(message, next_step=step) from error
    finally:
        signal.signal(signal.SIGTERM, before)


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
