"""Values of span formats in their several spellings, and objects of JSON read one at a time.

A document is never held whole: its brackets are found block by block, and only the objects that a
format names (its spans, its processes) are kept and parsed. Several documents in one file (one a
line) are read alike.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from core.evidence.spans.model import SpanPlace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LONGEST_NAME = 200  # characters of a service or operation
_HEX = re.compile(r"[0-9A-Fa-f]{16}|[0-9A-Fa-f]{32}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{11}=|[A-Za-z0-9+/]{22}==")
_TRUE = frozenset({"true", "1", "yes"})
_LATEST = 4_102_444_800_000_000  # µs: the year 2100
_SERVER_ERROR = 500
# gRPC's codes that are the server's fault, by OpenTelemetry's conventions for gRPC spans.
_GRPC_ERRORS = frozenset({"2", "4", "12", "13", "14", "15"})
_HOSTS = ("host.name", "hostname", "k8s.pod.name", "host", "service.instance.id", "ip")
# By which a client's span names the server that writes no span of its own.
_PEERS = ("peer.service", "server.address", "net.peer.name", "db.system", "db.type")
_CODES = ("http.status_code", "http.response.status_code")
_MESSAGES = ("exception.message", "error.message", "message", "error.object", "event", "error")


def text(value: object, limit: int = LONGEST_NAME) -> str:
    """A value as a short text on one line."""
    if type(value) is str and value.isalnum() and len(value) <= limit:
        return value  # nearly all are, and there are millions
    if value is None or isinstance(value, dict | list):
        return ""
    return " ".join(str(value)[: 4 * limit].split())[:limit]


def identifier(value: object) -> str:
    """An id in lower-case hex; base64 (protobuf's JSON) is turned into it; zeros are none."""
    spelt = text(value, 64)
    if not _HEX.fullmatch(spelt) and _BASE64.fullmatch(spelt):
        try:
            spelt = base64.b64decode(spelt, validate=True).hex()
        except (binascii.Error, ValueError):
            return spelt
    if not spelt.strip("0"):
        return ""
    return spelt.lower()


def whole(value: object) -> int | None:
    """An integer that may be spelt as a text (64 bits do not fit JavaScript's numbers)."""
    try:
        if type(value) is int:
            return value
        number = float(value) if isinstance(value, str | int | float) else math.nan
        if not math.isfinite(number):
            return None
        return int(value) if isinstance(value, int | str) and "." not in str(value) else int(number)
    except (ValueError, OverflowError):
        return None


def moment(value: object, *, per_micro: int = 1) -> int | None:
    """µs since 1970 from a number of them (or of 1/per_micro µs); None where it is no such time."""
    number = whole(value)
    if number is None or not 0 < number // per_micro < _LATEST:
        return None
    return number // per_micro


def is_true(value: object) -> bool:
    """As a boolean, a number or a text."""
    return value is True or (isinstance(value, str | int) and str(value).lower() in _TRUE)


def host(attributes: Mapping[str, object]) -> str:
    """Whose clock it was, as far as a process or resource tells."""
    return _first(attributes, _HOSTS)


def peer(attributes: Mapping[str, object]) -> str:
    """Whom a call goes to."""
    return _first(attributes, _PEERS)


def _first(attributes: Mapping[str, object], keys: tuple[str, ...]) -> str:
    for key in keys:
        if key in attributes and (message := text(attributes[key])):
            return message
    return ""


def has_failed(attributes: Mapping[str, object]) -> bool:
    """Return whether its answer is an HTTP status of a server's fault, or such a code of gRPC."""
    for key in _CODES:
        code = whole(attributes[key]) if key in attributes else None
        if code is not None and code >= _SERVER_ERROR:
            return True
    code_of_grpc = attributes.get("rpc.grpc.status_code")
    return code_of_grpc is not None and text(code_of_grpc) in _GRPC_ERRORS


def error_message(attributes: Mapping[str, object]) -> str:
    """Return the text of an error in the words of its exception; "" where it has none."""
    for key in _MESSAGES:
        message = text(attributes[key], 300) if key in attributes else ""
        if message and message.lower() not in {"true", "false", "error", "exception"}:
            return message
    return ""


MAX_PIECE_BYTES = 4 * 2**20
MAX_DEPTH = 12  # of containers that are looked into; deeper ones are passed by
_KEY_ROOM = 300  # bytes before a bracket in which its key stands
_QUOTE, _BACKSLASH, _FEED = ord('"'), ord("\\"), ord("\n")
_OPENS, _CLOSES = (ord("{"), ord("[")), (ord("}"), ord("]"))


class JsonObject(NamedTuple):
    """One object. `name` is what the format calls it; an empty `raw` was too large to keep.

    A name that begins with "/" is the end of a container that was looked into.
    """

    name: str
    raw: bytes
    place: SpanPlace


@dataclass
class JsonWalker:
    """Goes through the blocks of a file, which starts `size` bytes and `lines` lines into it.

    wanted: by which name a format knows what stands at a path of keys ("" is an element of an
    array, or a document); None where it does not. A name that begins with "/" is looked into, and
    only its end told.
    """

    wanted: Callable[[tuple[str, ...], bool], str | None]  # keys, and whether it is an object
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

    def read(self, blocks: Iterable[bytes]) -> Iterator[JsonObject]:
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
        """Return whether every string and container of a block is closed in it."""
        alone = JsonWalker(self.wanted)
        _, depths = alone._brackets(_Block(block).codes)
        return not alone._in_string and not (len(depths) and depths[-1])

    def _read(self, block: _Block) -> Iterator[JsonObject]:
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

    def _close(self, block: _Block, at: int) -> Iterator[JsonObject]:
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
                yield JsonObject(name, raw, SpanPlace(first, line, start, end))
        elif name:
            yield JsonObject(name, b"", SpanPlace(line, line, end - 1, end))

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
        """Return whether an odd run of backslashes stands before each quote."""
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
        ends = np.flatnonzero(depths[at : at + room] <= depth)
        if len(ends):
            return at + int(ends[0])
        at += room
        room *= 4
    return len(depths)
