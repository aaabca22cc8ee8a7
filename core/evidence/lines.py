"""How does a file become numbered lines, whatever its size, encoding or damage?

Lines come in blocks of a few MiB, so that the work on them is vectorised and memory stays flat.
Damage never raises: bytes that are no UTF-8 become U+FFFD, NULs too, terminal colours go away.
Byte offsets are those of the UTF-8 text: for gzip and UTF-16 files, of their decoded form.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import polars as pl

BLOCK_BYTES = 4 * 2**20
MAX_LINE_BYTES = 64 * 2**10  # what is looked at of one line; its end is still found
MAX_DECODED_BYTES = 4 * 2**30  # a gzip file may be a bomb

_COLOUR = r"\x1b\[[0-9;?]*[ -/]*[@-~]"
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Block:
    """Some consecutive lines. `number` is the first one's (1-based), `starts` their byte offsets.

    `starts` has one entry more than `lines`: where the next line begins.
    """

    number: int
    lines: pl.Series
    starts: npt.NDArray[np.int64]


def read_blocks(path: Path, *, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a file, in order. A last line without a line feed counts."""
    number, offset = 1, 0
    for piece in _whole_lines(_chunks(path, block_bytes)):
        block = _block(piece.kept, number=number, offset=offset)
        if piece.dropped:
            block.starts[-1] += piece.dropped
        yield block
        number, offset = number + len(block.lines), int(block.starts[-1])


def read_head(path: Path, size: int) -> bytes:
    """The first bytes of a file's text, decoded the same way as its blocks are."""
    head = b""
    for chunk in _chunks(path, size):
        head += chunk
        if len(head) >= size:
            break
    return head[:size]


def _block(raw: bytes, *, number: int, offset: int) -> Block:
    ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n")).astype(np.int64) + 1
    if not raw.endswith(b"\n"):
        ends = np.append(ends, len(raw))
    starts = np.concatenate((np.zeros(1, dtype=np.int64), ends)) + offset
    return Block(number=number, lines=_split(raw), starts=starts)


def _split(raw: bytes) -> pl.Series:
    text = raw.decode("utf-8", errors="replace").removesuffix("\n")
    lines = pl.Series("line", [text.replace("\0", "\ufffd")]).str.split("\n").explode()
    if b"\r" in raw:
        lines = lines.str.strip_chars_end("\r")
    if b"\x1b" in raw:
        lines = lines.str.replace_all(_COLOUR, "")
    return lines


@dataclass(frozen=True)
class _Piece:
    kept: bytes
    dropped: int = 0  # bytes of an endless last line that nobody looks at


def _whole_lines(chunks: Iterator[bytes]) -> Iterator[_Piece]:
    """Chunks cut at line feeds; of a line longer than a block only the head is kept."""
    rest = b""
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if cut:
            yield _shortened(rest + chunk[:cut])
            rest = chunk[cut:]
        else:
            rest += chunk
    if rest:
        yield _shortened(rest)


def _shortened(raw: bytes) -> _Piece:
    return _Piece(raw)


def _chunks(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        if head.startswith(b"\x1f\x8b"):
            yield from _gunzipped(file, size)
        elif encoding := _UTF16.get(head[:2]):
            yield from _transcoded(file, encoding, size)
        else:
            yield from _plain(file, size)
