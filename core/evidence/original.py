"""The bytes of a piece of evidence, wherever and however they rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from typing import IO


class Original(Protocol):
    """What is read. It may rest encrypted; nobody who reads it needs to know."""

    @property
    def size(self) -> int:
        """In bytes."""

    @property
    def written(self) -> datetime:
        """About when it was written, for times without a year."""

    def open(self) -> IO[bytes]:
        """A new stream at its start, which can seek. Raises NotFound, StoreUnavailable."""


@dataclass(frozen=True)
class PlainFile:
    """A file as it lies on a disk."""

    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @property
    def written(self) -> datetime:
        return datetime.fromtimestamp(self.path.stat().st_mtime, tz=UTC)

    def open(self) -> IO[bytes]:
        return self.path.open("rb")


class Blank(Protocol):
    """Where an original is about to be written."""

    def create(self) -> IO[bytes]:
        """A stream to write once, from start to end; what is not closed was never written."""

    def original(self) -> Original:
        """What was written, to be read."""


class Shelf(Protocol):
    """Where what is derived of one file goes; None keeps nothing."""

    @property
    def table(self) -> Path | None:
        """For its events (`core.evidence.events.table`)."""

    @property
    def rendition(self) -> Blank | None:
        """For its text as UTF-8, where it is compressed or in another encoding.

        Byte offsets of loci are those of this text.
        """


@dataclass(frozen=True, kw_only=True)
class PlainShelf:
    """Keeps a table at most, as it lies on a disk."""

    table: Path | None = None
    rendition: None = None
