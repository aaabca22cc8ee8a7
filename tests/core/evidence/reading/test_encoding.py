from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.evidence.encoding import SNIFF_BYTES, decode, is_binary, is_other_than_utf8

if TYPE_CHECKING:
    from collections.abc import Iterator

GERMAN = "2026-11-17 Größe geändert: 5 €\n"


def decoded(raw: bytes, *, chunk_bytes: int = 7) -> bytes:
    return b"".join(decode(chunks_of(raw, chunk_bytes)))


def chunks_of(raw: bytes, size: int) -> Iterator[bytes]:
    return iter([raw[at : at + size] for at in range(0, len(raw), size)])


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
@pytest.mark.parametrize("chunk_bytes", [1, 7, 1_000_000])
def test_text_in_any_encoding_becomes_utf8(encoding: str, chunk_bytes: int) -> None:
    text = GERMAN * 20
    raw = text.encode(encoding)
    whole = decoded(raw, chunk_bytes=max(chunk_bytes, 1))
    assert whole.decode() == text
    assert is_other_than_utf8(chunks_of(raw, chunk_bytes)) == (encoding != "utf-8")


def test_utf16_the_other_way_round_by_its_mark() -> None:
    raw = codecs.BOM_UTF16_BE + GERMAN.encode("utf-16-be")
    assert decoded(raw).decode() == GERMAN


def test_latin_1_far_behind_the_head_is_read_as_such() -> None:
    plain = b"2026-11-17 up\n" * (2 * SNIFF_BYTES // 14)
    raw = plain + "größer\n".encode("latin-1")
    assert decoded(raw, chunk_bytes=4096).endswith("größer\n".encode())
    assert is_other_than_utf8(chunks_of(raw, 4096))


def test_what_is_damaged_in_utf8_stays_damaged() -> None:
    """A file that has shown UTF-8 is UTF-8: half a character is no letter of Latin-1."""
    raw = "schön\n".encode() + "schön".encode()[:-2] + b"\nnext\n"
    assert decoded(raw) == raw
    assert not is_other_than_utf8(chunks_of(raw, 7))


@pytest.mark.parametrize(
    "line",
    [
        b"noise \xff\xfe\xff here",  # no word has those
        "日本語のログ".encode("shift-jis"),  # mostly bytes above 127
        b"\x81\x8d\x90 undefined",
        b"caf\xe9\x01\x02",  # control characters
    ],
)
def test_what_reads_like_no_language_of_the_west_stays_as_it_is(line: bytes) -> None:
    assert decoded(line + b"\n") == line + b"\n"


def test_binary_stays_as_it_is() -> None:
    raw = b"\x89PNG\r\n\x1a\n\xe9\r" + bytes(range(256)) * 20
    assert is_binary(raw)
    assert decoded(raw) == raw
    assert not is_other_than_utf8(chunks_of(raw, 100))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"one\rtwo\rthree", b"one\ntwo\nthree"),
        (b"one\r", b"one\n"),
        (b"one\r\ntwo\r\n", b"one\r\ntwo\r\n"),
        (b"done\n10 %\r20 %\n", b"done\n10 %\r20 %\n"),
    ],
)
def test_lone_carriage_returns_end_lines_where_nothing_else_does(raw: bytes, text: bytes) -> None:
    whole = decoded(raw, chunk_bytes=4)
    assert whole == text
    assert len(whole) == len(raw)


@settings(deadline=None)
@given(st.text(max_size=300), st.integers(1, 50))
def test_utf8_is_left_alone(text: str, chunk_bytes: int) -> None:
    raw = b"# utf-8\n" + text.replace("\r", "").encode()
    assert decoded(raw, chunk_bytes=chunk_bytes) == raw


@settings(deadline=None)
@example(b"\r \x91     \x80 \x80\x80\x80", 1)
@given(st.binary(max_size=400), st.integers(1, 50))
def test_nothing_is_raised_and_nothing_says_otherwise(raw: bytes, chunk_bytes: int) -> None:
    """Where `is_other_than_utf8` says no, no byte has moved."""
    text = decoded(raw, chunk_bytes=chunk_bytes)
    if not is_other_than_utf8(chunks_of(raw, chunk_bytes)):
        assert len(text) == len(raw)
        assert text.replace(b"\n", b"\r") == raw.replace(b"\n", b"\r")
