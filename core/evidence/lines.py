"""A file as numbered lines, whatever its size, encoding or damage.

The forms are those of ECMA-48 (5th edition, 5.4 and 8.3.89) and of xterm's control sequences.

Lines come in blocks of a few MiB, so that the work on them is vectorised and memory stays flat.
Damage never raises: bytes that are no UTF-8 become U+FFFD, NULs too; terminal colours go away.
Byte offsets are those of the text in UTF-8: of the decoded form, for compressed files and those
in another encoding. Private keys are hidden here: a key is many lines, later steps see single ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from core.evidence.compression import is_packed, sound_bytes, unpack
from core.evidence.encoding import decode, is_other_than_utf8
from core.evidence.model import Original
from core.redaction.multiline import NOTHING, hide_over_lines, runs_over_lines
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

say = sentences("evidence.lines")

BLOCK_BYTES = 2 * 2**20
BLOCK_LINES = 100_000  # of lines of a few bytes: what is made of each takes more than they do
FEW_LINES = 40  # that Python reads sooner than polars is set up for them
_FEW_BYTES = 16 * 2**10  # that Python has split before polars is called
MAX_LINE_BYTES = 64 * 2**10  # kept of a line that is longer than a block


@dataclass(frozen=True)
class WatchedOriginal:
    """An original that hears what of its text could not be read: `problems`, in order.

    believed: of a compressed one that is damaged or cut off, so many bytes of its text are read.
    """

    original: Original
    problems: list[str] = field(default_factory=list)
    believed: int | None = None

    @property
    def size(self) -> int:
        return self.original.size

    @property
    def written(self) -> datetime:
        return self.original.written

    def open(self) -> IO[bytes]:
        return self.original.open()

    def tell(self, problem: str) -> None:
        """Once each: a file is read more than once."""
        if problem not in self.problems:
            self.problems.append(problem)


def verified(original: Original) -> WatchedOriginal:
    """The original, of which no more is read than is beyond doubt; unpacks all of a packed one.

    Damage in compressed data shows only behind the garbage that it has made of the text.
    """
    watched = WatchedOriginal(original)
    with original.open() as file:
        head = file.read(8)
        file.seek(0)
        if not is_packed(head):
            return watched
        sound = sound_bytes(file, size=original.size, chunk_bytes=BLOCK_BYTES, tell=watched.tell)
    return replace(watched, believed=sound)


@dataclass(frozen=True)
class Block:
    """Some consecutive lines. `number` is the first one's (1-based), `starts` their byte offsets.

    `starts` has one entry more than `lines`: where the next line begins.
    """

    number: int
    lines: pl.Series
    starts: npt.NDArray[np.int64]


def read_blocks(original: Original, *, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a file, in order. A last line without a line feed counts.

    Of a whole chunk of blank lines, more than a block may have, the last one stands for all.
    """
    number, offset, unfinished = 1, 0, NOTHING
    tell = _listener(original)
    for raw, dropped in _whole_lines(read_text(original, block_bytes)):
        if blank := _many_blank(raw):
            number, offset, unfinished = number + blank, offset + len(raw), NOTHING
            ends = np.array([offset - 1, offset], dtype=np.int64)
            yield Block(number - 1, pl.Series("line", [""]), ends)
            continue
        starts = _starts(raw) + offset
        starts[-1] += dropped
        if dropped:
            tell(say.raw("endless", mb=BLOCK_BYTES // 2**20, kb=MAX_LINE_BYTES // 2**10))
        lines = _split(raw)
        if unfinished or runs_over_lines(raw):
            lines, unfinished = hide_over_lines(lines, after=unfinished)
        for at in range(0, len(lines), BLOCK_LINES):
            part = lines.slice(at, BLOCK_LINES)
            yield Block(number + at, part, starts[at : at + len(part) + 1])
        number, offset = number + len(lines), int(starts[-1])


def text_lines(original: Original, *, most: int) -> tuple[list[str], list[int], bool]:
    """The first lines, at most `most` bytes of them, where each begins, and whether that is all."""
    lines: list[str] = []
    starts = [0]
    for block in read_blocks(original, block_bytes=most):
        room = int(np.searchsorted(block.starts[1:], most, side="right"))
        lines += block.lines.head(room).to_list()
        starts += block.starts[1 : room + 1].tolist()
        if room < len(block.lines) or starts[-1] >= most:
            return lines, starts, False
    return lines, starts, True


def _many_blank(raw: bytes) -> int:
    """Count the lines if they are nothing but blank ones and too many for a block, else zero."""
    if not raw.isspace() or not raw.endswith(b"\n"):
        return 0
    count = int(np.count_nonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n")))
    return count if count > BLOCK_LINES else 0


def is_encoded(original: Original) -> bool:
    """Return whether its text is other bytes than the file's own; may read all of it."""
    with original.open() as file:
        head = file.read(8)
        file.seek(0)
        return is_packed(head) or is_other_than_utf8(_chunks(file, BLOCK_BYTES))


def read_text(original: Original, chunk_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """A file as UTF-8, unpacked (gzip, zstd, bzip2, xz); bytes that are no text stay themselves.

    Where not all of it can be read, it ends early; a `WatchedOriginal` is notified of why.
    """
    with original.open() as file:
        head = file.read(8)
        file.seek(0)
        if is_packed(head):
            believed = original.believed if isinstance(original, WatchedOriginal) else None
            chunks = unpack(
                file,
                size=original.size,
                chunk_bytes=chunk_bytes,
                tell=_listener(original),
                believed=believed,
            )
            yield from decode(chunks)
        else:
            yield from decode(_chunks(file, chunk_bytes))


def read_raw(original: Original, size: int) -> bytes:
    """The first `size` bytes of a file, unpacked, whatever they are: of a binary format."""
    with original.open() as file:
        head = file.read(8)
        file.seek(0)
        if not is_packed(head):
            return file.read(size)
        believed = original.believed if isinstance(original, WatchedOriginal) else None
        chunks = unpack(
            file,
            size=original.size,
            chunk_bytes=BLOCK_BYTES,
            tell=_listener(original),
            believed=believed,
        )
        return _joined(chunks, size)


def _joined(chunks: Iterator[bytes], size: int) -> bytes:
    raw = bytearray()
    for chunk in chunks:
        raw += chunk
        if len(raw) >= size:
            break
    return bytes(raw[:size])


def read_head(original: Original, size: int) -> bytes:
    """The first `size` bytes of a file's text."""
    head = b""
    for chunk in read_text(original, size):
        head += chunk
        if len(head) >= size:
            break
    return head[:size]


def _chunks(file: IO[bytes], chunk_bytes: int) -> Iterator[bytes]:
    while chunk := file.read(chunk_bytes):
        yield chunk


def _listener(original: Original) -> Callable[[str], None]:
    return original.tell if isinstance(original, WatchedOriginal) else _unheard


def _unheard(problem: str) -> None:
    """Nobody asked."""


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
            yield b"".join((rest, memoryview(chunk)[end:cut])), 0
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
    if len(raw) <= _FEW_BYTES:
        lines = pl.Series("line", text.split("\n"), dtype=pl.String)
    else:
        lines = pl.Series("line", [text]).str.split("\n").explode()
    if b"\r" in raw:
        lines = lines.str.strip_chars_end("\r").str.replace_all("\r", " ", literal=True)
    if "\x1b" in text or "\x9b" in text:
        lines = lines.str.replace_all(ESCAPES, "")
    return lines


# In the syntax that Rust's regex and Python's re share. What is not closed loses its mark only,
# so that no escape can swallow the rest of a line.
ESCAPES = (
    "\x1b\\[[0-?]{0,64}[ -/]{0,8}[@-~]"  # CSI: colours, movements
    "|\x1b\\][^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\\\|\x9c)"  # OSC: titles, links
    "|\x1b[PX^_][^\x1b\x9c]{0,4096}(?:\x1b\\\\|\x9c)"  # DCS, SOS, PM, APC
    "|\x9b[0-?]{0,64}[ -/]{0,8}[@-~]"  # CSI as one character
    "|\x1b[ -/]{1,8}[0-~]"  # a character set, and the like
    "|\x1b[0-Z\\\\-~]?"
)


MARK = "\x1b"


_ESCAPES = re.compile(ESCAPES)


def without_escapes(text: str) -> str:
    """The text as it is seen."""
    return _ESCAPES.sub("", text) if MARK in text or "\x9b" in text else text
