from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.evidence.extractor import HEAD_BYTES, Detected, Head, extractors
from core.evidence.lines import read_head
from core.evidence.model import DataType, PlainFile
from core.evidence.pipeline import collect_claims, detect
from tests.core.evidence.collection import CollectedSample, samples

LINE = b"2026-11-17T02:41:07Z INFO up\n"


def kind_of(detection: Detected) -> str:
    return "markdown" if detection.extractor == "markdown" else detection.data_type.value


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[CollectedSample, bytes]]:
    path = tmp_path_factory.mktemp("collection") / "sample"
    rows = []
    for sample in samples():
        path.write_bytes(sample.raw)
        rows.append((sample, read_head(PlainFile(path), HEAD_BYTES)))
    return rows


def test_our_own_collection_is_told_right(heads: list[tuple[CollectedSample, bytes]]) -> None:
    """The floor; 142 of 142 when it was set. Every claim has its reason and place."""
    wrong = {}
    for sample, head in heads:
        detections = collect_claims(Head(head, sample.name), extractors()).claims
        if kind_of(detections[0]) != sample.kind:
            wrong[f"{sample.kind}/{sample.name}"] = detections[0]
        assert all(claim.reason and claim.confidence <= 1 for claim in detections[:-1])
        confidences = [claim.confidence for claim in detections[:-1]]
        assert confidences == sorted(confidences, reverse=True)
    assert len(heads) > 130
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize("name", ["file", "app.log", "values.yaml"])
def test_names_hardly_matter(heads: list[tuple[CollectedSample, bytes]], name: str) -> None:
    """Content decides: without a name, and with a wrong one."""
    some = [*heads][len(name) % 3 :: 3]  # each name a third of them
    right = sum(
        kind_of(detect(Head(head, name), extractors())) == sample.kind for sample, head in some
    )
    assert right >= 0.93 * len(some)


@pytest.mark.parametrize(
    ("head", "name", "data_type", "reader"),
    [
        (LINE * 3, "notes.txt", DataType.LOG, "log"),
        (b"ERROR: no connection\nINFO: up\n", "out", DataType.LOG, "log"),
        (
            b'{"time":"2026-11-17T02:41:07Z","level":"info","msg":"up"}\n' * 3,
            "x.json",
            DataType.LOG,
            "log",
        ),
        (
            b"Traceback (most recent call last):\n  File \"a.py\", line 3\nKeyError: 'x'\n",
            "t",
            DataType.LOG,
            "log",
        ),
        (b'{"calls": [["a", "b"]]}', "topology.json", DataType.CONFIG, "topology"),
        (
            b"services:\n  web:\n    image: shop\n",
            "compose.yaml",
            DataType.CONFIG,
            "configuration",
        ),
        (b"main;pay;pool 31\nmain;pay;db 7\n", "stacks", DataType.PROFILE, "profile"),
        (b"#!/bin/bash\necho hi\n", "run", DataType.CODE, "text"),
        (b"import os\n\ndef pay(order):\n    return pool.get()\n", "x", DataType.CODE, "text"),
        (
            b"Hi all, checkout was slow around noon.\nWe restarted it.\n",
            "n.log",
            DataType.TEXT,
            "text",
        ),
        (b"# A title\n\nSome words, and a [link](b.md).\n", "a", DataType.TEXT, "markdown"),
        (b"\x89PNG\r\n\x1a\n", "shot.log", DataType.IMAGE, "image"),
        (b"PK\x03\x04", "logs.zip", DataType.ARCHIVE, "none"),
        (b"\x7fELF\x02\x01", "app.log", DataType.BINARY, "none"),
        (b"", "x.log", DataType.EMPTY, "none"),
        ("\u00a0\n".encode(), "x.log", DataType.EMPTY, "none"),
    ],
)
def test_content_decides(head: bytes, name: str, data_type: DataType, reader: str) -> None:
    detection = detect(Head(head, name), extractors())
    assert (detection.data_type, detection.extractor) == (data_type, reader)
    assert 0 < detection.confidence <= 1


def test_a_name_alone_is_a_guess() -> None:
    for name in ("a.log", "a.yaml", "a.py", "a.toml", "Dockerfile"):
        assert detect(Head(b"zq xv\n", name), extractors()).confidence <= 0.6


# Each repeated over a whole head: for patterns that try again and again, and for deep nesting.
UNITS = (
    "[", '{"a":', "((", '"\\', "# ", "- - ", "> ", "**a", "`", "|-", "<a ", "\t\n", "  \n", "\r",
    "\x1b[", "\x1b]", "1.", "10:00:00 ", "--", "/*", "=", "${", "a(b", "select a from ", "a.b",
    "with a as (", "class a", "'''\n", "<!--\n", "a;b", 'x{a="b"} 1\n', "a: b\n", "- a: [", "&a ",
    "[a]\n", "a.b.c=1\n", "[x](y", "![", "word ", "at x.y(", "key: |\n",
)  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_no_head_takes_long(unit: str) -> None:
    one_line = (unit * HEAD_BYTES)[:HEAD_BYTES]
    many = ((unit * 500)[:499].replace("\n", " ") + "!\n") * 20
    for text in (one_line, many):
        began = time.process_time()
        detect(Head(text.encode()[:HEAD_BYTES], "x"), extractors())
        assert time.process_time() - began < 5


def test_a_million_brackets_are_no_matter() -> None:
    for text in ("[" * 10**6, '{"a":' * 10**4, "[" * 10**4 + "]" * 10**4, "{" * 10**4):
        assert detect(Head(text.encode(), "deep.json"), extractors()).data_type in DataType


def test_a_document_may_be_cut_off_anywhere() -> None:
    span = {"traceId": "ab" * 16, "spanId": "cd" * 8, "startTimeUnixNano": "1", "name": "put"}
    text = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span] * 9}]}]}, indent=1)
    for end in range(40, len(text), 7):
        assert detect(Head(text[:end].encode()), extractors()).data_type is DataType.TRACE


@settings(deadline=None)
@given(st.binary(max_size=300), st.text(max_size=20))
@example(b"!\r\t", "")
def test_anything_is_something(head: bytes, name: str) -> None:
    assert detect(Head(head, name), extractors()).data_type in DataType


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from([unit.rstrip("\n") for unit in UNITS] + ["a", "1", " "]), max_size=60)
)
def test_lines_of_anything_are_something(lines: list[str]) -> None:
    assert detect(Head("\n".join(lines).encode(), "x.json"), extractors()).data_type in DataType


def test_levels_without_a_time_tell_a_log_even_where_traces_are_most_of_it() -> None:
    trace = (
        "Traceback (most recent call last):\n"
        '  File "/srv/seats.py", line 8, in book\n'
        "    lock(seat)\n"
        "SeatTakenError: row 4\n"
    )
    text = "INFO:seats:seat 4 asked for\nERROR:seats:booking failed\n" + trace
    assert detect(Head(text.encode() * 6, "pasted"), extractors()).data_type is DataType.LOG
