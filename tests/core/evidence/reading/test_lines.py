from __future__ import annotations

import gzip
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.evidence.lines import (
    BLOCK_LINES,
    MAX_LINE_BYTES,
    WatchedOriginal,
    is_encoded,
    read_blocks,
    read_head,
    read_text,
    without_escapes,
)
from core.evidence.model import PlainFile

if TYPE_CHECKING:
    from pathlib import Path


def lines_of(path: Path, *, block_bytes: int = 64) -> list[str]:
    return [
        line
        for block in read_blocks(PlainFile(path), block_bytes=block_bytes)
        for line in block.lines
    ]


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        (b"", []),
        (b"one", ["one"]),
        (b"one\n", ["one"]),
        (b"one\ntwo", ["one", "two"]),
        (b"one\r\ntwo\r\n", ["one", "two"]),
        (b"\n\n", ["", ""]),
        (b"a\0b\nc", ["a\ufffdb", "c"]),
        (b"bad \xff\xfe byte\nnext", ["bad \ufffd\ufffd byte", "next"]),
        (b"\x1b[31mred\x1b[0m alert\nplain", ["red alert", "plain"]),
        ("\ufeffzwei\nä".encode("utf-16-le"), ["zwei", "ä"]),
        ("\ufeffzwei\nä".encode("utf-16-be"), ["zwei", "ä"]),
        (gzip.compress(b"packed\nlines\n", mtime=0), ["packed", "lines"]),
        (gzip.compress(b"one\n", mtime=0) + gzip.compress(b"two\n", mtime=0), ["one", "two"]),
    ],
)
def test_lines_of_any_file(tmp_path: Path, raw: bytes, lines: list[str]) -> None:
    path = tmp_path / "file"
    path.write_bytes(raw)
    assert lines_of(path) == lines


def test_a_damaged_gzip_gives_what_it_still_holds(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(b"line\n" * 100_000)[:-20])
    assert set(lines_of(path, block_bytes=4096)) <= {"line", "l", "li", "lin", ""}
    path.write_bytes(b"\x1f\x8b\x08" + b"nonsense")
    assert lines_of(path) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=st.binary(max_size=600), block_bytes=st.integers(1, 80))
def test_offsets_point_at_the_bytes_of_each_line(
    tmp_path: Path, raw: bytes, block_bytes: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" + raw)
    text = b"".join(read_text(PlainFile(path), block_bytes))
    number, end = 1, 0
    for block in read_blocks(PlainFile(path), block_bytes=block_bytes):
        assert (block.number, int(block.starts[0])) == (number, end)
        assert len(block.starts) == len(block.lines) + 1
        for start, stop in pairwise(block.starts.tolist()):
            assert text[start:stop].count(b"\n") <= 1
        number, end = number + len(block.lines), int(block.starts[-1])
    assert end == len(text)
    assert number == len(text.removesuffix(b"\n").split(b"\n")) + 1


def test_an_endless_line_is_cut_and_the_next_one_found(tmp_path: Path) -> None:
    path = tmp_path / "file"
    long = b"a" * (10 * MAX_LINE_BYTES)
    path.write_bytes(b"first\n" + long + b"\nlast\n")
    blocks = list(read_blocks(PlainFile(path), block_bytes=MAX_LINE_BYTES // 2))
    lines = [line for block in blocks for line in block.lines]
    assert [line[:5] for line in lines] == ["first", "aaaaa", "last"]
    assert len(lines[1]) <= 2 * MAX_LINE_BYTES
    assert int(blocks[-1].starts[-1]) == path.stat().st_size
    assert int(blocks[-1].starts[-2]) == path.stat().st_size - len(b"last\n")


def test_the_head_is_decoded_like_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(b"0123456789" * 1000))
    assert read_head(PlainFile(path), 15) == b"012345678901234"


def test_private_keys_are_hidden_across_blocks(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    body = "MIIEowIBAAKCAQEAy8Dbv8prpJ/0kKhlGeJYozo2t60EG8L0561g13R29LvM\n" * 20
    path.write_text(
        f"start\n-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\nend\n"
    )
    lines = lines_of(path, block_bytes=256)
    assert lines[0] == "start"
    assert lines[-1] == "end"
    assert not any("MII" in line for line in lines)


def test_many_short_lines_are_more_blocks(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a\n" * (2 * BLOCK_LINES + 5))
    blocks = list(read_blocks(PlainFile(path)))
    assert [len(block.lines) for block in blocks] == [BLOCK_LINES, BLOCK_LINES, 5]
    assert [block.number for block in blocks] == [1, BLOCK_LINES + 1, 2 * BLOCK_LINES + 1]
    assert [int(block.starts[0]) for block in blocks] == [0, 2 * BLOCK_LINES, 4 * BLOCK_LINES]
    assert all(len(block.starts) == len(block.lines) + 1 for block in blocks)


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"\x1b[1;31mred\x1b[0m alert", "red alert"),
        (b"\x1b]0;a title\x07prompt", "prompt"),
        (b"\x1b]8;;https://x.example\x1b\\link\x1b]8;;\x1b\\ end", "link end"),
        (b"\x1bP+q544e\x1b\\after", "after"),
        (b"\x1b(Bplain\x1b=", "plain"),
        ("\x9b31mred".encode(), "red"),
        (b"never \x1b]closed and on", "never closed and on"),
        (b"10 %\r50 %\r100 %", "10 % 50 % 100 %"),
    ],
)
def test_what_only_terminals_see_goes_away(tmp_path: Path, raw: bytes, line: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"first\n" + raw + b"\n")
    assert lines_of(path, block_bytes=4096) == ["first", line]


def test_the_head_is_seen_as_the_lines_are() -> None:
    assert without_escapes("\x1b[31mred\x1b[0m \x1b]0;t\x07\x9b1mend\x1b") == "red end"


@settings(deadline=None)
@given(st.text(st.sampled_from("\x1b[]()0;m\x07\\PX^_\x9b ab"), max_size=60))
def test_no_escape_stays(text: str) -> None:
    assert "\x1b" not in without_escapes(text)


def test_an_encoded_file_is_known_as_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    line = "größer\n"
    for raw, is_other in (
        (line.encode(), False),
        (b"plain\n", False),
        (b"one\rtwo\r", False),  # as long as what it becomes
        (line.encode("latin-1"), True),
        (line.encode("utf-16"), True),
        (line.encode("utf-8-sig"), True),
        (gzip.compress(b"plain\n"), True),
        (zstandard.compress(b"plain\n"), True),
    ):
        path.write_bytes(raw)
        assert is_encoded(PlainFile(path)) == is_other, raw


def test_a_packed_file_may_be_in_any_encoding(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(gzip.compress("größer\nnext\n".encode("utf-16-le")))
    assert lines_of(path) == ["größer", "next"]


def test_who_watches_hears_what_was_not_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(b"line\n" * 50_000)[:-20])
    watched = WatchedOriginal(PlainFile(path))
    for _ in range(2):
        list(read_blocks(watched))
    assert len(watched.problems) == 1
    path.write_bytes(b"a" * (5 * 2**20) + b"\nnext\n")
    long = WatchedOriginal(PlainFile(path))
    list(read_blocks(long))
    assert "only the first 64 kB were read" in long.problems[0]
    path.write_bytes(b"all\nof\nit\n")
    whole = WatchedOriginal(PlainFile(path))
    list(read_blocks(whole))
    assert whole.problems == []


@pytest.mark.parametrize("blank", [b"\n", b" \t\r\n"])
def test_of_a_chunk_of_blank_lines_the_last_one_is_told(tmp_path: Path, blank: bytes) -> None:
    path = tmp_path / "file"
    count = 2 * BLOCK_LINES
    chunk = blank * count
    path.write_bytes(b"before".ljust(len(chunk) - 1, b".") + b"\n" + chunk + b"after\n")
    blocks = list(read_blocks(PlainFile(path), block_bytes=len(chunk)))
    assert [(block.number, len(block.lines)) for block in blocks] == [
        (1, 1),
        (count + 1, 1),
        (count + 2, 1),
    ]
    assert blocks[1].lines.to_list() == [""]
    assert blocks[1].starts[-1] == blocks[2].starts[0] == 2 * len(chunk)
