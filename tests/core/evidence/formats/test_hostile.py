"""Logs that are made to break whoever reads them: each ends in findings, soon and in little memory.

Here they are a part of their size. At full size they were run by hand, on one busy machine: a
line of 100 MB in 0.2 s of CPU and 110 MB of memory, ten million nulls in 0.1 s, 1 GB of line feeds
(a thousand million lines) in 308 s and 460 MB; the limits of a worker may end that before.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.extractor import Detected
from core.evidence.extractors.log import LogExtractor
from core.evidence.logs import fields, findings, header_pieces, layout, levels, masks, stack_traces
from core.evidence.logs.fields import find_fields, read_words
from core.evidence.logs.layout import learn_layout
from core.evidence.logs.timestamps import find_format
from core.evidence.model import DataType
from tests.core.evidence.blocks import block_of
from tests.core.evidence.exhibits import exhibit
from tests.core.evidence.formats.test_formats import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.evidence.model import Extraction

DETECTED = Detected(DataType.LOG, 0.95, "log")
TIMED = "2026-11-17T02:41:07Z ERROR order 1 failed\n"
LINE = 16 * 2**10
HEADER = 400  # of a line, in which a header is learnt
SLOW = 1.0  # seconds of one pattern on all of them; what is quadratic takes tens

# One repeats what patterns here repeat, the other ends it so that nothing matches.
ATTACKS = [
    (start + unit * (LINE // len(unit)))[:LINE] + end
    for start in ("", '{"message":"', "2026-11-17T02:41:07Z ", "<134>1 ")
    for unit, end in (
        ("1", "x"),
        ("1:", "x"),
        ('"', ""),
        ('\\"', "x"),
        ("\\", ""),
        ("\\n\\t", "x"),
        ("[", ""),
        ("[]", "x"),
        ("[[]", ""),
        ("(", ""),
        (" ", "x"),
        ("\t", "x"),
        ("a", ""),
        ("a.", "!"),
        ("A:", ""),
        ("::", "x"),
        ("a=", ""),
        ('a="', ""),
        ("- ", ""),
        ("Error", ""),
        ("Error: ", ""),
        ("at a.b(", ""),
        ("File ", ""),
        ("trace_id=", ""),
        ("0-", ""),
        ("deadbeef", "-"),
        ("ERROR ", ""),
        ("Nov 17 ", ""),
        ("GET /", ""),
        ("a@", ""),
        ("<", ""),
        ("\x00", ""),
        ("é", ""),
    )
]


def searched() -> Iterator[re.Pattern[str]]:
    """Every pattern that Python runs over whole lines."""
    for module in (findings, masks, layout, fields, levels, stack_traces):
        yield from (value for value in vars(module).values() if isinstance(value, re.Pattern))


def matched() -> Iterator[re.Pattern[str]]:
    """Those that it runs over the start of lines: what headers are made of."""
    for name, value in vars(header_pieces).items():
        if isinstance(value, header_pieces.HeaderPiece):
            yield re.compile(value.pattern)
        elif name.isupper() and isinstance(value, str):
            yield re.compile(value)


def read(path: Path) -> Extraction:
    exhibited = exhibit(path, DETECTED, name="x.log")
    extractor = LogExtractor()
    return extractor.enrich(extractor.extract(exhibited), exhibited)


@pytest.mark.parametrize("pattern", list(searched()), ids=lambda values: values.pattern[:30])
def test_no_pattern_is_slow_on_any_line(pattern: re.Pattern[str]) -> None:
    began = time.process_time()
    for line in ATTACKS:
        pattern.search(line)
    assert time.process_time() - began < SLOW


def test_no_piece_of_a_header_is_slow() -> None:
    for pattern in matched():
        began = time.process_time()
        for line in ATTACKS:
            pattern.match(line[:HEADER])
        assert time.process_time() - began < SLOW, pattern.pattern


def test_no_trace_is_slow_to_find() -> None:
    began = time.process_time()
    for line in ATTACKS:
        stack_traces.lines_within(line)
        levels.guess_level(line)
    assert time.process_time() - began < 4 * SLOW


@pytest.mark.parametrize("ours", [find_format, find_fields, learn_layout])
def test_nothing_is_learnt_slowly(ours: object) -> None:
    assert callable(ours)
    began = time.process_time()
    for line in ATTACKS:
        ours([line] * 3)
    assert time.process_time() - began < 4 * SLOW


def test_lines_of_anything_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(TIMED * 20 + "\n".join(ATTACKS) + "\n", encoding="utf-8")
    extraction = read(path)
    assert extraction.lines == 20 + len(ATTACKS)
    assert extraction.events >= 20


def test_one_line_of_many_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(TIMED.encode() + b"x" * 20_000_000 + b"\n" + TIMED.encode())
    extraction = read(path)
    assert (extraction.lines, extraction.events, extraction.size) == (
        3,
        2,
        20_000_001 + 2 * len(TIMED),
    )


def test_nothing_but_line_feeds(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\n" * 2_000_000)
    assert read(path).lines == 2_000_000


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes((TIMED.encode() + b"\xff\xfe\x00\x80 ERROR \xc3\x28\n") * 50)
    extraction = read(path)
    assert (extraction.lines, extraction.events) == (100, 50)


@pytest.mark.parametrize("year", ["0000", "0001", "1970", "2999", "9999"])
def test_years_of_another_age(tmp_path: Path, year: str) -> None:
    path = tmp_path / "log"
    path.write_text(TIMED * 30 + TIMED.replace("2026", year) * 3 + TIMED)
    extraction = read(path)
    assert extraction.lines == 34
    assert extraction.first is not None
    path.write_text(TIMED.replace("2026", year) * 30)
    assert read(path).lines == 30


def test_json_that_is_deep_or_wide(tmp_path: Path) -> None:
    deep = '{"message":"x","a":' * 20_000
    wide = json.dumps({"message": "x", "level": "error"} | {f"k{n}": n for n in range(10_000)})
    fine = '{"time":"2026-11-17T02:41:07Z","level":"info","message":"fine"}'
    path = tmp_path / "log"
    path.write_text("\n".join([fine] * 20 + [deep, wide, "{" * 50_000, "[" * 50_000]) + "\n")
    extraction = read(path)
    assert extraction.lines == 24
    assert extraction.errors >= 1
    path.write_text("\n".join([deep, wide, deep]))
    assert read(path).lines == 3


LINES = st.lists(
    st.one_of(
        st.text(max_size=120),
        st.sampled_from([TIMED.strip(), '{"msg":"a","level":30}', "<13>1 - - - - - -", "\tat a.b"]),
    ),
    max_size=12,
)


@given(LINES)
@settings(max_examples=60)
def test_any_lines_have_a_layout_that_reads_them(lines: list[str]) -> None:
    learnt = learn_layout(lines)
    read = learnt.read(pl.Series(lines, dtype=pl.String), reference=REFERENCE)
    assert len(read) == len(lines)
    assert read["start"].null_count() == 0
    assert all(isinstance(learnt.message_text(line), str) for line in lines)


@given(LINES)
@settings(max_examples=60)
def test_any_lines_are_looked_through_for_traces(lines: list[str]) -> None:
    finder = stack_traces.TraceFinder()
    finder.watch(block_of(lines))
    assert all(
        1 <= trace.line_start <= trace.line_end <= len(lines) for trace in finder.traces.values()
    )


@given(st.text(max_size=200))
def test_any_text_says_something_or_nothing(text: str) -> None:
    assert isinstance(read_words(text), str)
    assert levels.read_level(text) is None or text
