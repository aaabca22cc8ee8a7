from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import FaultMavenError, OutOfLimits, UnreadableEvidence
from core.evidence.model import PlainFile
from core.evidence.screenshots.raster import MAX_BYTES, MAX_PIXELS, read_raster
from tests.core.evidence.screenshots.drawings import encoded, terminal

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.screenshots.raster import Raster

PICTURE = terminal(["ERROR checkout"], size=12)


def read(path: Path, raw: bytes) -> Raster:
    path.write_bytes(raw)
    return read_raster(PlainFile(path))


def chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png_of(width: int, height: int, content: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize("form", ["PNG", "WEBP", "BMP"])
def test_pixels_are_those_of_the_picture(tmp_path: Path, form: str) -> None:
    options = {"lossless": True} if form == "WEBP" else {}
    raster = read(tmp_path / "a", encoded(PICTURE, form, **options))
    assert (raster.pixels == np.asarray(PICTURE)).all()
    assert raster.problem is None


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert (read(tmp_path / "a", encoded(clear)).pixels == 255).all()


def test_of_a_moving_picture_the_first_frame_is_read(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("white", "black")]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    raster = read(tmp_path / "a", moving)
    assert (raster.pixels == 255).all()
    assert raster.problem == "of its frames the first was read"


def test_a_bomb_is_told_by_its_header(tmp_path: Path) -> None:
    """20,000 by 20,000 in 400 kB: nothing of it is unpacked."""
    bomb = png_of(20_000, 20_000, zlib.compress(bytes(20_001 * 2_000), 1))
    with pytest.raises(OutOfLimits, match=f"{MAX_PIXELS // 1_000_000} million"):
        read(tmp_path / "a", bomb)


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(OutOfLimits, match="32 MB"):
        read_raster(PlainFile(path))


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (encoded(PICTURE)[:60], "cut off"),
        (encoded(PICTURE, "JPEG")[:400], "cut off"),
        (encoded(PICTURE)[:8] + b"garbage" * 9, "cut off|none that can be read"),
        (png_of(0, 0, b""), "none that can be read|few pixels|damaged"),
        (encoded(Image.new("RGB", (4, 4))), "few pixels"),
        (encoded(PICTURE, "TIFF"), "none that can be read"),
    ],
)
def test_what_cannot_be_decoded_is_said(tmp_path: Path, raw: bytes, problem: str) -> None:
    with pytest.raises(UnreadableEvidence, match=problem):
        read(tmp_path / "a", raw)


def test_a_text_chunk_that_unpacks_to_a_gigabyte_is_refused_or_ignored(tmp_path: Path) -> None:
    flood = zlib.compressobj(9)
    packed = b"".join(flood.compress(bytes(2**20)) for _ in range(80)) + flood.flush()
    raw = encoded(PICTURE)
    comment = chunk(b"zTXt", b"Comment\0\0" + packed)
    try:
        raster = read(tmp_path / "a", raw[:33] + comment + raw[33:])
    except UnreadableEvidence:
        return
    assert raster.pixels.shape[2] == 3


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 600), garbage=st.binary(min_size=1, max_size=12))
def test_whatever_is_damaged_only_our_errors_come(tmp_path: Path, at: int, garbage: bytes) -> None:
    for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP"):
        raw = bytearray(encoded(PICTURE, form))
        raw[at : at + len(garbage)] = garbage
        try:
            raster = read(tmp_path / "a", bytes(raw))
        except FaultMavenError:
            continue
        assert raster.pixels.size <= 3 * MAX_PIXELS
