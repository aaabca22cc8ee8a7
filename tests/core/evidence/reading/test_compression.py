from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import resource
from functools import cache

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.compression import (
    ALWAYS_UNPACKED_BYTES,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    is_packed,
    sound_bytes,
    unpack,
)
from core.text.sentences import sentences

SAY = sentences("evidence.compression")
DAMAGED, NOTHING_WHOLE, CUT_OFF, TOO_WIDE = (
    SAY.raw(name) for name in ("damaged", "nothing_whole", "cut_off", "too_wide")
)
TEXT = b"".join(b"line %d of a log\n" % number for number in range(2_000))
PACKERS = {
    "gzip": lambda raw: gzip.compress(raw, mtime=0),
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}
SKIPPED = b"\x50\x2a\x4d\x18\x05\0\0\0hello"


def unpacked(raw: bytes, *, chunk_bytes: int = 4096) -> tuple[bytes, list[str]]:
    warnings: list[str] = []
    chunks = unpack(io.BytesIO(raw), size=len(raw), chunk_bytes=chunk_bytes, tell=warnings.append)
    return b"".join(chunks), warnings


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("chunk_bytes", [1_000, 1_000_000])
def test_what_was_packed_comes_back(packer: str, chunk_bytes: int) -> None:
    packed = PACKERS[packer](TEXT)
    assert is_packed(packed[:8])
    assert unpacked(packed, chunk_bytes=chunk_bytes) == (TEXT, [])
    assert unpacked(packed + packed, chunk_bytes=chunk_bytes) == (TEXT + TEXT, [])
    assert unpacked(packed + bytes(3000), chunk_bytes=chunk_bytes) == (TEXT, [])


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("believed", [None, 3_000])
def test_members_of_a_line_each_come_together(packer: str, believed: int | None) -> None:
    """As `gzip -c >> file` writes them. What reads the chunks pays for each of them."""
    packed = b"".join(map(PACKERS[packer], TEXT.splitlines(keepends=True)[:300]))
    chunks = list(
        unpack(
            io.BytesIO(packed),
            size=len(packed),
            chunk_bytes=1_000,
            tell=lambda _: None,
            believed=believed,
        )
    )
    text = b"".join(TEXT.splitlines(keepends=True)[:300])
    assert b"".join(chunks) == text[:believed]
    assert all(1_000 <= len(chunk) < 2_000 for chunk in chunks[:-1])


@pytest.mark.parametrize("packer", PACKERS)
def test_what_is_cut_off_gives_its_beginning_and_says_so(packer: str) -> None:
    packed = PACKERS[packer](TEXT)
    for end in (len(packed) - 5, len(packed) // 2):
        text, warnings = unpacked(packed[:end])
        assert TEXT.startswith(text)
        assert warnings == [CUT_OFF]


@pytest.mark.parametrize("packer", PACKERS)
def test_what_is_damaged_ends_there_and_says_so(packer: str) -> None:
    packed = bytearray(PACKERS[packer](TEXT))
    packed[len(packed) // 2] ^= 0xFF
    text, warnings = unpacked(bytes(packed))
    assert text != TEXT or warnings
    assert set(warnings) <= {DAMAGED, NOTHING_WHOLE, CUT_OFF}
    assert unpacked(PACKERS[packer](TEXT) + b"garbage")[1] == [DAMAGED]


def test_frames_of_zstd_that_hold_nothing_are_skipped() -> None:
    assert unpacked(SKIPPED + zstandard.compress(TEXT) + SKIPPED) == (TEXT, [])


@pytest.mark.parametrize("packer", ["gzip", "zstd"])
def test_a_bomb_is_cut_within_its_limits(packer: str) -> None:
    packed = _bomb(packer)
    assert len(packed) < 400_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    warnings: list[str] = []
    size = most = 0
    for chunk in unpack(
        io.BytesIO(packed), size=len(packed), chunk_bytes=2**20, tell=warnings.append
    ):
        size, most = size + len(chunk), max(most, len(chunk))
    assert size == ALWAYS_UNPACKED_BYTES
    assert warnings == [SAY.raw("too_much", mb=256)]
    assert most <= 32 * 2**20
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 100_000


def test_a_large_bomb_is_cut_by_what_it_weighs_and_then_by_all_that_is_unpacked() -> None:
    packed = gzip.compress(bytes(2**24), 9, mtime=0) * 80  # 1.3 MB that hold 1,280 MiB
    for size, limit in (
        (3 * 2**20, MAX_RATIO * 3 * 2**20),
        (100 * 2**20, MAX_UNPACKED_BYTES),
    ):
        warnings: list[str] = []
        chunks = unpack(io.BytesIO(packed), size=size, chunk_bytes=2**22, tell=warnings.append)
        assert sum(map(len, chunks)) == limit <= 2**30
        assert warnings == [SAY.raw("too_much", mb=str(limit // 2**20))]


def _bomb(packer: str) -> bytes:
    zeros = bytes(2**24)
    if packer == "gzip":  # one member after another: a limit for each would not hold
        return gzip.compress(zeros, 9, mtime=0) * 20
    zstd = zstandard.ZstdCompressor().compressobj()
    return b"".join(zstd.compress(zeros) for _ in range(20)) + zstd.flush()


def test_a_frame_that_wants_too_much_memory_is_refused() -> None:
    wanting = zstandard.ZstdCompressionParameters(window_log=28)
    zstd = zstandard.ZstdCompressor(compression_params=wanting).compressobj()
    packed = zstd.compress(TEXT) + zstd.flush()
    assert unpacked(packed) == (b"", [TOO_WIDE])


@pytest.mark.parametrize("raw", [b"", b"plain text", b"BZhello", b"\x1f\x8b\x00", b"P*M"])
def test_what_is_not_packed_is_not_unpacked(raw: bytes) -> None:
    assert not is_packed(raw[:8])
    assert unpacked(raw) == (b"", [])


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"BZh91AY&", b"\xfd7zXZ\0"]),
    st.binary(max_size=200),
)
def test_nothing_is_raised_whatever_follows_the_mark(mark: bytes, rest: bytes) -> None:
    text, warnings = unpacked(mark + rest)
    assert warnings or text


@cache
def log_of(size: int) -> bytes:
    """Lines that compress to about a third, and do not repeat."""
    chance, length = random.Random(7), 0  # noqa: S311 - no secret
    lines: list[bytes] = []
    while length < size:
        lines.append(
            b"%d INFO request %x took %d ms\n" % (len(lines), *chance.sample(range(2**40), 2))
        )
        length += len(lines[-1])
    return b"".join(lines)


def long_log() -> bytes:
    """Made when it is first asked for: every process collects this file, one runs it."""
    return log_of(3 * 2**20)


@cache
def long_packed(packer: str) -> bytes:
    return PACKERS[packer](long_log())


def sound(raw: bytes) -> tuple[bytes, list[str]]:
    """What is believed of it, and why not all of it is."""
    problems: list[str] = []
    size = sound_bytes(io.BytesIO(raw), size=len(raw), chunk_bytes=2**20, tell=problems.append)
    chunks = unpack(
        io.BytesIO(raw), size=len(raw), chunk_bytes=2**20, tell=problems.append, believed=size
    )
    return b"".join(chunks), problems


@pytest.mark.parametrize("packer", PACKERS)
def test_of_what_is_damaged_nothing_is_believed_that_may_be_wrong(packer: str) -> None:
    """A flipped bit makes garbage well before anything shows it, or is shown by a checksum only."""
    packed = long_packed(packer)
    chance = random.Random(11)  # noqa: S311 - no secret
    for place in chance.sample(range(100, len(packed) - 8), 25):
        damaged = bytearray(packed)
        damaged[place] ^= 1 << chance.randrange(8)
        text, problems = sound(bytes(damaged))
        assert problems, place
        assert long_log().startswith(text), place
        assert not text or text.endswith(b"\n")


@pytest.mark.parametrize("packer", PACKERS)
def test_what_was_checked_before_the_damage_is_believed(packer: str) -> None:
    damaged = bytearray(long_packed(packer))
    damaged[len(damaged) // 2] ^= 0x10
    text, problems = sound(long_packed(packer) + bytes(damaged))
    assert text.startswith(long_log())
    assert (long_log() + long_log()).startswith(text)
    assert problems == [DAMAGED]
    assert sound(long_packed(packer) + b"garbage") == (long_log(), [DAMAGED])


def test_well_before_the_place_where_gzip_makes_no_sense_it_is_believed() -> None:
    """Ones over more than a block: none begins like that."""
    packed = bytearray(long_packed("gzip"))
    place = len(packed) * 2 // 3
    packed[place : place + 2**17] = b"\xff" * 2**17
    text, problems = sound(bytes(packed))
    assert long_log().startswith(text)
    assert len(text) > len(long_log()) // 4
    assert problems == [DAMAGED]


@pytest.mark.parametrize("packer", PACKERS)
def test_what_is_cut_off_is_believed_up_to_its_last_whole_line(packer: str) -> None:
    text, problems = sound(long_packed(packer)[: len(long_packed(packer)) // 2])
    assert long_log().startswith(text)
    assert len(text) > len(long_log()) // 4
    assert text.endswith(b"\n")
    assert problems == [CUT_OFF]


def test_a_line_in_utf16_is_whole_with_its_zero() -> None:
    packed = gzip.compress("a line\n".encode("utf-16-le") * 90_000, 1)
    text, _ = sound(packed[: len(packed) // 2])
    assert text
    assert not text.decode("utf-16-le").removesuffix("\n").endswith("\n")
    assert text.decode("utf-16-le").endswith("line\n")
