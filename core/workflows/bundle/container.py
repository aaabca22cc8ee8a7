"""How do members become one file, and come out of it again? As a zip in which no bit is idle.

Nothing is compressed, every field that does not follow from names and contents has one value, and
nothing lies between, before or behind the members. So the same members make the same bytes, every
unzip sees what we see, a changed byte shows wherever it is, and no file is larger than it looks.
Source: APPNOTE.TXT 6.3.10 of PKWARE, 4.3.7 (local header), 4.3.12 (central), 4.3.16 (end).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from core.errors import Tampered, TooLarge, Unreadable
from core.workflows.bundle.model import AGAIN, MOST_MEMBERS, NAMES

PIECE = 2**20
_LONGEST_NAME = 64
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NEEDED, _MADE_BY, _FLAGS, _STORED = 20, 0x0314, 0, 0  # by a Unix, version 2.0
_TIME, _DATE = 0, 0x21  # midnight of 1 January 1980, the first that a zip can say
_MODE = 0o100644 << 16
_LIMIT = 2**32 - 1  # of sizes and offsets


@dataclass(frozen=True, kw_only=True)
class Member:
    """What goes in. open: a new stream of its content at its start."""

    name: str
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, kw_only=True)
class _Placed:
    name: str
    crc: int
    size: int
    offset: int

    def local(self) -> bytes:
        return (
            _LOCAL.pack(_LOCAL_MARK, _NEEDED, *self._common(), len(self.name), 0)
            + self.name.encode()
        )

    def central(self) -> bytes:
        ending = (len(self.name), 0, 0, 0, 0, _MODE, self.offset)
        head = _CENTRAL.pack(_CENTRAL_MARK, _MADE_BY, _NEEDED, *self._common(), *ending)
        return head + self.name.encode()

    def _common(self) -> tuple[int, ...]:
        return _FLAGS, _STORED, _TIME, _DATE, self.crc, self.size, self.size


def pack(members: Iterable[Member], out: IO[bytes]) -> None:
    """Write them in this order. Each is read twice. Raises TooLarge over 4 GiB in all."""
    placed, offset = list[_Placed](), 0
    for member in members:
        crc, size = _measured(member)
        one = _Placed(name=member.name, crc=crc, size=size, offset=offset)
        offset += _LOCAL.size + len(one.name) + size
        if offset > _LIMIT or len(placed) >= MOST_MEMBERS:
            step = "Export it without --originals."
            raise TooLarge("that is more than a bundle can hold", next_step=step)
        placed.append(one)
        out.write(one.local())
        for piece in _pieces(member):
            out.write(piece)
    out.write(_directory(placed, offset))


@dataclass
class Found:
    """A member as it comes out. Read it, or what is left is skipped."""

    name: str
    size: int
    _source: IO[bytes] = field(repr=False)
    crc: int = 0
    _left: int = 0

    def pieces(self) -> Iterator[bytes]:
        """Its content. Raises Tampered where the file ends before it does."""
        while self._left:
            piece = self._source.read(min(PIECE, self._left))
            if not piece:
                raise Tampered(f"{self.name}: the file ends in the middle of it", next_step=AGAIN)
            self._left -= len(piece)
            self.crc = zlib.crc32(piece, self.crc)
            yield piece


def unpack(source: IO[bytes]) -> Iterator[Found]:
    """The members, in order, then the proof that nothing else is in the file.

    Raises Unreadable for what is no bundle, Tampered for one that was changed, cut or added to.
    """
    placed, offset = list[_Placed](), 0
    mark = source.read(4)
    if mark != _LOCAL_MARK:
        raise Unreadable("this is no bundle: it does not begin like one", next_step=_NO_BUNDLE)
    while mark == _LOCAL_MARK:
        if len(placed) >= MOST_MEMBERS:
            raise Unreadable("this is no bundle: too many members", next_step=_NO_BUNDLE)
        one = _header(source, offset)
        found = Found(one.name, one.size, source, _left=one.size)
        yield found
        for _ in found.pieces():
            pass
        if found.crc != one.crc:
            raise Tampered(f"{one.name}: its content was changed (checksum)", next_step=AGAIN)
        placed.append(one)
        offset += _LOCAL.size + len(one.name) + one.size
        mark = source.read(4)
    _check_end(source, mark, _directory(placed, offset))


def _header(source: IO[bytes], offset: int) -> _Placed:
    raw = _LOCAL_MARK + source.read(_LOCAL.size - 4)
    if len(raw) < _LOCAL.size:
        raise Tampered("the file ends in the middle of a header", next_step=AGAIN)
    fields = _LOCAL.unpack(raw)
    if fields[3] != _STORED:
        raise Unreadable("this is no bundle: a member is compressed", next_step=_NO_BUNDLE)
    crc, size, length = fields[6], fields[7], fields[9]
    name = source.read(min(length, _LONGEST_NAME)).decode("ascii", errors="replace")
    if not NAMES.fullmatch(name):
        message = f"this is no bundle: no member is called {name!r}"
        raise Unreadable(message, next_step=_NO_BUNDLE)
    one = _Placed(name=name, crc=crc, size=size, offset=offset)
    if one.local() != raw + name.encode():
        raise Tampered(f"{name}: the header of it was changed", next_step=AGAIN)
    return one


def _check_end(source: IO[bytes], mark: bytes, expected: bytes) -> None:
    rest = mark + source.read(len(expected) - len(mark) + 1)
    if rest != expected:
        message = "the directory at the end of the file was changed, cut off or added to"
        raise Tampered(message, next_step=AGAIN)


def _directory(placed: list[_Placed], offset: int) -> bytes:
    central = b"".join(one.central() for one in placed)
    count = len(placed)
    return central + _END.pack(_END_MARK, 0, 0, count, count, len(central), offset, 0)


def _measured(member: Member) -> tuple[int, int]:
    crc = size = 0
    for piece in _pieces(member):
        crc, size = zlib.crc32(piece, crc), size + len(piece)
    return crc, size


def _pieces(member: Member) -> Iterator[bytes]:
    with member.open() as stream:
        while piece := stream.read(PIECE):
            yield piece


_NO_BUNDLE = "`faultmaven export CASE --out BUNDLE` makes one; a bundle packed anew is none."
