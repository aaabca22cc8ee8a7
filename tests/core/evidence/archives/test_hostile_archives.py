"""Archives that lie, are damaged, or were made to cost much: bounded, and what is sure is read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import time
import tracemalloc
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.archives.bounds import ArchiveBounds
from tests.core.evidence.archives.archives import LINES, a_tar, a_zip, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 2**20
SMALL = ArchiveBounds(total_bytes=24 * MIB, member_bytes=16 * MIB, always_bytes=8 * MIB)


@contextmanager
def at_little_cost(*, most_bytes: int = 24 * MIB, seconds: float = 5) -> Iterator[None]:
    """Beside the archive itself."""
    tracemalloc.start()
    began = time.process_time()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < most_bytes
    assert time.process_time() - began < seconds


def edited(archive: bytes, mark: bytes, at: int, field: bytes) -> bytes:
    """With other bytes at a place behind each mark."""
    changed = bytearray(archive)
    start = archive.find(mark)
    while start >= 0:
        changed[start + at : start + at + len(field)] = field
        start = archive.find(mark, start + 1)
    return bytes(changed)


CENTRAL, LOCAL = b"PK\1\2", b"PK\3\4"


def encrypted(archive: bytes) -> bytes:
    return edited(edited(archive, CENTRAL, 8, b"\1\0"), LOCAL, 6, b"\1\0")


def test_encrypted_members_are_named_and_the_others_read() -> None:
    locked = opened(encrypted(a_zip({"keys.log": LINES})))
    assert locked.contents == {}
    assert locked.problem == "0 of 1 files read, left out: 1 encrypted (keys.log)"


def test_methods_that_cost_any_memory_are_not_unpacked() -> None:
    for method in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        unpacked = opened(a_zip({"a.log": LINES}, method=method))
        assert "1 compressed in a way that is not unpacked (a.log)" in unpacked.problem


def test_a_member_whose_checksum_does_not_fit_is_left_out() -> None:
    archive = a_zip({"bad.log": LINES, "good.log": LINES * 2}, method=zipfile.ZIP_STORED)
    unpacked = opened(archive.replace(b"timeout", b"timeou7", 1))
    assert unpacked.contents == {"good.log": LINES * 2}
    assert "1 damaged (bad.log)" in unpacked.problem


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_that_was_cut_off_gives_what_is_whole(method: int) -> None:
    archive = a_zip({"a.log": LINES, "b.log": LINES * 2, "c.log": LINES * 3}, method=method)
    third = archive.find(b"c.log") + len(b"c.log") + 10
    unpacked = opened(archive[:third])
    assert unpacked.contents == {"a.log": LINES, "b.log": LINES * 2}
    assert "1 damaged (c.log)" in unpacked.problem
    assert "the archive is damaged or was cut off" in unpacked.problem


def streamed_zip(members: dict[str, bytes]) -> bytes:
    """As one writes it who cannot go back: sizes follow the members."""

    class Pipe(io.RawIOBase):
        content = b""

        def writable(self) -> bool:
            return True

        def write(self, piece: object, /) -> int:
            raw = bytes(piece)  # type: ignore[call-overload]
            self.content += raw
            return len(raw)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return pipe.content


def test_so_does_one_whose_sizes_follow_its_members() -> None:
    archive = streamed_zip({"a.log": LINES, "b.log": LINES * 2, "c.log": LINES * 3})
    unpacked = opened(archive[: archive.find(CENTRAL)])
    assert unpacked.contents == {"a.log": LINES, "b.log": LINES * 2, "c.log": LINES * 3}
    cut = opened(archive[: archive.find(b"c.log") + 12])
    assert cut.contents == {"a.log": LINES, "b.log": LINES * 2}


def test_a_flat_bomb_is_left_alone() -> None:
    bomb = a_zip({"bomb.log": bytes(64 * MIB), "app.log": LINES})
    with at_little_cost():
        unpacked = opened(bomb, bounds=SMALL)
    assert unpacked.contents == {"app.log": LINES}
    assert "1 too large when unpacked (bomb.log)" in unpacked.problem


def test_one_that_hides_its_size_is_stopped() -> None:
    size = struct.pack("<L", 100)
    bomb = a_zip({"bomb.log": bytes(64 * MIB)})
    lying = edited(edited(bomb, CENTRAL, 24, size), LOCAL, 22, size)
    with at_little_cost():
        unpacked = opened(lying, bounds=SMALL)
    assert unpacked.contents == {}
    assert "1 damaged (bomb.log)" in unpacked.problem


def overlapping(count: int, size: int) -> bytes:
    """One content, named by many entries of the table."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("0.log"), b"\n" * size, zipfile.ZIP_DEFLATED)
        (info,) = archive.filelist
        archive.filelist.extend([info] * (count - 1))
    return out.getvalue()


def test_members_that_overlap_count_each_time() -> None:
    bomb = overlapping(1_000, 4 * MIB)
    with at_little_cost(most_bytes=64 * MIB):  # what is unpacked is kept in memory here
        unpacked = opened(bomb, bounds=SMALL)
    assert len(unpacked.contents) == 2  # a hundred times what the archive has would be less
    assert "998 over the limit of size" in unpacked.problem


def test_a_table_of_contents_without_end_is_not_read() -> None:
    endless = a_zip({f"{number}.log": b"" for number in range(2_000)})
    unpacked = opened(endless, bounds=ArchiveBounds(directory_bytes=10_000))
    assert unpacked.contents == {}
    assert "its table of contents is too long" in unpacked.problem


def header(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.GNU_FORMAT)


def lying_tar(size: int) -> bytes:
    """Its one member is said to be so long."""
    info = tarfile.TarInfo("app.log")
    info.size = size
    return header(info) + LINES * 9


def test_a_size_beyond_the_end_is_cut_there() -> None:
    unpacked = opened(lying_tar(2_000))
    assert unpacked.contents == {"app.log": LINES * 9}
    assert "1 only up to where it is cut off (app.log)" in unpacked.problem
    with at_little_cost():
        assert "too large" in opened(lying_tar(2**50)).problem


@pytest.mark.parametrize("size", [b"\xff" * 12, b"\xff" * 10 + b"\xfe\0", b"99999999999\0"])
def test_sizes_of_nonsense_end_it(size: bytes) -> None:
    archive = bytearray(a_tar({"a.log": LINES, "b.log": LINES}))
    second = archive.rfind(b"b.log")
    archive[second + 124 : second + 136] = size
    block = archive[second : second + 512]
    block[148:156] = b" " * 8
    archive[second + 148 : second + 156] = b"%06o\0 " % sum(block)
    with at_little_cost():
        unpacked = opened(bytes(archive))
    assert unpacked.contents == {"a.log": LINES}
    assert unpacked.problem


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_header_without_end_is_none(kind: bytes) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = kind, 64 * MIB
    archive = header(info) + b"1" * 64 * MIB
    with at_little_cost():
        unpacked = opened(gzip.compress(archive, 1))
    assert unpacked.contents == {}
    assert "the archive is damaged" in unpacked.problem


def test_headers_before_headers_end() -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1
    with at_little_cost():
        unpacked = opened((header(info) + b"a" + bytes(511)) * 4_000)
    assert "the archive is damaged" in unpacked.problem


def test_a_header_that_takes_long_to_parse_is_short() -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 8 * 2**10 - 1_536
    archive = header(info) + b"1" * info.size + bytes(512) + a_tar({"a.log": LINES})
    with at_little_cost():
        opened(archive)


@pytest.mark.parametrize(
    "packed",
    [gzip.compress, bz2.compress, lzma.compress, zstandard.compress],
    ids=["gz", "bz2", "xz", "zst"],
)
def test_a_compressed_bomb_is_bounded(packed: object) -> None:
    assert callable(packed)
    bomb = packed(a_tar({"app.log": LINES, "bomb.log": b"\n" * 20 * MIB, "late.log": LINES}))
    with at_little_cost():
        unpacked = opened(bomb, bounds=SMALL)
    assert unpacked.contents == {"app.log": LINES, "late.log": LINES}
    assert "1 too large when unpacked (bomb.log)" in unpacked.problem


def test_a_zip_of_itself_is_one_file() -> None:
    """Russ Cox's `r.zip` is a zip whose one member is itself; here one stands for it."""
    inner = a_zip({"r.zip": a_zip({"r/r.zip": b"PK\3\4"})})
    assert list(opened(inner).contents) == ["r.zip"]


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["zip", "tar", "tgz"]),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=6),
    st.integers(0, 2_000),
)
def test_whatever_was_changed_nothing_raises_and_nothing_is_made_up(
    form: str, changes: list[tuple[int, int]], cut: int
) -> None:
    members = {"a/app.log": LINES * 3, "b.txt": b"notes\n" * 9, "c.json": b'{"a": 1}'}
    archive = bytearray(
        {
            "zip": lambda: a_zip(members),
            "tar": lambda: a_tar(members),
            "tgz": lambda: a_tar(members, compression="gz"),
        }[form]()
    )
    for at, byte in changes:
        if 300 < at < len(archive):  # it is still what it is
            archive[at] = byte
    unpacked = opened(bytes(archive[: max(600, len(archive) - cut)]))
    if form != "tar":  # which has no checksums of contents
        assert all(
            any(content.startswith(piece) for content in members.values())
            for piece in unpacked.contents.values()
        )


def test_what_cannot_be_unpacked_is_damage() -> None:
    archive = a_zip({"a.log": LINES * 99, "b.log": LINES})
    start = archive.find(b"a.log") + 5
    broken = archive[:start] + b"\xff" * 8 + archive[start + 8 :]
    assert opened(broken).contents == {"b.log": LINES}
