from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.stack_traces import TraceFinder, lines_within
from tests.core.evidence.blocks import block_of

PYTHON = (
    'Traceback (most recent call last):\n  File "/srv/a.py", line 3, in pay\n    go()\nKeyError: 7'
)
JAVA = "java.io.IOException: broken\n\tat com.shop.A.b(A.java:3)\n\tat com.shop.A.c(A.java:4)"
GO = "goroutine 1 [running]:\nmain.main()\n\t/srv/main.go:12 +0x1d"


def test_a_field_holds_its_lines() -> None:
    line = json.dumps({"msg": "no\nframes", "stack": PYTHON, "user": "dana"})
    assert lines_within(line) == PYTHON.split("\n")


@pytest.mark.parametrize(
    ("text", "language", "raised"),
    [(PYTHON, "python", "KeyError"), (JAVA, "java", "java.io.IOException"), (GO, "go", "")],
)
def test_traces_in_one_line(text: str, language: str, raised: str) -> None:
    lines = [json.dumps({"n": n, "error": text, "request": f"r{n}"}) for n in range(3)]
    inside = [json.dumps({"log": line + "\n", "stream": "stderr"}) for line in lines]
    for written in (lines, inside):
        finder = TraceFinder()
        finder.watch(block_of(['{"msg":"fine\\nand well"}', *written]))
        (trace,) = finder.traces.values()
        assert (trace.language, trace.raised, trace.count) == (language, raised, 3)
        assert (trace.line_start, trace.line_end) == (2, 2)


@given(st.text(max_size=300))
def test_any_line(text: str) -> None:
    assert all(lines_within(text))
