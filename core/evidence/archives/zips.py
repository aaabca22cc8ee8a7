"""Reads a zip by its table of contents, each member checked by its checksum."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, cast

from core.evidence.archives.cut_zips import with_table
from core.evidence.archives.entries import ArchiveEntry, MemberDamaged, Omission
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from core.evidence.archives.bounds import ArchiveBounds

say = sentences("evidence.archives")

PIECE = 64 * 2**10
# Others may take any amount of memory for a few bytes, as zipfile unpacks them.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1  # of a member's flags
_UNIX_MODE = 16  # bits below it, in a member's attributes
_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)


class ZipReader:
    """A zip. open_file: gives it anew, from its start, seekable."""

    def __init__(self, open_file: Callable[[], IO[bytes]], *, bounds: ArchiveBounds) -> None:
        self.problem: str | None = None
        self._open = open_file
        self._bounds = bounds

    def entries(self) -> Iterator[ArchiveEntry]:
        with self._open() as file:
            try:
                with self._archive(file) as archive:
                    yield from _entries(archive)
            except _DirectoryTooLong:
                self.problem = say.raw("too_many_entries")
            except _ERRORS:
                self.problem = say.raw("broken_off")

    def contents(
        self, positions: Collection[int]
    ) -> Iterator[tuple[ArchiveEntry, Iterator[bytes]]]:
        if not positions:
            return
        with self._open() as file, self._archive(file) as archive:
            members = archive.infolist()
            for entry in _entries(archive):
                if entry.position in positions:
                    yield entry, _content(archive, members[entry.position])

    def _archive(self, file: IO[bytes]) -> zipfile.ZipFile:
        """Raises what is in `_ERRORS`."""
        most = self._bounds.directory_bytes
        try:
            return zipfile.ZipFile(cast("IO[bytes]", _BoundedReads(file, most)))
        except zipfile.BadZipFile:  # its table of contents is not there, or not whole
            self.problem = say.raw("broken_off")
            whole = with_table(file, most_bytes=most)
            return zipfile.ZipFile(cast("IO[bytes]", _BoundedReads(whole, most)))


def _entries(archive: zipfile.ZipFile) -> Iterator[ArchiveEntry]:
    """position: in the list of members, folders too."""
    for position, info in enumerate(archive.infolist()):
        if not info.is_dir():
            yield ArchiveEntry(
                position=position,
                name=info.filename,
                size=info.file_size,
                packed_size=info.compress_size,
                omission=_omission(info),
            )


def _omission(info: zipfile.ZipInfo) -> Omission | None:
    mode = info.external_attr >> _UNIX_MODE
    if stat.S_ISLNK(mode):
        return Omission.LINK
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Omission.DEVICE
    if info.flag_bits & _ENCRYPTED:
        return Omission.ENCRYPTED
    return Omission.METHOD if info.compress_type not in _METHODS else None


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Raises MemberDamaged, at its end where the checksum does not fit."""
    try:
        with archive.open(info) as member:
            while chunk := member.read(PIECE):
                yield chunk
    except _ERRORS as error:
        raise MemberDamaged(Omission.DAMAGED) from error


class _DirectoryTooLong(OSError):
    """The table of contents is longer than is read."""


class _BoundedReads:
    """A file of which no more than `most` bytes are read at once.

    `zipfile` reads a table of contents in one piece, as long as the archive says that it is.
    """

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self._read = file.read
        self._most = most

    def read(self, size: int = -1) -> bytes:
        """Raises _DirectoryTooLong."""
        if size > self._most:
            raise _DirectoryTooLong
        return self._read(size if size >= 0 else self._most)

    def close(self) -> None:
        """Whoever opened it closes it."""
