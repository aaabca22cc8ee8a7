"""An archive is read as it was written, or not at all."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
import zstandard

from core.cases.archive.container import END, ArchiveWriter, canonical, read_members
from core.errors import Tampered, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

BIG = bytes(range(256)) * 20_000


def written() -> bytes:
    out = io.BytesIO()
    writer = ArchiveWriter(out)
    writer.add("manifest.json", canonical({"format": "x"}))
    writer.add_stream("cases/1/originals/a", lambda: io.BytesIO(BIG))
    writer.add("cases/1/rows.jsonl", b"")
    writer.finish({"cases": 1})
    return out.getvalue()


def read(archive: bytes) -> dict[str, bytes]:
    return {member.name: member.content() for member in read_members(io.BytesIO(archive))}


def test_members_come_back_in_order() -> None:
    members = read(written())
    assert list(members) == ["manifest.json", "cases/1/originals/a", "cases/1/rows.jsonl"]
    assert members["cases/1/originals/a"] == BIG


def test_the_same_makes_the_same() -> None:
    assert written() == written()


def rewritten(change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]) -> bytes:
    """The archive with other members."""
    plain = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(written())).read()
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        members = [(entry, getattr(tar.extractfile(entry), "read")()) for entry in tar]  # noqa: B009
    change(members)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry, content in members:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return zstandard.ZstdCompressor().compress(out.getvalue())


def replace_content(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members[1] = (members[1][0], BIG[:-1] + b"?")


def leave_one_out(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    del members[2]


def leave_out_the_end(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    assert members.pop()[0].name == END


def go_on_after_the_end(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members.append(members[0])


@pytest.mark.parametrize(
    "change", [replace_content, leave_one_out, leave_out_the_end, go_on_after_the_end]
)
def test_what_was_changed_is_refused(
    change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None],
) -> None:
    with pytest.raises(Tampered):
        read(rewritten(change))


def test_a_member_without_a_hash_is_none_of_ours() -> None:
    def forget(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[0][0].pax_headers = {}

    with pytest.raises(Unreadable):
        read(rewritten(forget))


@pytest.mark.parametrize("content", [b"", b"no archive at all", written()[:1000]], ids=len)
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises((Tampered, Unreadable)):
        read(content)
