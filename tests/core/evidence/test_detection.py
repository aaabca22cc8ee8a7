from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.detection import detect
from core.evidence.extractor import Head
from core.evidence.model import DataType
from core.evidence.pipeline import EXTRACTORS

QUERY_RANGE = {
    "status": "success",
    "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[1, "2"]]}]},
}


@pytest.mark.parametrize(
    ("head", "name", "data_type", "reader"),
    [
        (b"2026-11-17T02:41:07Z INFO up\n" * 3, "notes.txt", DataType.LOG, "log"),
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
        (json.dumps(QUERY_RANGE).encode(), "m.json", DataType.METRIC, "metric"),
        (b"# HELP up Is it up.\n# TYPE up gauge\nup 1\n", "metrics", DataType.METRIC, "text"),
        (
            b"time,rate\n2026-11-17 02:00:00,1.5\n2026-11-17 02:01:00,1.7\n",
            "r.csv",
            DataType.METRIC,
            "text",
        ),
        (b'{"resourceSpans": [{"scopeSpans": []}]}', "t.json", DataType.TRACE, "text"),
        (b'{"calls": [["a", "b"]]}', "topology.json", DataType.CONFIG, "topology"),
        (
            b"services:\n  web:\n    image: shop\n    ports:\n      - 80\n",
            "compose.yaml",
            DataType.CONFIG,
            "text",
        ),
        (b"main;pay;pool 31\nmain;pay;db 7\n", "stacks", DataType.PROFILE, "text"),
        (b"#!/bin/bash\necho hi\n", "run", DataType.CODE, "text"),
        (
            b"import os\n\ndef pay(order):\n    return pool.get()\n",
            "shop.py",
            DataType.CODE,
            "text",
        ),
        (
            b"Hi all, checkout was slow around noon.\nWe restarted it.\n",
            "n.txt",
            DataType.TEXT,
            "text",
        ),
        (b"\x89PNG\r\n\x1a\n", "shot.log", DataType.IMAGE, "none"),
        (b"PK\x03\x04", "logs.zip", DataType.ARCHIVE, "none"),
        (b"\x7fELF\x02\x01", "app.log", DataType.BINARY, "none"),
        (bytes(range(256)) * 8, "core.log", DataType.BINARY, "none"),
        (b"", "x.log", DataType.EMPTY, "none"),
        (b" \n\n", "x.log", DataType.EMPTY, "none"),
        ("\u00a0\n".encode(), "x.log", DataType.EMPTY, "none"),
    ],
)
def test_content_decides(head: bytes, name: str, data_type: DataType, reader: str) -> None:
    found = detect(Head(head, name), EXTRACTORS)
    assert (found.data_type, found.extractor) == (data_type, reader)
    assert 0 < found.confidence <= 1


def test_one_word_of_many_thousand_letters_takes_no_time() -> None:
    began = time.perf_counter()
    detect(Head(b"a" * 60_000 + b"\n" + b"b" * 60_000), EXTRACTORS)
    assert time.perf_counter() - began < 2


@given(st.binary(max_size=300), st.text(max_size=20))
def test_anything_is_something(head: bytes, name: str) -> None:
    assert detect(Head(head, name), EXTRACTORS).data_type in DataType
