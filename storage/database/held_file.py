"""Whether the file that SQLite holds open is still the one in its place.

What is written to a file that was deleted, or that another was moved over, is gone with the last
process that holds it open, and SQLite does not notice: each commit succeeds.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from core.errors import DatabaseTaken

OPEN_FILES = Path("/proc/self/fd")  # of Linux: where it is missing, a lost journal is not noticed
_DELETED = " (deleted)"  # after the path of a file that is held and gone


class HeldFile:
    """The file as it was met first, and its journal."""

    def __init__(self) -> None:
        self._first: tuple[int, int] | None = None

    def look(self, path: Path) -> DatabaseTaken | None:
        """What is wrong with the place of the file: a system call, fit for each delivery."""
        identity = _identity(path)
        if self._first is None:
            self._first = identity
        if identity == self._first:
            return None
        return _taken(f"{path} was {'deleted' if identity is None else 'replaced'}")


def look_for_journal(path: Path) -> DatabaseTaken | None:
    """What is wrong with the journal of the database at path, as far as the system can tell."""
    journal = f"{path.resolve()}-wal"
    with suppress(OSError):
        for link in OPEN_FILES.iterdir():
            with suppress(OSError):  # closed since
                if str(link.readlink()) == journal + _DELETED:
                    return _taken(f"{path}-wal was deleted")
    return None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - as often as a delivery comes
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _taken(what: str) -> DatabaseTaken:
    return DatabaseTaken(f"{what} while FaultMaven runs: what it takes would be gone with its end")
