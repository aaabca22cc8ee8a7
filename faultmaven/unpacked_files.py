"""Reads a file on this machine; of an archive what is in it, too, archives in there included."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.errors import OutOfLimits, UnreadableEvidence
from core.evidence.archives.family import ArchiveFamily
from core.evidence.model import Extraction, Original, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor
from faultmaven.scratch import ScratchShelf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from _typeshed import WriteableBuffer

    from bot.terminal.uploads import Upload


@dataclass(frozen=True, kw_only=True)
class FileReading:
    """A file that was read. name: not redacted. shelf: what was derived of it, while it is there.

    extraction: None where it could not be read, for `problem`, which is redacted.
    """

    name: str
    original: Original
    shelf: ScratchShelf
    extraction: Extraction | None
    problem: str = ""


@dataclass(kw_only=True)
class UnpackedFiles:
    """Reads one file after the other into `folder`, which may be large."""

    redactor: Redactor
    folder: Path

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._family = ArchiveFamily()

    def read(self, original: Original, *, name: str, service: str | None) -> Iterator[FileReading]:
        """The file, and what is in it. The bounds are those of a case (`take_in_members`)."""
        self._family = ArchiveFamily()
        yield from self._read(original, name, service, depth=1)

    def read_uploads(self, uploads: Iterable[Upload]) -> Iterator[FileReading]:
        """Each file that people name, and what is in it."""
        for upload in uploads:
            original = PlainFile(upload.path)
            yield from self.read(original, name=upload.name, service=upload.service)

    def _read(
        self, original: Original, name: str, service: str | None, *, depth: int
    ) -> Iterator[FileReading]:
        reading = self._extracted(original, name, service)
        members = reading.extraction.members if reading.extraction else ()
        family = replace(self._family, depth=depth)
        accepted = tuple(family.accepted(members))
        self._family = family.grown(accepted)
        if reading.extraction is not None and members:
            counted = replace(family.counted(reading.extraction, accepted), members=accepted)
            reading = replace(reading, extraction=counted)
        yield reading
        for member in accepted:
            part = FilePart(reading.shelf.rendition.original(), member.start, member.size)
            inside = f"{name}/{member.path}"
            yield from self._read(part, inside, member.service, depth=depth + 1)

    def _extracted(self, original: Original, name: str, service: str | None) -> FileReading:
        shelf, problem = ScratchShelf(self.folder / str(next(self._numbers))), ""
        extraction = None
        try:
            extraction = extract(
                original, name=name, service=service, redactor=self.redactor, shelf=shelf
            )
        except (UnreadableEvidence, OutOfLimits) as error:
            problem = self.redactor.clean(str(error)).text
        return FileReading(
            name=name, original=original, shelf=shelf, extraction=extraction, problem=problem
        )


@dataclass(frozen=True)
class FilePart:
    """Some bytes of a file as an original: a member of an archive that was unpacked into it."""

    whole: Original
    start: int
    size: int

    @property
    def written(self) -> datetime:
        return self.whole.written

    def open(self) -> IO[bytes]:
        return io.BufferedReader(_PartStream(self.whole.open(), self.start, self.size))


class _PartStream(io.RawIOBase):
    def __init__(self, stream: IO[bytes], start: int, size: int) -> None:
        super().__init__()
        self._stream = stream
        self._start = start
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            message = "before the beginning"
            raise OSError(message)
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer).cast("B")
        self._stream.seek(self._start + self._position)
        content = self._stream.read(min(len(room), max(0, self._size - self._position)))
        room[: len(content)] = content
        self._position += len(content)
        return len(content)

    def close(self) -> None:
        self._stream.close()
        super().close()
