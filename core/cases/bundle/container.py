"""The container of a bundle: members packed into an uncompressed zip file and unpacked again.

Nothing is compressed, every field that does not follow from names and contents has one value, and
nothing lies between, before or behind the members. So the same members make the same bytes, every
unzip sees what we see, a changed byte shows wherever it is, and no file is larger than it looks.
Source: APPNOTE.TXT 6.3.10 of PKWARE, 4.3.7 (local header), 4.3.12 (central), 4.3.16 (end).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from pydantic import TypeAdapter

from core.cases.bundle.manifest import AGAIN, EVENTS, MOST_MEMBERS, NAMES, Json
from core.cases.events import CaseEvent, EventKind
from core.cases.projection import CaseView, fold
from core.clock import from_micros, micros
from core.errors import Tampered, TooLarge, Unreadable

if TYPE_CHECKING:
    from core.text.redacted import RedactedText

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
_NO_BUNDLE = "`faultmaven export CASE --out BUNDLE` makes one; a bundle packed anew is none."


VIEW = TypeAdapter(CaseView)
_TEXT_FIELDS = (
    "name",
    "summary",
    "text",
    "why",
)  # fields that hold digests, in events that change no read model
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member to pack. open: returns a new stream of its content, at the start."""

    name: str
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, kw_only=True)
class _Entry:
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
    """Writes the members in this order, each read twice. Raises TooLarge over 4 GiB in all."""
    entries, offset = list[_Entry](), 0
    for member in members:
        crc, size = _measure(member)
        entry = _Entry(name=member.name, crc=crc, size=size, offset=offset)
        offset += _LOCAL.size + len(entry.name) + size
        if offset > _LIMIT or len(entries) >= MOST_MEMBERS:
            step = "Export it without --originals."
            raise TooLarge("that is more than a bundle can hold", next_step=step)
        entries.append(entry)
        out.write(entry.local())
        for piece in _read_pieces(member):
            out.write(piece)
    out.write(_central_directory(entries, offset))


@dataclass
class Found:
    """A member as it is unpacked; what is not read of it is skipped."""

    name: str
    size: int
    _source: IO[bytes] = field(repr=False)
    crc: int = 0
    _left: int = 0

    def pieces(self) -> Iterator[bytes]:
        """Yields its content in pieces. Raises Tampered where the file ends early."""
        while self._left:
            piece = self._source.read(min(PIECE, self._left))
            if not piece:
                raise Tampered(f"{self.name}: the file ends in the middle of it", next_step=AGAIN)
            self._left -= len(piece)
            self.crc = zlib.crc32(piece, self.crc)
            yield piece


def unpack(source: IO[bytes]) -> Iterator[Found]:
    """Yields the members in order, then verifies that nothing else is in the file.

    Raises Unreadable for what is no bundle, Tampered for one that was changed, cut or added to.
    """
    entries, offset = list[_Entry](), 0
    mark = source.read(4)
    if mark != _LOCAL_MARK:
        raise Unreadable("this is no bundle: it does not begin like one", next_step=_NO_BUNDLE)
    while mark == _LOCAL_MARK:
        if len(entries) >= MOST_MEMBERS:
            raise Unreadable("this is no bundle: too many members", next_step=_NO_BUNDLE)
        entry = _read_header(source, offset)
        member = Found(entry.name, entry.size, source, _left=entry.size)
        yield member
        for _ in member.pieces():
            pass
        if member.crc != entry.crc:
            raise Tampered(f"{entry.name}: its content was changed (checksum)", next_step=AGAIN)
        entries.append(entry)
        offset += _LOCAL.size + len(entry.name) + entry.size
        mark = source.read(4)
    _check_end(source, mark, _central_directory(entries, offset))


def _read_header(source: IO[bytes], offset: int) -> _Entry:
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
    entry = _Entry(name=name, crc=crc, size=size, offset=offset)
    if entry.local() != raw + name.encode():
        raise Tampered(f"{name}: the header of it was changed", next_step=AGAIN)
    return entry


def _check_end(source: IO[bytes], mark: bytes, expected: bytes) -> None:
    rest = mark + source.read(len(expected) - len(mark) + 1)
    if rest != expected:
        message = "the directory at the end of the file was changed, cut off or added to"
        raise Tampered(message, next_step=AGAIN)


def _central_directory(entries: list[_Entry], offset: int) -> bytes:
    central = b"".join(entry.central() for entry in entries)
    count = len(entries)
    return central + _END.pack(_END_MARK, 0, 0, count, count, len(central), offset, 0)


def _measure(member: Member) -> tuple[int, int]:
    crc = size = 0
    for piece in _read_pieces(member):
        crc, size = zlib.crc32(piece, crc), size + len(piece)
    return crc, size


def _read_pieces(member: Member) -> Iterator[bytes]:
    with member.open() as stream:
        while piece := stream.read(PIECE):
            yield piece


def event_row(event: CaseEvent) -> Json:
    """The event as JSON, with everything that its hash covers."""
    return {
        "case_id": event.case_id,
        "seq": event.seq,
        "kind": event.kind,
        "at": micros(event.at),
        "actor": event.actor,
        "data": event.data,
        "previous": event.previous,
        "hash": event.hash,
    }


def read_event(row: Json) -> CaseEvent:
    """The event in a row. Raises Unreadable for a kind that a later version made."""
    try:
        kind = EventKind(row["kind"])
    except ValueError as error:
        message = f"{EVENTS}: this version knows no events of the kind {row['kind']!r}"
        raise Unreadable(message[:300], next_step="Verify it with a newer FaultMaven.") from error
    return CaseEvent(**row | {"kind": kind, "at": from_micros(row["at"])})


def texts_of(
    events: Sequence[CaseEvent], texts: Mapping[str, RedactedText]
) -> dict[str, RedactedText | None]:
    """Every text that the events refer to, by digest; None where it was erased.

    Folding looks texts up, which shows the digests it needs; events that change no read model name
    theirs in known fields.
    """
    recording = _RecordingTexts(texts)
    fold(events, recording)
    named = {event.data.get(name) for event in events for name in _TEXT_FIELDS}
    digests = {str(digest) for digest in recording.asked | named if _DIGEST.fullmatch(str(digest))}
    return {digest: texts.get(digest) for digest in sorted(digests | texts.keys())}


class _RecordingTexts(Mapping[str, "RedactedText"]):
    """A mapping of texts that records the digests looked up."""

    def __init__(self, texts: Mapping[str, RedactedText]) -> None:
        self._texts = texts
        self.asked = set[object]()

    def __getitem__(self, digest: str) -> RedactedText:
        self.asked.add(digest)
        return self._texts[digest]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
