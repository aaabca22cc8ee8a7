"""Unpacks compressed files, whatever their state: gzip, zstd, bzip2 and xz.

Members and frames follow one another. What is damaged or cut off ends the content without raising,
and so does a bomb: output, and the memory to get it, are bounded. `sound_bytes` says how much is
beyond doubt: damage shows only after it has made garbage, so what comes before it is not believed.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Protocol

import zstandard

from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

say = sentences("evidence.compression")

MAX_UNPACKED_BYTES = 2**30  # twice what a file may have that comes unpacked
# Logs shrink to a tenth, very dull ones to a hundredth; what shrinks further is a bomb, once it
# is large.
MAX_RATIO = 100
ALWAYS_UNPACKED_BYTES = 256 * 2**20
MAX_WINDOW_BYTES = 2**27  # of zstd: its own command refuses more, too
_MAX_MEMORY = 2**27  # of xz
# A block of zstd takes 4 bytes and may hold 128 KiB: this much input is 8 MiB at most.
_ZSTD_PIECE = 256
_READ_BYTES = 256 * 2**10
_VERIFIED_AT_ONCE = 32 * 2**10  # compressed bytes: so exactly is known where damage was met
_ERRORS = (zlib.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError)
_GZIP = b"\x1f\x8b\x08"
_BZIP2 = b"BZh"
_XZ = b"\xfd7zXZ\0"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPED = b"\x2a\x4d\x18"  # after a byte from 0x50 to 0x5f


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
    """Return whether a file that begins like this holds another, compressed one."""
    return _decoder_for(head) is not None


def unpack(
    file: IO[bytes],
    *,
    size: int,
    chunk_bytes: int,
    tell: Callable[[str], None],
    believed: int | None = None,
) -> Iterator[bytes]:
    """Yield the content of a compressed file in chunks of about `chunk_bytes`.

    size: of the file, in bytes. tell: takes what kept us from reading all of it. believed: where
    `sound_bytes` has told why not all of it is, no more than so many bytes come.
    """
    member = _member(file)
    if believed is None:
        trail = _Trail(tell, _READ_BYTES)
        chunks = _up_to(_limit(size), _unpacked(file, member, chunk_bytes, trail), trail)
        yield from _gathered(chunks, chunk_bytes)
    elif believed:
        trail = _Trail(lambda _: None, _READ_BYTES)
        chunks = _up_to(believed, _unpacked(file, member, chunk_bytes, trail), trail)
        yield from _gathered(chunks, chunk_bytes)


def _gathered(chunks: Iterator[bytes], chunk_bytes: int) -> Iterator[bytes]:
    """Chunks of at least `chunk_bytes`, but for the last; less than twice as much.

    A member may be a single line (`gzip -c >> file`), and each chunk costs its readers the same.
    """
    parts, size = list[bytes](), 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size >= chunk_bytes:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def sound_bytes(
    file: IO[bytes], *, size: int, chunk_bytes: int, tell: Callable[[str], None]
) -> int | None:
    """How much of the content is beyond doubt; None where all of it is.

    Checksums stand at the ends. Where one does not fit, anything before it may be wrong, up to the
    checksum that did. Where the compressed data itself makes no sense, the damage is near, and
    what was unpacked well before it is sound. Whatever is cut short ends with a whole line.
    """
    trail = _Trail(tell, _VERIFIED_AT_ONCE)
    chunks = _unpacked(file, _member(file), chunk_bytes, trail)
    for _ in _up_to(_limit(size), chunks, trail):
        pass
    return trail.sound


def _member(file: IO[bytes]) -> Callable[[], _Decoder] | None:
    member = _decoder_for(file.read(8))
    file.seek(0)
    return member


def _limit(size: int) -> int:
    return min(MAX_UNPACKED_BYTES, max(ALWAYS_UNPACKED_BYTES, MAX_RATIO * size))


@dataclass
class _Trail:
    """What was unpacked so far, and how much of it is sound once it breaks off (`sound`).

    piece_bytes: compressed bytes that are read at a time.
    """

    tell: Callable[[str], None]
    piece_bytes: int
    sound: int | None = None
    total: int = 0
    checked: int = 0  # bytes of members that ended well
    line_end: int = 0
    marks: list[tuple[int, int]] = field(default_factory=list)

    def add(self, chunk: bytes, position: int) -> None:
        """position: of the compressed file, from which no byte behind was used for the chunk."""
        end = chunk.rfind(b"\n") + 1
        if end:
            # In UTF-16 and UTF-32 zeros belong to it.
            rest = chunk[end : end + 3]
            self.line_end = self.total + end + len(rest) - len(rest.lstrip(b"\0"))
        self.total += len(chunk)
        self.marks.append((position, self.line_end))

    def end_member(self) -> None:
        self.checked = self.total
        self.marks.clear()

    def cut(self, problem: str, *, most: int | None = None) -> None:
        """It ends here, and all before is sound; a line that is not whole is left out."""
        size = self.total if most is None else min(most, self.total)
        self.sound = self.line_end if 0 < self.line_end <= size else size
        self.tell(problem)

    @property
    def damage(self) -> str:
        """What is said of it, once `doubt` knows how much is sound."""
        return say.raw("damaged") if self.sound else say.raw("nothing_whole")

    def doubt(self, distance: int | None) -> None:
        """It is damaged, at most `distance` bytes (None: anywhere) before what was read last."""
        self.sound = self.checked
        if distance is not None and self.marks:
            last = self.marks[-1][0] - self.piece_bytes - distance
            sound = (end for position, end in self.marks if position <= last)
            self.sound = max((self.checked, *sound))


def _up_to(limit: int, chunks: Iterator[bytes], trail: _Trail) -> Iterator[bytes]:
    left = limit
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left < 0:
            trail.cut(say.raw("too_much", mb=str(limit // 2**20)), most=limit)
            return


def _unpacked(
    file: IO[bytes], new: Callable[[], _Decoder] | None, chunk_bytes: int, trail: _Trail
) -> Iterator[bytes]:
    if new is None:
        return
    raw = file.read(trail.piece_bytes)
    while raw:
        decoder = new()
        try:
            while not decoder.eof:
                if decoder.needs_input and not (raw := raw or file.read(trail.piece_bytes)):
                    trail.cut(say.raw("cut_off"))
                    return
                chunk, raw = decoder.decompress(raw, chunk_bytes), b""
                if chunk:
                    trail.add(chunk, file.tell())
                    yield chunk
        except _ERRORS as error:
            too_wide = "memory" in str(error).lower()
            trail.doubt(_distance(new, error))
            trail.tell(say.raw("too_wide") if too_wide else trail.damage)
            return
        trail.end_member()
        raw = _next_member(decoder.unused_data, file)


def _distance(new: Callable[[], _Decoder], error: Exception) -> int | None:
    """How many compressed bytes before the place where it shows damage may be; None: anywhere.

    A block of gzip has at most 64 KiB, one of zstd 128 KiB, one of bzip2, which has a checksum of
    its own, 900 kB. xz tells a checksum that does not fit from other damage in no way.
    """
    if "check" in str(error).lower():  # "incorrect data check", "doesn't match checksum"
        return None
    return _DISTANCES.get(new)


def _next_member(raw: bytes, file: IO[bytes]) -> bytes:
    """Skip to the beginning of the next member; zeros between two are padding."""
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
        content = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        # A chunk that is full may not be all that was taken in can give.
        self.needs_input = not self._zlib.unconsumed_tail and len(content) < max_length
        return content


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
        content, size = [], 0
        while self._rest and size < max_length and not self._zstd.eof:
            piece, self._rest = bytes(self._rest[:_ZSTD_PIECE]), self._rest[_ZSTD_PIECE:]
            content.append(self._zstd.decompress(piece))
            size += len(content[-1])
        return b"".join(content)


_DISTANCES: dict[Callable[[], _Decoder], int] = {
    _Gzip: 128 * 2**10,
    _Zstd: 256 * 2**10,
    bz2.BZ2Decompressor: 2**20,
}


def _xz() -> _Decoder:
    return lzma.LZMADecompressor(memlimit=_MAX_MEMORY)


def _decoder_for(head: bytes) -> Callable[[], _Decoder] | None:
    if head.startswith(_GZIP):
        return _Gzip
    if head.startswith(_ZSTD) or (head[1:4] == _ZSTD_SKIPPED and head[0] >> 4 == 5):  # noqa: PLR2004
        return _Zstd
    if head.startswith(_BZIP2) and head[3:4].isdigit() and head[4:8] in {b"1AY&", b"\x17rE8"}:
        return bz2.BZ2Decompressor
    return _xz if head.startswith(_XZ) else None
