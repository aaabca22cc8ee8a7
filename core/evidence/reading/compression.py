"""How does a compressed file become its text? gzip, zstd, bzip2 and xz, whatever their state.

Members and frames follow one another. What is damaged or cut off ends the text without raising,
and so does a bomb: output, and the memory to get it, are bounded.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import IO, TYPE_CHECKING, Protocol

import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_UNPACKED_BYTES = 2**30  # twice what a file may have that comes unpacked
# Logs shrink to a tenth, very dull ones to a hundredth; what shrinks further is a bomb, once it
# is large.
MAX_RATIO = 100
ALWAYS_UNPACKED_BYTES = 256 * 2**20
MAX_WINDOW_BYTES = 2**27  # of zstd: its own command refuses more, too
_MAX_MEMORY = 2**27  # of xz

DAMAGED = "its compressed data is damaged: what comes after was not read"
CUT_OFF = "its compressed data ends too early: the rest is missing"
TOO_WIDE = "it was compressed with so much memory that it takes too much to unpack it"
TOO_MUCH = "it unpacks to more than {} MB: the rest was not read"
# A block of zstd takes 4 bytes and may hold 128 KiB: this much input is 8 MiB at most.
_ZSTD_PIECE = 256
_READ_BYTES = 256 * 2**10


class _Decoder(Protocol):
    """One member or frame, unpacked piece by piece. The interface of bz2's and lzma's objects."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def is_packed(head: bytes) -> bool:
    """Does a file that begins like this hold another one, compressed?"""
    return _decoder_for(head) is not None


def unpack(
    file: IO[bytes], *, size: int, chunk_bytes: int, tell: Callable[[str], None]
) -> Iterator[bytes]:
    """What a compressed file holds, in chunks of about `chunk_bytes`.

    size: of the file, in bytes. tell: takes what kept us from reading all of it.
    """
    new = _decoder_for(file.read(8))
    file.seek(0)
    if new is None:
        return
    left = limit = min(MAX_UNPACKED_BYTES, max(ALWAYS_UNPACKED_BYTES, MAX_RATIO * size))
    for chunk in _unpacked(file, new, chunk_bytes, tell):
        yield chunk[:left]
        left -= len(chunk)
        if left < 0:
            tell(TOO_MUCH.format(limit // 2**20))
            return


def _unpacked(
    file: IO[bytes],
    new: Callable[[], _Decoder],
    chunk_bytes: int,
    tell: Callable[[str], None],
) -> Iterator[bytes]:
    raw = file.read(_READ_BYTES)
    while raw:
        decoder = new()
        try:
            while not decoder.eof:
                if decoder.needs_input and not (raw := raw or file.read(_READ_BYTES)):
                    tell(CUT_OFF)
                    return
                chunk, raw = decoder.decompress(raw, chunk_bytes), b""
                if chunk:
                    yield chunk
        except (zlib.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError) as error:
            tell(TOO_WIDE if "memory" in str(error).lower() else DAMAGED)
            return
        raw = _next_member(decoder.unused_data, file)


def _next_member(raw: bytes, file: IO[bytes]) -> bytes:
    """Where the next one begins; zeros between two are padding."""
    while not (rest := raw.lstrip(b"\0")) and (raw := file.read(_READ_BYTES)):
        pass
    return rest


class _Gzip:
    """zlib's object with the interface of the others."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        found = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        # A chunk that is full may not be all that was taken in can give.
        self.needs_input = not self._zlib.unconsumed_tail and len(found) < max_length
        return found


class _Zstd:
    """zstandard's object, fed so slowly that what comes out at once is bounded."""

    def __init__(self) -> None:
        unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
        self._zstd = unpacker.decompressobj()
        self._rest = memoryview(b"")

    @property
    def eof(self) -> bool:
        return self._zstd.eof

    @property
    def needs_input(self) -> bool:
        return not self._rest

    @property
    def unused_data(self) -> bytes:
        return self._zstd.unused_data + bytes(self._rest)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        self._rest = memoryview(bytes(self._rest) + data) if data else self._rest
        found, size = [], 0
        while self._rest and size < max_length and not self._zstd.eof:
            piece, self._rest = bytes(self._rest[:_ZSTD_PIECE]), self._rest[_ZSTD_PIECE:]
            found.append(self._zstd.decompress(piece))
            size += len(found[-1])
        return b"".join(found)


def _xz() -> _Decoder:
    return lzma.LZMADecompressor(memlimit=_MAX_MEMORY)


_GZIP = b"\x1f\x8b\x08"
_BZIP2 = b"BZh"
_XZ = b"\xfd7zXZ\0"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPED = b"\x2a\x4d\x18"  # after a byte from 0x50 to 0x5f


def _decoder_for(head: bytes) -> Callable[[], _Decoder] | None:
    if head.startswith(_GZIP):
        return _Gzip
    if head.startswith(_ZSTD) or (head[1:4] == _ZSTD_SKIPPED and head[0] >> 4 == 5):  # noqa: PLR2004
        return _Zstd
    if head.startswith(_BZIP2) and head[3:4].isdigit() and head[4:8] in {b"1AY&", b"\x17rE8"}:
        return bz2.BZ2Decompressor
    return _xz if head.startswith(_XZ) else None
