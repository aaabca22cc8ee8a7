"""An archive that was compressed as a whole, where that is no tar: the one member in there."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.archives.entries import ArchiveEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator


class WrappedReader:
    """`logs.zip` of `logs.zip.gz`. open_chunks: gives its bytes anew."""

    def __init__(
        self, open_chunks: Callable[[], Iterator[bytes]], *, name: str, packed_size: int
    ) -> None:
        self.problem: str | None = None
        self._open = open_chunks
        self._entry = ArchiveEntry(
            position=0,
            name=PurePosixPath(name).stem,
            size=packed_size,
            packed_size=packed_size,
        )

    def entries(self) -> Iterator[ArchiveEntry]:
        yield self._entry

    def contents(
        self, positions: Collection[int]
    ) -> Iterator[tuple[ArchiveEntry, Iterator[bytes]]]:
        if self._entry.position in positions:
            yield self._entry, self._open()
