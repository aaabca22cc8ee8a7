"""Turns the bytes of a file into UTF-8 text: decompression first, then the encoding.

gzip, zstd, bzip2 and xz are unpacked, whatever their state. Members and frames follow one another.
What is damaged or cut off ends the text without raising, and so does a bomb: output, and the memory
to get it, are bounded.

- A byte order mark decides the encoding. Without one, UTF-16 shows by its NULs.
- Anything else is UTF-8. Until a file has shown a character of it that is not ASCII, a line that
  is no UTF-8 but would read like a western language in Windows-1252 (of which Latin-1 is the part
  in use) is taken as such: its bytes above 127 are few, in short runs, and all of them defined.
  What is left is damage and stays as it is; `core.evidence.lines` shows it as U+FFFD.
- A file without a line feed in its head that has carriage returns ends its lines with those.
"""

from __future__ import annotations

import bz2
import codecs
import lzma
import re
import zlib
from typing import IO, TYPE_CHECKING, Protocol

import zstandard

from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

say = sentences("evidence.compression")

SNIFF_BYTES = 64 * 2**10
_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOK_AT = 4096  # bytes in which UTF-16 shows
_MOST = 0.6
_FEW = 0.05
_MAX_CONTROL = 0.02
_CONTROL = bytes((*range(9), *range(14, 27), *range(28, 32)))
_HIGH = bytes(range(128, 256))
_MAX_HIGH = 0.4  # of the bytes of a line in a western language
_ALWAYS_HIGH = 3  # bytes, however short the line is
_MAX_LINE_BYTES = 64 * 2**10
# ÿ (255) is in no language's words that one would meet, and in a lot of damage.
_WESTERN = re.compile(
    rb"(?:[\t\n\r\x1b\x20-\x7e]++|[\x80\x82-\x8c\x8e\x91-\x9c\x9e-\xfe]{1,3}(?![\x80-\xff]))++"
)
_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")  # of UTF-8
_LONE_RETURN = re.compile(rb"\r(?!\n)")
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
_GZIP = b"\x1f\x8b\x08"
_BZIP2 = b"BZh"
_XZ = b"\xfd7zXZ\0"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPED = b"\x2a\x4d\x18"  # after a byte from 0x50 to 0x5f


def is_binary(head: bytes) -> bool:
    """Control characters that no text has; damage in a text is rarer than that."""
    control = len(head) - len(head.translate(None, _CONTROL))
    return control > _MAX_CONTROL * len(head) or b"\0\0\0\0" in head


def is_other_than_utf8(chunks: Iterator[bytes]) -> bool:
    """Return whether `decode` would change any byte's place."""
    head, rest = _peeked(chunks)
    if head.startswith(codecs.BOM_UTF8) or _wide(head):
        return True
    western = _Western()
    # In the very pieces in which `decode` reads it: where they are cut may decide about a line.
    pieces = _lines(_unmarked(rest))
    return not is_binary(head) and any(western.read(piece) is not piece for piece in pieces)


def decode(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The text in UTF-8. What is binary stays as it is."""
    head, rest = _peeked(chunks)
    wide = _wide(head)
    if wide:
        return _line_ends(_transcoded(rest, *wide))
    if is_binary(head):
        return rest
    return _line_ends(map(_Western().read, _lines(_unmarked(rest))))


def _peeked(chunks: Iterator[bytes], *, until: bytes = b"") -> tuple[bytes, Iterator[bytes]]:
    """The first SNIFF_BYTES, or less where `until` comes before; and everything."""
    head: list[bytes] = []
    size = 0
    for chunk in chunks:
        head.append(chunk)
        size += len(chunk)
        if size >= SNIFF_BYTES or (until and until in chunk):
            break
    return b"".join(head)[:SNIFF_BYTES], _chained(head, chunks)


def _chained(head: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    yield from head
    head.clear()
    yield from rest


def _wide(head: bytes) -> tuple[str, int] | None:
    """An encoding of two or four bytes a character, and how long its mark is."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    sample = head[: min(_LOOK_AT, len(head) // 2 * 2)]
    if len(sample) < len("ab\n") * 2:
        return None
    even, odd = (sample[at::2].count(0) / (len(sample) / 2) for at in (0, 1))
    for encoding, most, few in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if most >= _MOST and few <= _FEW and _reads(sample, encoding):
            return encoding, 0
    return None


def _reads(sample: bytes, encoding: str) -> bool:
    text = sample.decode(encoding, errors="replace")
    odd = sum(not char.isprintable() and char not in "\t\r\n\x1b" for char in text)
    return odd <= _MAX_CONTROL * len(text)


def _transcoded(chunks: Iterator[bytes], encoding: str, mark: int) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        skipped, mark = chunk[mark:], max(0, mark - len(chunk))
        yield decoder.decode(skipped).encode("utf-8", errors="replace")
    yield decoder.decode(b"", final=True).encode("utf-8", errors="replace")


def _unmarked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= len(codecs.BOM_UTF8):
            break
    yield head.removeprefix(codecs.BOM_UTF8)
    yield from chunks


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Chunks cut after a line feed where one is near; a character stays in one piece."""
    rest = b""
    for chunk in chunks:
        if not rest and chunk.isascii():
            yield chunk
            continue
        whole = rest + chunk
        cut = whole.rfind(b"\n") + 1
        if len(whole) - cut > _MAX_LINE_BYTES:
            cut = _between_characters(whole)
        rest = whole[cut:]
        if cut:
            yield whole[:cut]
    if rest:
        yield rest


def _between_characters(raw: bytes) -> int:
    """The last place in it that is not within a character of UTF-8."""
    for back in range(1, min(4, len(raw)) + 1):
        if raw[-back] & 0xC0 != 0x80:  # noqa: PLR2004 - not a continuation byte
            return len(raw) - back if raw[-back] & 0x80 else len(raw)
    return len(raw)


class _Western:
    """Reads lines as Windows-1252 until the file has shown that it is UTF-8."""

    def __init__(self) -> None:
        self._is_utf8 = False

    def read(self, lines: bytes) -> bytes:
        """Whole lines; the very same object where nothing is to be changed."""
        if self._is_utf8 or lines.isascii():
            return lines
        if _is_utf8(lines):
            self._is_utf8 = True
            return lines
        if not _CHARACTER.search(lines) and _is_western(lines):  # all at once
            return lines.decode("cp1252").encode()
        lines_read = [self._line(line) for line in lines.split(b"\n")]
        changed = b"\n".join(lines_read)
        return lines if changed == lines else changed

    def _line(self, line: bytes) -> bytes:
        if self._is_utf8 or line.isascii():
            return line
        if _is_utf8(line):
            self._is_utf8 = True
            return line
        return line.decode("cp1252").encode() if _is_western(line) else line


def _is_western(text: bytes) -> bool:
    high = len(text) - len(text.translate(None, _HIGH))
    return high <= max(_ALWAYS_HIGH, _MAX_HIGH * len(text)) and bool(_WESTERN.fullmatch(text))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _line_ends(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Line feeds instead of lone carriage returns where the head has only those."""
    head, rest = _peeked(chunks, until=b"\n")
    if b"\n" in head or b"\r" not in head:
        yield from rest
        return
    held = b""
    for chunk in rest:
        whole = held + chunk
        held = b"\r" if whole.endswith(b"\r") else b""
        yield _LONE_RETURN.sub(b"\n", whole.removesuffix(held) if held else whole)
    yield held.replace(b"\r", b"\n")


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
    file: IO[bytes], *, size: int, chunk_bytes: int, tell: Callable[[str], None]
) -> Iterator[bytes]:
    """Yield the content of a compressed file in chunks of about `chunk_bytes`.

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
            tell(say.raw("too_much", mb=str(limit // 2**20)))
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
                    tell(say.raw("cut_off"))
                    return
                chunk, raw = decoder.decompress(raw, chunk_bytes), b""
                if chunk:
                    yield chunk
        except (zlib.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError) as error:
            tell(say.raw("too_wide" if "memory" in str(error).lower() else "damaged"))
            return
        raw = _next_member(decoder.unused_data, file)


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
