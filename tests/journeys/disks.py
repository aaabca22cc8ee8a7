"""A disk that is small, and one whose pages are not what was written."""

from __future__ import annotations

import sqlite3
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.journeys.up import Up

GARBAGE = bytes(range(255, -1, -1))


class SmallDisk:
    """Room for so many bytes, by a file system of its own.

    Where none may be mounted, no file of the process may grow further: SQLite's journal meets it.
    """

    def __init__(self, folder: Path, *, is_mounted: bool) -> None:
        self.folder = folder
        self.is_mounted = is_mounted

    def shrink(self, up: Up) -> None:
        """Leave less than a MiB on it."""
        if self.is_mounted:
            used = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
            self._resize(used + 2**20)
        else:
            log = self.folder / "data" / "faultmaven.db-wal"
            up.limit_file_size(log.stat().st_size + 2**19)

    def grow(self, up: Up) -> None:
        if self.is_mounted:
            self._resize(2**26)
        else:
            up.limit_file_size(2**26)

    def forbid_writes(self) -> None:
        """As the kernel does with a disk that has errors. Only where it is mounted."""
        self._remount("ro")

    def _resize(self, size: int) -> None:
        self._remount(f"size={size}")

    def _remount(self, option: str) -> None:
        options = f"remount,{option}"
        subprocess.run(("mount", "-o", options, str(self.folder)), check=True)


@contextmanager
def a_small_disk(size: int = 2**26) -> Iterator[SmallDisk]:
    """One of its own below the folder of temporary files."""
    with tempfile.TemporaryDirectory(prefix="faultmaven-", ignore_cleanup_errors=True) as name:
        command = ("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", name)
        is_mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
        try:
            yield SmallDisk(Path(name), is_mounted=is_mounted)
        finally:
            if is_mounted:
                subprocess.run(("umount", "--lazy", name), check=True)


def damage(database: Path, *names: str) -> None:
    """Overwrite the first pages of these tables and indexes in a file that nobody has open."""
    roots, size = _roots(database, names)
    with database.open("r+b") as file:
        for root in roots:
            file.seek((root - 1) * size)
            file.write((GARBAGE * size)[:size])


def _roots(database: Path, names: Sequence[str]) -> tuple[list[int], int]:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_master").fetchall())
    return [roots[name] for name in names], size
