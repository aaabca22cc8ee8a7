"""A shelf on the disk for what is derived of a file, until its folder is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.evidence.original import PlainFile


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
    """All of it lies in `folder`."""

    folder: Path

    @property
    def table(self) -> Path:
        return self.folder / "events.parquet"

    @property
    def rendition(self) -> ScratchBlank:
        return ScratchBlank(self.folder / "text")
