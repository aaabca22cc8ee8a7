"""Unpacks an archive: chooses what is evidence, and writes that into one rendition, in a row.

What is unpacked rests sealed, beside the archive, until each member is a file of its own; the
members say where in it they are. Nothing is ever written to a path that an archive names.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import IO, TYPE_CHECKING

from core.evidence.archives.bounds import BOUNDS, ArchiveBounds
from core.evidence.archives.conversion import archive_converter, is_convertible, tar_chunks
from core.evidence.archives.entries import (
    ArchiveEntry,
    ArchiveReader,
    MemberDamaged,
    Omission,
    Omissions,
)
from core.evidence.archives.layouts import service_in_layout
from core.evidence.archives.paths import (
    DistinctPaths,
    harmless,
    is_no_evidence,
    is_picture,
    rank_of,
)
from core.evidence.archives.tars import TarReader
from core.evidence.archives.wrapped import WrappedReader
from core.evidence.archives.zips import ZipReader
from core.evidence.compression import is_packed, unpack
from core.evidence.detection.profiles import detect_by_bytes
from core.evidence.extractor import HEAD_BYTES, Head
from core.evidence.model import DataType, UnpackedMember
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.lines import WatchedOriginal
    from core.evidence.model import WritableOriginal

say = sentences("evidence.archives")

CHUNK_BYTES = 2**20
_ZIP = (b"PK\3\4", b"PK\5\6")
_TAR_MARK, _TAR_MARK_AT = b"ustar", 257
_TAR_HEADER = 512
# In the first entries of what Java, Android, Office and LibreOffice pack.
_DOCUMENT_PARTS = frozenset(
    {"META-INF/MANIFEST.MF", "AndroidManifest.xml", "[Content_Types].xml", "mimetype"}
)
_FIRST_ENTRIES = 20
_UNREADABLE = frozenset({DataType.IMAGE, DataType.BINARY})


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """The members, and what is left out of them, if anything."""

    members: tuple[UnpackedMember, ...]
    problem: str | None


def unpack_archive(
    original: WatchedOriginal,
    *,
    name: str,
    rendition: WritableOriginal,
    bounds: ArchiveBounds = BOUNDS,
) -> Unpacked | None:
    """What an archive holds, written to `rendition`; None for what is not unpacked.

    name: of the archive. All of it is bounded, so that what is left out is named.
    """
    reader = _reader(original, name, bounds)
    if reader is None or _is_document(reader):
        return None
    unpacking = _Unpacking(bounds=bounds.of_archive(original.size))
    choice = _choice(reader, unpacking)
    with rendition.create() as out:
        unpacking.write(reader, choice, out)
    left_out = unpacking.omissions.text(len(unpacking.members))
    problems = [each for each in (left_out, reader.problem) if each]
    return Unpacked(members=tuple(unpacking.members), problem="; ".join(problems) or None)


def _reader(original: WatchedOriginal, name: str, bounds: ArchiveBounds) -> ArchiveReader | None:
    with original.open() as file:
        head = file.read(_TAR_HEADER)
    if not is_packed(head):
        if head.startswith(_ZIP):
            return ZipReader(original.open, bounds=bounds)
        if _is_tar(head):
            return TarReader(partial(_plain_chunks, original), bounds=bounds)
        converter = archive_converter() if is_convertible(head) else None
        if converter is not None:
            chunks = partial(tar_chunks, original, converter)
            return TarReader(chunks, bounds=bounds, tells_damage=False)
        return None
    open_chunks = partial(_unpacked_chunks, original)
    if _is_tar(_first(open_chunks(), _TAR_HEADER)):
        return TarReader(open_chunks, bounds=bounds)
    return WrappedReader(open_chunks, name=name, packed_size=original.size)


def _is_document(reader: ArchiveReader) -> bool:
    """Return whether it is a program or a document, which only happens to be packed so."""
    if not isinstance(reader, ZipReader):
        return False
    return any(entry.name in _DOCUMENT_PARTS for entry in islice(reader.entries(), _FIRST_ENTRIES))


def _is_tar(head: bytes) -> bool:
    return head.startswith(_TAR_MARK, _TAR_MARK_AT)


def _plain_chunks(original: WatchedOriginal) -> Iterator[bytes]:
    with original.open() as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _unpacked_chunks(original: WatchedOriginal) -> Iterator[bytes]:
    with original.open() as file:
        yield from unpack(
            file,
            size=original.size,
            chunk_bytes=CHUNK_BYTES,
            tell=original.tell,
            believed=original.believed,
        )


def _first(chunks: Iterator[bytes], size: int) -> bytes:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= size:
            break
    return head[:size]


def _choice(reader: ArchiveReader, unpacking: _Unpacking) -> dict[int, str]:
    """The entries to read, each with its path; the others become omissions.

    The ones that promise the most are chosen first, and read in the order of the archive.
    """
    bounds, candidates = unpacking.bounds, list[tuple[ArchiveEntry, str]]()
    for entry in reader.entries():
        path = harmless(entry.name)
        omission = entry.omission or _omission_by_name(entry, path, bounds)
        if entry.position >= bounds.listed or unpacking.is_late:
            unpacking.omissions.add(Omission.TOO_MANY, path)
            break
        if omission is None:
            candidates.append((entry, path))
        else:
            unpacking.omissions.add(omission, path)
    candidates.sort(key=_promise)
    return _within_bounds(candidates, unpacking)


def _promise(candidate: tuple[ArchiveEntry, str]) -> tuple[int, int]:
    """What is read first; of pictures the largest, since icons are small."""
    entry, path = candidate
    return rank_of(path), -entry.size if is_picture(path) else 0


def _within_bounds(
    candidates: list[tuple[ArchiveEntry, str]], unpacking: _Unpacking
) -> dict[int, str]:
    """As many as the bounds allow, in this order; the others become omissions."""
    bounds, omissions = unpacking.bounds, unpacking.omissions
    total, chosen = 0, dict[int, str]()
    pictures = pictures_bytes = 0
    for entry, path in candidates:
        is_shown = is_picture(path)
        if len(chosen) >= bounds.members:
            omissions.add(Omission.TOO_MANY, path)
        elif total + entry.size > bounds.total_bytes:
            omissions.add(Omission.TOO_MUCH, path)
        elif is_shown and (
            pictures >= bounds.pictures or pictures_bytes + entry.size > bounds.pictures_bytes
        ):
            omissions.add(Omission.PICTURES, path)
        else:
            chosen[entry.position] = path
            total += entry.size
            pictures, pictures_bytes = (
                pictures + is_shown,
                pictures_bytes + is_shown * entry.size,
            )
    return chosen


def _omission_by_name(entry: ArchiveEntry, path: str, bounds: ArchiveBounds) -> Omission | None:
    if is_no_evidence(path, with_pictures=bounds.pictures > 0):
        return Omission.NO_EVIDENCE
    if entry.size == 0:
        return Omission.EMPTY
    if entry.size > _most_bytes(entry, path, bounds):
        return Omission.TOO_LARGE
    return None


def _most_bytes(entry: ArchiveEntry, path: str, bounds: ArchiveBounds) -> int:
    most = bounds.most_bytes(entry.packed_size)
    return min(most, bounds.picture_bytes) if is_picture(path) else most


@dataclass(kw_only=True)
class _Unpacking:
    """The members of one archive so far, and what they have cost."""

    bounds: ArchiveBounds
    members: list[UnpackedMember] = field(default_factory=list)
    omissions: Omissions = field(default_factory=Omissions)
    paths: DistinctPaths = field(default_factory=DistinctPaths)
    spent: int = 0  # bytes that were unpacked, kept or not
    nested: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def is_late(self) -> bool:
        return time.monotonic() - self.began > self.bounds.seconds

    def write(self, reader: ArchiveReader, choice: dict[int, str], out: IO[bytes]) -> None:
        """Write the chosen entries one after the other; what turns out otherwise is left out."""
        missing = dict(choice)
        for entry, chunks in reader.contents(choice):
            del missing[entry.position]
            omission = self._write_one(entry, choice[entry.position], chunks, out)
            if omission is not None:
                self.omissions.add(omission, choice[entry.position])
        for path in missing.values():
            self.omissions.add(Omission.DAMAGED, path)

    def _write_one(
        self, entry: ArchiveEntry, path: str, chunks: Iterator[bytes], out: IO[bytes]
    ) -> Omission | None:
        head, start, size = b"", self.spent, 0
        line_end = 0
        try:
            for chunk in chunks:
                head = head or chunk
                first = head if not size else b""
                if omission := self._stops(entry, path, first, size + len(chunk)):
                    return omission
                out.write(chunk)
                line_end = size + chunk.rfind(b"\n") + 1 if b"\n" in chunk else line_end
                size, self.spent = size + len(chunk), self.spent + len(chunk)
        except MemberDamaged as damage:
            if damage.omission is not Omission.CUT_OFF or not line_end:
                return damage.omission if line_end else Omission.DAMAGED
            self._keep(path, start, line_end, head)
            return damage.omission
        if size:
            self._keep(path, start, size, head)
        return None if size else Omission.EMPTY

    def _stops(self, entry: ArchiveEntry, path: str, head: bytes, size: int) -> Omission | None:
        """Why no more of it is read, if so. head: its first chunk, when that has come."""
        if self.is_late:
            return Omission.TOO_LATE
        if size > _most_bytes(entry, path, self.bounds):
            return Omission.TOO_LARGE
        if self.spent >= self.bounds.total_bytes:
            return Omission.TOO_MUCH
        return self._omission_by_content(path, head) if head else None

    def _omission_by_content(self, path: str, head: bytes) -> Omission | None:
        if is_archive(head):
            return Omission.TOO_NESTED if self.nested >= self.bounds.nested else None
        detected = detect_by_bytes(Head(head[:HEAD_BYTES], ""))
        if detected is None or (is_picture(path) and detected.data_type is DataType.IMAGE):
            return None
        return Omission.NO_TEXT if detected.data_type in _UNREADABLE else None

    def _keep(self, path: str, start: int, size: int, head: bytes) -> None:
        self.nested += is_archive(head)
        member = UnpackedMember(
            path=self.paths.take(path),
            service=service_in_layout(path),
            start=start,
            size=size,
        )
        self.members.append(member)


def is_archive(head: bytes) -> bool:
    """Return whether a file that begins like this is unpacked, also one that is compressed."""
    if not is_packed(head):
        return head.startswith(_ZIP) or _is_tar(head) or is_convertible(head)
    chunks = unpack(io.BytesIO(head), size=len(head), chunk_bytes=_TAR_HEADER, tell=_unheard)
    inner = _first(chunks, _TAR_HEADER)
    return inner.startswith(_ZIP) or is_packed(inner) or _is_tar(inner)


def _unheard(problem: str) -> None:
    """The head of a file is cut off, always."""
