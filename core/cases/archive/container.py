"""The container of an archive: a tar, compressed, each member with its hash, and an end.

Written and read as a stream: an archive may be larger than the memory, or than the disk it is read
from has room for. The last member counts the others and hashes their names and hashes, so that an
archive that was cut off between two members is not mistaken for a whole one.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import zstandard

from core.errors import Tampered, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "faultmaven-installation/1"
MANIFEST = "manifest.json"
END = "end.json"
PIECE = 2**20
LARGEST_RECORDS = 2**30  # bytes of a member that is read whole
LEVEL = 3
_SHA256 = "FAULTMAVEN.sha256"  # of the member; a keyword of its extended header
_AGAIN = "Do not rely on it: make it again with `faultmaven export --all`."

Open = Callable[[], IO[bytes]]


class ArchiveWriter:
    """Writes members as they come. out: takes all that is written to it, or raises."""

    def __init__(self, out: IO[bytes]) -> None:
        compressor = zstandard.ZstdCompressor(level=LEVEL)
        self._compressed = compressor.stream_writer(out, closefd=False)
        self._tar = tarfile.open(  # noqa: SIM115 - closed by `finish`
            fileobj=self._compressed, mode="w|", format=tarfile.PAX_FORMAT
        )
        self._listing = _Listing()

    def add(self, name: str, content: bytes) -> None:
        """A small member."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._add(name, len(content), sha256, io.BytesIO(content))

    def add_stream(self, name: str, content: Open) -> None:
        """A member of any size, which is read twice."""
        digest, size = hashlib.sha256(), 0
        with content() as stream:
            while piece := stream.read(PIECE):
                digest.update(piece)
                size += len(piece)
        with content() as stream:
            self._add(name, size, digest.hexdigest(), stream)

    def finish(self, counts: Mapping[str, int]) -> None:
        """Write the end; nothing can be added after it."""
        end = {"counts": dict(counts), **self._listing.document()}
        self.add(END, canonical(end))
        self._tar.close()
        self._compressed.flush(zstandard.FLUSH_FRAME)

    def _add(self, name: str, size: int, sha256: str, stream: IO[bytes]) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        member.pax_headers = {_SHA256: sha256}
        self._tar.addfile(member, stream)
        self._listing.add(name, sha256)


@dataclass
class ArchiveMember:
    """A member as it is read; what is not read of it is skipped."""

    name: str
    size: int
    sha256: str
    _source: IO[bytes] = field(repr=False)
    _digest: Any = field(default_factory=hashlib.sha256, repr=False)

    def read(self, most: int = PIECE) -> bytes:
        """The next piece. Raises Tampered at the end of content that is not what was written."""
        with _errors_of_reading(self.name):
            piece = self._source.read(most)
        self._digest.update(piece)
        if not piece and self._digest.hexdigest() != self.sha256:
            raise Tampered(f"{self.name} is not what was archived", next_step=_AGAIN)
        return piece

    def content(self) -> bytes:
        """All of it. Raises Tampered, and Unreadable for what is too large to be of ours."""
        if self.size > LARGEST_RECORDS:
            message = f"{self.name} has {self.size:,} bytes"
            raise Unreadable(message, next_step=_AGAIN)
        return b"".join(iter(self.read, b""))

    def document(self) -> dict[str, Any]:
        """Its JSON object. Raises Tampered, Unreadable."""
        return parsed(self.name, self.content())


def read_members(source: IO[bytes]) -> Iterator[ArchiveMember]:
    """The members but the end, which is checked: all that came before it was whole.

    Raises Unreadable for what is no archive, and Tampered for one that was changed or cut off.
    """
    listing, is_whole = _Listing(), False
    with _errors_of_reading("the archive"):
        reader = zstandard.ZstdDecompressor().stream_reader(source, closefd=False)
        tar = tarfile.open(fileobj=reader, mode="r|")  # noqa: SIM115 - holds nothing of its own
    while (entry := _next(tar)) is not None:
        member = _member(tar, entry)
        if is_whole:
            raise Tampered(f"{member.name} follows the end of the archive", next_step=_AGAIN)
        if member.name == END:
            _must_be_end(member.document(), listing)
            is_whole = True
            continue
        listing.add(member.name, member.sha256)
        yield member
    if not is_whole:
        raise Tampered("the archive ends before its end: it was cut off", next_step=_AGAIN)


def canonical(document: Mapping[str, Any]) -> bytes:
    """JSON, the same for the same."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def parsed(name: str, content: bytes) -> dict[str, Any]:
    """A JSON object. Raises Unreadable."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{name} is no JSON", next_step=_AGAIN) from error
    if not isinstance(document, dict):
        raise Unreadable(f"{name} is no JSON object", next_step=_AGAIN)
    return document


class _Listing:
    """Names and hashes of the members so far."""

    def __init__(self) -> None:
        self._members = 0
        self._digest = hashlib.sha256()

    def add(self, name: str, sha256: str) -> None:
        self._members += 1
        self._digest.update(f"{sha256} {name}\n".encode())

    def document(self) -> dict[str, Any]:
        return {"members": self._members, "sha256": self._digest.hexdigest()}


def _must_be_end(end: Mapping[str, Any], listing: _Listing) -> None:
    """Raises Tampered."""
    if {name: end.get(name) for name in ("members", "sha256")} != listing.document():
        raise Tampered("members of the archive are missing or were changed", next_step=_AGAIN)


def _next(tar: tarfile.TarFile) -> tarfile.TarInfo | None:
    with _errors_of_reading("the archive"):
        entry = tar.next()
        vars(tar)["members"] = []  # of all so far, which would grow with the archive
        return entry


def _member(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> ArchiveMember:
    sha256 = entry.pax_headers.get(_SHA256, "")
    source = tar.extractfile(entry) if entry.isfile() else None
    if source is None or not sha256:
        message = "a member of the archive is none of ours"
        raise Unreadable(message, next_step=_AGAIN)
    return ArchiveMember(entry.name, entry.size, sha256, source)


@contextmanager
def _errors_of_reading(name: str) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        message = f"{name} cannot be read: it was changed, or cut off"
        raise Tampered(message, next_step=_AGAIN) from error
