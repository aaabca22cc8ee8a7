"""Compressed text is read from any place, in bounded memory, and damage in it is refused."""

from __future__ import annotations

import gzip
import io
import os
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import StoreUnavailable
from core.evidence.model import PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor
from storage.sealing.chunks import SealingWriter
from storage.sealing.disk import write_all
from storage.sealing.frames import FRAME, FrameWriter, Unframed
from storage.sealing.keys import new_data_key
from storage.sealing.originals import SealedBlank, SealedShelf

if TYPE_CHECKING:
    from pathlib import Path

KEY = new_data_key()


def framed(content: bytes, *, piece: int = 2**20) -> bytes:
    out = io.BytesIO()
    writer = FrameWriter(partial(write_all, out))
    for at in range(0, len(content), piece):
        writer.add(content[at : at + piece])
    writer.finish()
    return out.getvalue()


def content_of(raw: bytes) -> bytes:
    return io.BufferedReader(Unframed(io.BytesIO(raw))).read()


CONTENTS = {
    "nothing": b"",
    "a line": b"a line\n",
    "a frame": b"x" * FRAME,
    "a frame and a byte": b"x" * (FRAME + 1),
    "noise": os.urandom(3 * FRAME + 77),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
@pytest.mark.parametrize("piece", [1_000_003, 4 * FRAME])
def test_what_was_written_is_read_again(content: bytes, piece: int) -> None:
    raw = framed(content, piece=piece)
    assert content_of(raw) == content
    assert Unframed(io.BytesIO(raw)).size == len(content)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3 * FRAME), st.integers(1, 70_000)), max_size=5))
def test_it_is_read_from_any_place(spans: list[tuple[int, int]]) -> None:
    content = CONTENTS["noise"]
    stream = io.BufferedReader(Unframed(io.BytesIO(framed(content))))
    for start, length in spans:
        stream.seek(start)
        assert stream.read(length) == content[start : start + length]


def test_reading_takes_the_memory_of_a_frame() -> None:
    raw = framed(b"a very dull line\n" * (8 * FRAME))
    assert len(raw) < 2**20
    stream = Unframed(io.BytesIO(raw))
    tracemalloc.start()
    while stream.read(65_536):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * FRAME


@pytest.mark.parametrize("place", [3, -30, -9, -1])
def test_damage_is_refused(place: int) -> None:
    raw = bytearray(framed(CONTENTS["a frame and a byte"]))
    raw[place] ^= 0xFF
    with pytest.raises(StoreUnavailable):
        content_of(bytes(raw))
    with pytest.raises(StoreUnavailable):
        content_of(bytes(raw[:place]))


def test_a_rendition_costs_about_what_its_original_does(tmp_path: Path) -> None:
    """A log so dull that it fits into a hundredth: its text took all of its size on the disk."""
    times = ((n // 60 % 60, n % 60) for n in range(10**6))
    lines = (b"2026-11-20T10:%02d:%02dZ INFO served\n" % time for time in times)
    packed = tmp_path / "dull.log.gz"
    packed.write_bytes(gzip.compress(b"".join(lines)))
    blank = SealedBlank(path=tmp_path / "text.zst", key=KEY.hex(), purpose="text:file_1")
    shelf = SealedShelf(table=tmp_path / "events.parquet", rendition=blank)
    extraction = extract(
        PlainFile(packed), name="dull.log.gz", service=None, redactor=Redactor(b"k"), shelf=shelf
    )
    assert extraction.decoded
    original = blank.original()
    assert original.size > 30_000_000
    assert blank.path.stat().st_size < 2 * packed.stat().st_size
    with original.open() as stream:
        stream.seek(33 * 999_999)
        assert stream.readline() == b"2026-11-20T10:46:39Z INFO served\n"


def test_a_rendition_of_an_earlier_version_is_read_until_there_is_a_new_one(tmp_path: Path) -> None:
    plain = tmp_path / "text"
    with plain.open("wb") as file:
        sealer = SealingWriter(partial(write_all, file), KEY, purpose="text:file_1")
        sealer.add(b"of before\n")
        sealer.finish()
    blank = SealedBlank(
        path=tmp_path / "text.zst", key=KEY.hex(), purpose="text:file_1", plain=plain
    )
    with blank.original().open() as stream:
        assert stream.read() == b"of before\n"
    with blank.create() as out:
        out.write(b"of now\n")
    with blank.original().open() as stream:
        assert stream.read() == b"of now\n"
    assert not plain.exists()
