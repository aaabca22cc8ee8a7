"""Reads a tar from beginning to end, as often as asked: twice, once for its names.

Every header is checked by `tarfile`; what it reads for one is bounded, as a header may claim any
size, and takes long to parse when it is long.
"""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, cast

from core.evidence.archives.entries import ArchiveEntry, MemberDamaged, Omission
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from core.evidence.archives.bounds import ArchiveBounds

say = sentences("evidence.archives")

PIECE = 64 * 2**10
# A header may be anything: what `tarfile` makes of one that is no header is among these.
_ERRORS = (tarfile.TarError, OSError, EOFError, ValueError, RecursionError, OverflowError)


class TarReader:
    """A tar whose bytes come in chunks. open_chunks: gives them anew.

    tells_damage: unless whoever gives the chunks does.
    """

    def __init__(
        self,
        open_chunks: Callable[[], Iterator[bytes]],
        *,
        bounds: ArchiveBounds,
        tells_damage: bool = True,
    ) -> None:
        self.problem: str | None = None
        self._open = open_chunks
        self._bounds = bounds
        self._damage = say.raw("broken_off") if tells_damage else None

    def entries(self) -> Iterator[ArchiveEntry]:
        for entry, _ in self._walk():
            yield entry

    def contents(
        self, positions: Collection[int]
    ) -> Iterator[tuple[ArchiveEntry, Iterator[bytes]]]:
        last = max(positions, default=-1)
        for entry, stream in self._walk():
            if entry.position in positions:
                yield entry, _content(entry, stream)
            if entry.position >= last:
                return

    def _walk(self) -> Iterator[tuple[ArchiveEntry, ForwardStream]]:
        """Each entry, with the stream at its content."""
        stream = ForwardStream(self._open(), most_at_once=self._bounds.header_bytes)
        position = 0
        try:
            tar = tarfile.TarFile(fileobj=cast("io.BytesIO", stream), errorlevel=0)
            while (info := _next(tar, stream)) is not None:
                if info.isdir():
                    continue
                stream.seek(info.offset_data)
                yield _entry(position, info), stream
                position += 1
                stream.allow_header()
        except _ERRORS:
            self.problem = self._damage
            return
        if stream.ends_in_garbage:
            self.problem = self._damage


def _next(tar: tarfile.TarFile, stream: ForwardStream) -> tarfile.TarInfo | None:
    """The next header; `tarfile` would keep all of them. Raises what is in `_ERRORS`."""
    stream.allow_header()
    info = tar.next()
    vars(tar)["members"] = []
    if info is not None and info.size < 0:
        message = "a size below zero"
        raise ValueError(message)
    return info


def _entry(position: int, info: tarfile.TarInfo) -> ArchiveEntry:
    name = info.name.encode("utf-8", "replace").decode("utf-8", "replace")
    return ArchiveEntry(
        position=position,
        name=name,
        size=info.size,
        packed_size=info.size,
        omission=_omission(info),
    )


def _omission(info: tarfile.TarInfo) -> Omission | None:
    if info.issym() or info.islnk():
        return Omission.LINK
    if not info.isreg():
        return Omission.DEVICE
    return Omission.SPARSE if info.issparse() else None


def _content(entry: ArchiveEntry, stream: ForwardStream) -> Iterator[bytes]:
    """Raises MemberDamaged where the archive ends before its member does."""
    left = entry.size
    while left:
        chunk = stream.read_content(min(PIECE, left))
        if not chunk:
            raise MemberDamaged(Omission.CUT_OFF)
        left -= len(chunk)
        yield chunk


class ForwardStream(io.RawIOBase):
    """Chunks as a stream that goes forwards only.

    most_at_once: bytes that may be read for one header (`allow_header`); contents are not counted.
    """

    def __init__(self, chunks: Iterator[bytes], *, most_at_once: int) -> None:
        super().__init__()
        self.ends_in_garbage = False  # the last header that was read is none
        self._chunks = chunks
        self._rest = memoryview(b"")
        self._position = 0
        self._most = most_at_once
        self._left = most_at_once

    def allow_header(self) -> None:
        """The next header is read from now on."""
        self._left = self._most

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Skip to a place further on. Raises OSError for one that is behind."""
        if whence != io.SEEK_SET or offset < self._position:
            message = "it goes forwards only"
            raise OSError(message)
        while self._position < offset and self._take(offset - self._position):
            pass
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """For headers. Raises OSError where one is too long."""
        if not 0 <= size <= self._left:
            message = "a header of this length is none"
            raise OSError(message)
        self._left -= size
        content = self.read_content(size)
        self.ends_in_garbage = bool(content.strip(b"\0"))
        return content

    def read_content(self, size: int) -> bytes:
        """So many bytes, fewer at the end."""
        pieces = []
        while size and (piece := self._take(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _take(self, size: int) -> memoryview:
        """At most so many bytes; none at the end."""
        while not self._rest and (chunk := next(self._chunks, None)) is not None:
            self._rest = memoryview(chunk)
        piece, self._rest = self._rest[:size], self._rest[size:]
        self._position += len(piece)
        return piece
