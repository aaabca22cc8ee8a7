"""A file on this machine, and what is in it; a part of a file is a file of its own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.archives.bounds import MAX_DEPTH, MAX_FAMILY_PICTURES
from core.evidence.model import PlainFile
from core.redaction.engine import Redactor
from faultmaven.unpacked_files import FilePart, UnpackedFiles
from tests.core.evidence.archives.archives import LINES, BytesOriginal, a_tar, a_zip

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def read(folder: Path, content: bytes) -> dict[str, str]:
    """The type of each file by its name, or its problem."""
    path = folder / "bundle.zip"
    path.write_bytes(content)
    files = UnpackedFiles(redactor=Redactor(b"x" * 32), folder=folder)
    return {
        reading.name: reading.extraction.data_type if reading.extraction else reading.problem
        for reading in files.read(PlainFile(path), name=path.name, service=None)
    }


def test_one_that_cannot_be_read_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    packed = b"\x1f\x8b\x08\0\0\0\0\0\0\3garbage"
    types = read(tmp_path, a_zip({"a.log.gz": packed, "b.log": LINES}))
    assert "damaged" in types["bundle.zip/a.log.gz"]
    assert types["bundle.zip/b.log"] == "log"


def test_it_goes_so_deep_and_no_deeper(tmp_path: Path) -> None:
    content = LINES
    for name in ["app.log", *["inner.tar"] * MAX_DEPTH]:
        content = a_tar({name: content})
    assert len(read(tmp_path, content)) == 1 + MAX_DEPTH


@settings(max_examples=30)
@given(
    st.binary(max_size=60),
    st.integers(0, 60),
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(-1, 70), st.integers(0, 70)), max_size=6),
)
def test_a_part_reads_as_its_bytes_do(
    whole: bytes, start: int, size: int, reads: list[tuple[int, int]]
) -> None:
    content = whole[start : start + size]
    part = FilePart(BytesOriginal(whole), start, len(content))
    with part.open() as stream, io.BytesIO(content) as expected:
        for offset, length in reads:
            if offset >= 0:
                assert stream.seek(offset) == expected.seek(offset)
            assert stream.read(length) == expected.read(length)
        assert stream.seek(0, io.SEEK_END) == len(content)


def test_pictures_are_bounded_over_archives_in_archives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\ncat > /dev/null\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    pictures = {f"{number}.png": b"\x89PNG\r\n\x1a\n" for number in range(4)}
    types = read(tmp_path, a_zip({**pictures, "in.zip": a_zip(pictures), "a.log": LINES}))
    assert sum(name.endswith(".png") for name in types) == MAX_FAMILY_PICTURES
    assert types["bundle.zip/a.log"] == "log"
