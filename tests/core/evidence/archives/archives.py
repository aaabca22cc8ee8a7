"""Archives as the real libraries write them, in memory, and what is unpacked of one."""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Literal, cast

from core.evidence.archives.bounds import BOUNDS, ArchiveBounds
from core.evidence.archives.unpacker import Unpacked, unpack_archive
from core.evidence.lines import verified

if TYPE_CHECKING:
    from collections.abc import Mapping

LINES = b"2026-11-17T10:00:00Z ERROR timeout waiting for connection\n"


@dataclass(frozen=True)
class BytesOriginal:
    """A file that is no file."""

    content: bytes
    written: datetime = datetime(2026, 11, 17, tzinfo=UTC)

    @property
    def size(self) -> int:
        return len(self.content)

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.content)


class _Kept(io.BytesIO):
    """Its content outlives it."""

    def __init__(self, blank: BytesBlank) -> None:
        super().__init__()
        self._blank = blank

    def close(self) -> None:
        if not self.closed:
            self._blank.content = self.getvalue()
        super().close()


@dataclass
class BytesBlank:
    """A rendition in memory."""

    content: bytes = field(default=b"")

    def create(self) -> IO[bytes]:
        return cast("IO[bytes]", _Kept(self))

    def original(self) -> BytesOriginal:
        return BytesOriginal(self.content)


def a_zip(
    members: Mapping[str, bytes] | list[tuple[str, bytes]],
    *,
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members if isinstance(members, list) else members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return out.getvalue()


def a_tar(
    members: Mapping[str, bytes] | list[tuple[str, bytes]],
    *,
    compression: Literal["", "gz", "bz2", "xz"] = "",
) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=_MODES[compression]) as archive:
        for name, content in members if isinstance(members, list) else members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


_MODES: dict[str, Literal["w:", "w:gz", "w:bz2", "w:xz"]] = {
    "": "w:",
    "gz": "w:gz",
    "bz2": "w:bz2",
    "xz": "w:xz",
}


def special_tar(*infos: tarfile.TarInfo) -> bytes:
    """Headers alone."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info in infos:
            archive.addfile(info)
    return out.getvalue()


@dataclass(frozen=True)
class Opened:
    """What came of an archive: contents by path, services by path, and what is said."""

    contents: dict[str, bytes]
    services: dict[str, str | None]
    problem: str


def opened(content: bytes, *, name: str = "bundle", bounds: ArchiveBounds = BOUNDS) -> Opened:
    blank = BytesBlank()
    unpacked = unpack_archive(
        verified(BytesOriginal(content)), name=name, rendition=blank, bounds=bounds
    )
    assert isinstance(unpacked, Unpacked)
    return Opened(
        contents={
            member.path: blank.content[member.start : member.start + member.size]
            for member in unpacked.members
        },
        services={member.path: member.service for member in unpacked.members},
        problem=unpacked.problem or "",
    )
