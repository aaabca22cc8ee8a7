"""How does a file become numbered lines, whatever its size, encoding or damage?

Lines come in blocks of a few MiB, so that the work on them is vectorised and memory stays flat.
Damage never raises: bytes that are no UTF-8 become U+FFFD, NULs too; terminal colours go away.
Byte offsets are those of the UTF-8 text: for gzip and UTF-16 files, of their decoded form.
Private keys are hidden here already: a key is many lines, and later steps look at single ones.
"""

from __future__ import annotations

import codecs
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from core.redaction.multiline import MARK, hide_private_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.original import Original

BLOCK_BYTES = 2 * 2**20
BLOCK_LINES = 100_000  # of lines of a few bytes: what is made of each takes more than they do
MAX_LINE_BYTES = 64 * 2**10  # kept of a line that is longer than a block
MAX_DECODED_BYTES = 4 * 2**30  # a compressed file may be a bomb: the rest is not read

_COLOUR = r"\x1b\[[0-9;?]*[ -/]*[@-~]"
_GZIP = b"\x1f\x8b"
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Block:
    """Some consecutive lines. `number` is the first one's (1-based), `starts` their byte offsets.

    `starts` has one entry more than `lines`: where the next line begins.
    """

    number: int
    lines: pl.Series
    starts: npt.NDArray[np.int64]


def read_blocks(original: Original, *, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a file, in order. A last line without a line feed counts."""
    number, offset, inside = 1, 0, 0
    for raw, dropped in _whole_lines(read_text(original, block_bytes)):
        starts = _starts(raw) + offset
        starts[-1] += dropped
        lines = _split(raw)
        if inside or MARK in raw:
            lines, inside = hide_private_keys(lines, inside=inside)
        for at in range(0, len(lines), BLOCK_LINES):
            part = lines.slice(at, BLOCK_LINES)
            yield Block(number + at, part, starts[at : at + len(part) + 1])
        number, offset = number + len(lines), int(starts[-1])


def is_encoded(original: Original) -> bool:
    """Is its text other bytes than the file's own?"""
    with original.open() as file:
        head = file.read(2)
    return head == _GZIP or head in _UTF16


def read_text(original: Original, chunk_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """A file as UTF-8 (or whatever its bytes are): gzip unpacked, UTF-16 transcoded."""
    with original.open() as file:
        head = file.read(2)
        file.seek(0)
        if head == _GZIP:
            yield from _bounded(_gunzipped(file, chunk_bytes))
        elif head in _UTF16:
            yield from _transcoded(file, _UTF16[head], chunk_bytes)
        else:
            while chunk := file.read(chunk_bytes):
                yield chunk


def read_head(original: Original, size: int) -> bytes:
    """The first `size` bytes of a file's text."""
    head = b""
    for chunk in read_text(original, size):
        head += chunk
        if len(head) >= size:
            break
    return head[:size]


def _gunzipped(file: IO[bytes], chunk_bytes: int) -> Iterator[bytes]:
    """Members one after the other; what is truncated or damaged ends the text without raising."""
    decoder = zlib.decompressobj(wbits=31)
    raw = b""
    while raw := raw or file.read(chunk_bytes // 8 or 1):
        try:
            yield decoder.decompress(raw, chunk_bytes)
        except zlib.error:
            return
        raw = decoder.unconsumed_tail
        if decoder.eof:
            raw, decoder = decoder.unused_data, zlib.decompressobj(wbits=31)


def _transcoded(file: IO[bytes], encoding: str, chunk_bytes: int) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    file.seek(2)
    while chunk := file.read(chunk_bytes):
        yield decoder.decode(chunk).encode("utf-8", errors="replace")
    yield decoder.decode(b"", final=True).encode("utf-8", errors="replace")


def _bounded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > MAX_DECODED_BYTES:
            return
        yield chunk


def _whole_lines(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, int]]:
    """Chunks cut at line feeds, each with how many bytes of its last line were dropped.

    A line longer than a chunk keeps its head only: memory stays flat on a file without line feeds.
    """
    rest, dropped = b"", 0
    for chunk in chunks:
        end = 0
        if dropped or len(rest) > MAX_LINE_BYTES:
            end = chunk.find(b"\n") + 1
            dropped += len(rest) - MAX_LINE_BYTES + (end or len(chunk))
            rest = rest[:MAX_LINE_BYTES]
            if not end:
                continue
            yield rest, dropped
            rest, dropped = b"", 0
        cut = chunk.rfind(b"\n") + 1
        if cut > end:
            yield rest + chunk[end:cut], 0
            rest = b""
        rest += chunk[max(cut, end) :]
    if rest:
        yield rest, dropped


def _starts(raw: bytes) -> npt.NDArray[np.int64]:
    ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n")).astype(np.int64) + 1
    if not raw.endswith(b"\n"):
        ends = np.append(ends, len(raw))
    return np.concatenate((np.zeros(1, dtype=np.int64), ends))


def _split(raw: bytes) -> pl.Series:
    text = raw.decode("utf-8", errors="replace").removesuffix("\n").replace("\0", "\ufffd")
    lines = pl.Series("line", [text]).str.split("\n").explode()
    if b"\r" in raw:
        lines = lines.str.strip_chars_end("\r")
    if b"\x1b" in raw:
        lines = lines.str.replace_all(_COLOUR, "")
    return lines
