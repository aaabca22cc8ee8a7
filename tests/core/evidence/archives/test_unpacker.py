"""What is unpacked of an archive, in which order of promise, and what is said of the rest."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest
import zstandard

from core.evidence.archives.bounds import WITHOUT_PICTURES, ArchiveBounds
from core.evidence.archives.unpacker import unpack_archive
from core.evidence.lines import verified
from tests.core.evidence.archives.archives import (
    LINES,
    BytesBlank,
    BytesOriginal,
    a_tar,
    a_zip,
    opened,
    special_tar,
)

MEMBERS = {"api/app.log": LINES * 3, "values.yaml": b"pool: 10\n"}
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


@pytest.mark.parametrize(
    "archive",
    [
        a_zip(MEMBERS),
        a_zip(MEMBERS, method=0),
        a_tar(MEMBERS),
        a_tar(MEMBERS, compression="gz"),
        a_tar(MEMBERS, compression="bz2"),
        a_tar(MEMBERS, compression="xz"),
        zstandard.compress(a_tar(MEMBERS)),
    ],
    ids=["zip", "stored", "tar", "gz", "bz2", "xz", "zst"],
)
def test_every_format_gives_its_members(archive: bytes) -> None:
    unpacked = opened(archive)
    assert unpacked.contents == MEMBERS
    assert unpacked.problem == ""


def test_an_archive_that_was_compressed_is_one_member() -> None:
    inner = a_zip(MEMBERS)
    assert opened(gzip.compress(inner), name="logs.zip.gz").contents == {"logs.zip": inner}
    twice = gzip.compress(gzip.compress(LINES))
    assert opened(twice, name="app.log.gz.gz").contents == {"app.log.gz": gzip.compress(LINES)}


@pytest.mark.parametrize("head", [b"070701", b"xar!\0", b"!<arch>\n"])
def test_other_formats_are_left_alone(head: bytes) -> None:
    blank = BytesBlank()
    original = verified(BytesOriginal(head + bytes(600)))
    assert unpack_archive(original, name="x", rendition=blank) is None
    assert blank.content == b""


@pytest.mark.parametrize("part", ["[Content_Types].xml", "META-INF/MANIFEST.MF", "mimetype"])
def test_programs_and_documents_are_no_archives(part: str) -> None:
    original = verified(BytesOriginal(a_zip({part: b"x", "word/document.xml": b"<a/>"})))
    assert unpack_archive(original, name="report.docx", rendition=BytesBlank()) is None
    assert opened(a_tar({part: b"x" * 9})).contents == {part: b"x" * 9}


def test_what_is_left_out_is_named_by_its_reason() -> None:
    unpacked = opened(
        a_zip(
            {
                ".git/config": b"[core]\n",
                "__MACOSX/._app.log": b"\0\5\26\7",
                "logo.svg": b"<svg/>",
                "lib/app.jar": b"PK\3\4",
                "core": b"\x7fELF\2\1\1\0" + bytes(100),
                "empty.log": b"",
                "app.log": LINES,
            }
        )
    )
    assert unpacked.contents == {"app.log": LINES}
    assert unpacked.problem == (
        "1 of 6 files read, left out: "
        "4 by name (.git/config, __MACOSX/._app.log, logo.svg, …), 1 without text (core)"
    )


def a_picture(size: int) -> bytes:
    return PICTURE + bytes(size - len(PICTURE))


def test_the_largest_pictures_become_members_and_the_others_are_named() -> None:
    icons = {f"{number}.png": a_picture(100 + number) for number in range(4)}
    bounds = ArchiveBounds(pictures=2, picture_bytes=400)
    huge = {"huge.PNG": a_picture(401), "fake.jpg": b"\0\1\2\3" * 90}
    unpacked = opened(a_zip({**icons, **huge, "app.log": LINES}), bounds=bounds)
    assert unpacked.contents == {"3.png": icons["3.png"], "app.log": LINES}
    assert unpacked.problem == (
        "2 of 7 files read, left out: 1 without text (fake.jpg), "
        "1 too large when unpacked (huge.PNG), 3 over the limit of pictures (2.png, 1.png, 0.png)"
    )


def test_all_pictures_together_are_bounded() -> None:
    archive = a_tar({"a.png": a_picture(300), "b.webp": a_picture(200), "logs/c.gif": PICTURE})
    unpacked = opened(archive, bounds=ArchiveBounds(pictures_bytes=350))
    assert list(unpacked.contents) == ["a.png", "logs/c.gif"]
    assert "1 over the limit of pictures (b.webp)" in unpacked.problem


def test_where_nothing_reads_pictures_they_are_left_out_by_name() -> None:
    archive = a_zip({"a.png": PICTURE, ".git/b.png": PICTURE, "app.log": LINES})
    blind = opened(archive, bounds=WITHOUT_PICTURES)
    assert list(blind.contents) == ["app.log"]
    assert "2 by name (a.png, .git/b.png)" in blind.problem
    assert list(opened(archive).contents) == ["a.png", "app.log"]


def test_logs_come_before_text_and_that_before_manifests() -> None:
    bounds = ArchiveBounds(members=2)
    unpacked = opened(
        a_tar({"a.yaml": b"a: 1\n", "notes.txt": b"slow\n", "z.log": LINES}), bounds=bounds
    )
    assert list(unpacked.contents) == ["notes.txt", "z.log"]
    assert unpacked.problem == "2 of 3 files read, left out: 1 over the limit of files (a.yaml)"


@pytest.mark.parametrize("make", [a_zip, a_tar])
def test_bounds_of_size_hold(make: object) -> None:
    assert callable(make)
    archive = make({"big.log": LINES * 20, "a.log": LINES, "b.log": LINES})
    alone = opened(archive, bounds=ArchiveBounds(member_bytes=len(LINES)))
    assert list(alone.contents) == ["a.log", "b.log"]
    assert "1 too large when unpacked (big.log)" in alone.problem
    together = opened(archive, bounds=ArchiveBounds(total_bytes=len(LINES)))
    assert list(together.contents) == ["a.log"]
    assert "2 over the limit of size (big.log, b.log)" in together.problem


def test_it_ends_in_time() -> None:
    unpacked = opened(a_zip(MEMBERS), bounds=ArchiveBounds(seconds=-1))
    assert unpacked.contents == {}
    assert "over the limit" in unpacked.problem


def test_only_so_many_archives_are_taken_from_one() -> None:
    inner = a_zip({"a.log": LINES})
    packed = a_tar({"b.log": LINES}, compression="gz")
    archive = a_zip({"1.zip": inner, "2": packed, "3.zip": inner, "app.log.gz": b"", "c": LINES})
    unpacked = opened(archive, bounds=ArchiveBounds(nested=2))
    assert set(unpacked.contents) == {"1.zip", "2", "c"}
    assert "1 over the limit of archives in it" in unpacked.problem


def test_links_devices_and_holes_are_never_read() -> None:
    infos = []
    for name, kind in (
        ("symbolic", tarfile.SYMTYPE),
        ("hard", tarfile.LNKTYPE),
        ("fifo", tarfile.FIFOTYPE),
        ("disk", tarfile.BLKTYPE),
        ("tty", tarfile.CHRTYPE),
    ):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        infos.append(info)
    unpacked = opened(special_tar(*infos))
    assert unpacked.contents == {}
    assert "2 linked (symbolic, hard)" in unpacked.problem
    assert "3 of a device or a pipe (fifo, disk, tty)" in unpacked.problem


def test_names_that_lead_elsewhere_stay_inside() -> None:
    unpacked = opened(
        a_tar(
            [
                ("../../etc/cron.d/app.log", LINES),
                ("/abs/app.log", LINES),
                ("C:\\Windows\\app.log", LINES),
                ("a\nb\x1b[31m.log", LINES),
                ("x" * 4_000 + ".log", LINES),
                ("abs/app.log", LINES * 2),
            ]
        )
    )
    paths = list(unpacked.contents)
    assert paths[:4] == ["etc/cron.d/app.log", "abs/app.log", "Windows/app.log", "a_b_[31m.log"]
    assert len(paths[4]) == 200
    assert paths[4].endswith("xx.log")
    assert paths[5] == "2/abs/app.log"


def test_whose_a_member_is_follows_from_its_place() -> None:
    path = "must-gather.local/namespaces/shop/pods/cart-7d9f8b6c5-x2x4z/cart/cart/logs/current.log"
    assert opened(a_tar({path: LINES})).services == {path: "cart"}


def test_a_tar_without_an_end_gives_what_is_whole() -> None:
    whole = a_tar({"a.log": LINES, "b.log": LINES * 40})
    cut = opened(whole[: 512 * 3 + 100])
    assert cut.contents == {"a.log": LINES, "b.log": LINES}
    assert "1 only up to where it is cut off (b.log)" in cut.problem
    packed = gzip.compress(whole)
    out = io.BytesIO(packed[:-6])
    assert "a.log" in opened(out.getvalue()).contents
