"""Gives a zip that lost its table of contents another one, made of the header before each member.

The table stands at the end: of a zip that was cut off while it was copied it is the first to go.
Numbers of sections are those of PKWARE's APPNOTE.TXT.
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer, WriteableBuffer

_ENTRY_BYTES = 100  # of a table, beside a name; as zipfile keeps it, some more
_HEADER = struct.Struct("<4s5H3L2H")  # 4.3.7
_MARK = b"PK\3\4"
_SIZES = struct.Struct("<4s3L")  # 4.3.9: what follows a member whose header does not say it
_SIZES_MARK = b"PK\7\x08"
_SIZES_FOLLOW, _UTF8 = 0x8, 0x800  # of a member's flags: 4.4.4
_IN_ZIP64 = 0xFFFFFFFF
_PIECE = 2**20


def with_table(file: IO[bytes], *, most_bytes: int) -> IO[bytes]:
    """The file with a table of contents behind it; it names the members that can be told apart.

    most_bytes: of the table.
    """
    members = list(_members(file, most_bytes // 2))
    size = file.seek(0, io.SEEK_END)
    table = _TableWriter(size)
    with zipfile.ZipFile(cast("IO[bytes]", table), "w") as archive:
        archive.filelist.extend(members)
        vars(archive)["_didModify"] = True  # so that it writes the table
    return cast("IO[bytes]", _Appended(file, size, bytes(table.written)))


def _members(file: IO[bytes], room: int) -> Iterator[zipfile.ZipInfo]:
    """As long as one header follows another, and there is room for them in the table."""
    at = 0
    while room > 0:
        file.seek(at)
        raw = file.read(_HEADER.size)
        if len(raw) < _HEADER.size or not raw.startswith(_MARK):
            return
        fields = _HEADER.unpack(raw)
        flags, method, (checksum, packed_size, size) = fields[2], fields[3], fields[6:9]
        name_size, extra_size = fields[9:]
        name = file.read(name_size).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        start = end = at + _HEADER.size + name_size + extra_size
        if flags & _SIZES_FOLLOW:
            sizes = _sizes_behind(file, start)
            if sizes is None:
                return
            checksum, packed_size, size = sizes
            end += _SIZES.size
        room -= _ENTRY_BYTES + name_size
        if not name or _IN_ZIP64 in (packed_size, size):
            return
        info = zipfile.ZipInfo(name)
        info.flag_bits, info.compress_type, info.CRC = flags, method, checksum
        info.compress_size, info.file_size, info.header_offset = packed_size, size, at
        yield info
        at = end + packed_size


def _sizes_behind(file: IO[bytes], start: int) -> tuple[int, int, int] | None:
    """Checksum, size and unpacked size of a member, as they follow it; None where they do not."""
    file.seek(start)
    position, rest = start, b""
    while piece := file.read(_PIECE):
        window = rest + piece
        at = window.find(_SIZES_MARK)
        while 0 <= at <= len(window) - _SIZES.size:
            _, checksum, packed_size, size = _SIZES.unpack_from(window, at)
            if packed_size == position + at - start:
                return checksum, packed_size, size
            at = window.find(_SIZES_MARK, at + 1)
        rest = window[1 - _SIZES.size :]
        position += len(window) - len(rest)
    return None


class _TableWriter(io.RawIOBase):
    """Takes what `zipfile` writes behind `base` bytes that are there already."""

    def __init__(self, base: int) -> None:
        super().__init__()
        self._base = base
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._base + len(self.written)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence != io.SEEK_SET or offset != self.tell():
            message = "it only grows"
            raise OSError(message)
        return offset

    def write(self, content: ReadableBuffer, /) -> int:
        piece = bytes(content)
        self.written += piece
        return len(piece)


class _Appended(io.RawIOBase):
    """A file of `size` bytes, and a tail behind it."""

    def __init__(self, file: IO[bytes], size: int, tail: bytes) -> None:
        super().__init__()
        self._file = file
        self._size = size
        self._tail = tail
        self._position = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        ends = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}
        position = ends.get(whence, self._size + len(self._tail)) + offset
        if position < 0:
            message = "before the beginning"
            raise OSError(message)
        self._position = position
        return position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer).cast("B")
        if self._position < self._size:
            self._file.seek(self._position)
            content = self._file.read(min(len(room), self._size - self._position))
        else:
            start = self._position - self._size
            content = self._tail[start : start + len(room)]
        room[: len(content)] = content
        self._position += len(content)
        return len(content)
