"""Which objects of a JSON document are of interest, one at a time, whatever the document's size?

A document is never held whole: its brackets are found block by block, and only the objects that a
format names (its spans, its processes) are kept and parsed. Several documents in one file (one a
line) are read alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from core.evidence.spans.model import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Path = tuple[str, ...]
    Wanted = Callable[[Path, bool], str | None]  # keys, and whether it is an object

MAX_PIECE_BYTES = 4 * 2**20
MAX_DEPTH = 12  # of containers that are looked into; deeper ones are passed by
_KEY_ROOM = 300  # bytes before a bracket in which its key stands
_QUOTE, _BACKSLASH, _FEED = ord('"'), ord("\\"), ord("\n")
_OPENS, _CLOSES = (ord("{"), ord("[")), (ord("}"), ord("]"))


class Piece(NamedTuple):
    """One object. `name` is what the format calls it; an empty `raw` was too large to keep.

    A name that begins with "/" is the end of a container that was looked into.
    """

    name: str
    raw: bytes
    place: Place


@dataclass
class Walk:
    """Goes through the blocks of a file, which starts `size` bytes and `lines` lines into it.

    wanted: by which name a format knows what stands at a path of keys ("" is an element of an
    array, or a document); None where it does not. A name that begins with "/" is looked into, and
    only its end told.
    """

    wanted: Wanted
    size: int = 0
    lines: int = 0
    depth: int = 0
    _path: list[str] = field(default_factory=list)
    _objects: list[bool] = field(default_factory=list)  # along the path: or arrays?
    _in_string: bool = False
    _escaped: bool = False
    _kept: bytes = b""  # bytes before the block that are still needed
    _piece: tuple[str | None, int, int] | None = None  # its name, first byte and first line
    _until: int = 0  # the depth behind the end of the piece

    def read(self, blocks: Iterable[bytes]) -> Iterator[Piece]:
        """All pieces, in order."""
        for block in blocks:
            yield from self._read(_Block(block))
            self.size += len(block)
            self.lines += block.count(b"\n")
            self._keep(block)

    @property
    def is_cut_off(self) -> bool:
        return bool(self._path) or self._in_string

    def is_whole(self, block: bytes) -> bool:
        """Is every string and container of a block closed in it?"""
        alone = Walk(self.wanted)
        _, depths = alone._brackets(_Block(block).codes)
        return not alone._in_string and not (len(depths) and depths[-1])

    def _read(self, block: _Block) -> Iterator[Piece]:
        places, depths = self._brackets(block.codes)
        self.depth = int(depths[-1]) if len(depths) else self.depth
        closing = np.isin(block.codes[places], _CLOSES)
        at = 0
        while at < len(places):
            if self._piece is not None:
                at = _next(depths, at, self._until)
                if at == len(places):
                    return
            if closing[at]:
                yield from self._close(block, int(places[at]))
            else:
                self._open(block, int(places[at]), int(depths[at]))
            at += 1

    def _open(self, block: _Block, at: int, depth: int) -> None:
        self._path.append(_key(self._before(block.raw, at)))
        self._objects.append(block.raw[at] == _OPENS[0])
        name = self._name()
        if len(self._path) > MAX_DEPTH or (name and not name.startswith("/")):
            self._piece = (name, self.size + at, self.lines + block.line(at))
            self._until = depth - 1

    def _close(self, block: _Block, at: int) -> Iterator[Piece]:
        if not self._path:  # more closed than was open: damage
            return
        name, end, line = self._name(), self.size + at + 1, self.lines + block.line(at)
        self._path.pop()
        self._objects.pop()
        if self._piece is not None:
            name, start, first = self._piece
            self._piece = None
            if name:
                is_small = end - start <= MAX_PIECE_BYTES
                raw = self._slice(block.raw, start, end) if is_small else b""
                yield Piece(name, raw, Place(first, line, start, end))
        elif name:
            yield Piece(name, b"", Place(line, line, end - 1, end))

    def _name(self) -> str | None:
        if len(self._path) > MAX_DEPTH:
            return None
        return self.wanted(tuple(self._path), self._objects[-1])

    def _brackets(
        self, codes: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Offsets of the brackets outside of strings, and the depth behind each."""
        quotes = np.flatnonzero(codes == _QUOTE)
        quotes = quotes[~self._are_escaped(codes, quotes)]
        # `[` and `{` differ in one bit, `]` and `}` too: 0x5b, 0x7b and 0x5d, 0x7d.
        folded = codes | 0x20
        places = np.flatnonzero((folded == _OPENS[0]) | (folded == _CLOSES[0]))
        odd = (np.searchsorted(quotes, places) + self._in_string) % 2 == 1
        places = places[~odd]
        self._in_string = bool((len(quotes) + self._in_string) % 2)
        steps = np.where(np.isin(codes[places], _OPENS), 1, -1)
        return places, self.depth + np.cumsum(steps)

    def _are_escaped(
        self, codes: npt.NDArray[np.uint8], quotes: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Is there an odd run of backslashes before each quote?"""
        slashes = np.flatnonzero(codes == _BACKSLASH)
        if self._escaped:  # as if the backslash before the block were in it
            slashes = np.concatenate(([-1], slashes))
        self._escaped = False
        if not len(slashes):
            return np.zeros(len(quotes), dtype=bool)
        breaks = np.flatnonzero(np.diff(slashes) != 1) + 1
        starts = slashes[np.concatenate(([0], breaks))]
        ends = slashes[np.concatenate((breaks - 1, [len(slashes) - 1]))] + 1
        escaped = ends[(ends - starts) % 2 == 1]
        self._escaped = bool(len(escaped) and escaped[-1] == len(codes))
        return np.isin(quotes, escaped)

    def _before(self, block: bytes, at: int) -> bytes:
        if at >= _KEY_ROOM:
            return block[at - _KEY_ROOM : at]
        return self._kept[-_KEY_ROOM:] + block[:at]

    def _slice(self, block: bytes, start: int, end: int) -> bytes:
        """Bytes of the file from `start` to `end`, some of which may be from blocks before."""
        if start >= self.size:
            return block[start - self.size : end - self.size]
        return self._kept[start - self.size :] + block[: end - self.size]

    def _keep(self, block: bytes) -> None:
        """`size` is behind the block already."""
        since = self.size - self._piece[1] if self._piece is not None else 0
        if since > MAX_PIECE_BYTES:
            since = 0
        room = max(since, _KEY_ROOM)
        joined = self._kept + block if room > len(block) else block
        self._kept = joined[-room:]


class _Block:
    """Some bytes of a file, and where lines end in them."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.codes = np.frombuffer(raw, dtype=np.uint8)
        self._feeds = np.flatnonzero(self.codes == _FEED)

    def line(self, at: int) -> int:
        """1-based in the block."""
        return 1 + int(np.searchsorted(self._feeds, at))


def _key(before: bytes) -> str:
    """Of what stands before a bracket; "" where that is no key."""
    colon = before.rstrip()
    quoted = colon[:-1].rstrip()
    if not colon.endswith(b":") or not quoted.endswith(b'"'):
        return ""
    start = quoted.rfind(b'"', 0, -1)
    return quoted[start + 1 : -1].decode(errors="replace") if start >= 0 else ""


def _next(depths: npt.NDArray[np.int64], at: int, depth: int) -> int:
    """The first bracket from `at` on behind which the depth is `depth`, or the end."""
    room = 64
    while at < len(depths):
        found = np.flatnonzero(depths[at : at + room] <= depth)
        if len(found):
            return at + int(found[0])
        at += room
        room *= 4
    return len(depths)
