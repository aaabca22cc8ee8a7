"""What a tool tells while it runs is a log, although no line tells the time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.detection.prose import score_command_output
from core.evidence.detection.sample import Sample

_PYTEST = (
    "=== test session starts ===\ncollected 2 items\n\ntests/test_a.py .F      [100%]\n"
    "E       assert 1 == 2\nFAILED tests/test_a.py::test_b - assert 1 == 2\n"
    "=== 1 failed in 0.1s ===\n"
)
_GO_TEST = (
    "=== RUN   TestA\n    a_test.go:3: got 1\n--- FAIL: TestA (0.01s)\nFAIL\nFAIL\tx.org/a\t0.2s\n"
)
_PLAYBOOK = (
    "PLAY [web] ******\n\nTASK [facts] *****\nok: [web-1]\nfatal: [web-2]: UNREACHABLE! => {}\n"
)
_TERRAFORM = (
    "aws_lb.a: Creating...\naws_lb.a: Still creating... [10s elapsed]\n\u2577\n\u2502 Error: no\n"
)
_RUSTC = "error[E0308]: mismatched types\n --> src/a.rs:1:21\n  |\n1 | fn f() {}\n  |    ^^^\n"
_GCC = "a.c: In function 'f':\na.c:1:20: error: 'y' undeclared\n    1 | f() { y; }\n      | ^\n"
_CURL = "*   Trying 10.0.0.1:80...\n> GET / HTTP/1.1\n> Host: a\n>\n< HTTP/1.1 502 Bad Gateway\n"
_COMPLAINT = "psql: error: connection to server at db failed: FATAL:  too many clients\n"
_HISTORY = (
    "Start-Date: 2026-11-03  14:02:11\nRemove: a\n\nStart-Date: 2026-11-04  14:02:11\nRemove: b\n"
)


def _sample(text: str) -> Sample:
    return Sample([line for line in text.split("\n") if line.strip()])


@pytest.mark.parametrize(
    "text",
    [_PYTEST, _GO_TEST, _PLAYBOOK, _TERRAFORM, _RUSTC, _GCC, _CURL, _COMPLAINT, _HISTORY],
)
def test_what_tools_tell_while_they_run(text: str) -> None:
    assert score_command_output(_sample(text)).score >= 0.9


@pytest.mark.parametrize(
    "text",
    [
        " id | name\n----+-----\n  1 | lamp\n  2 | chair\n(2 rows)\n",
        "def total(lines):\n    return sum(lines)\n",
        "Hello all,\nthe build failed again: error in the cart, I think.\nThanks\n",
        "error: 3\nlimit: 4\nname: a\n",
        "=====\nTitle\n=====\n\nSome words.\n",
    ],
)
def test_what_others_wrote_is_no_run(text: str) -> None:
    assert score_command_output(_sample(text)).score < 0.5


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    assert 0 <= score_command_output(_sample(text)).score <= 1


@pytest.mark.parametrize("line", ["=" * 500, "a: " * 166, "a/" * 250, "E   " * 125, "| " * 250])
def test_no_line_takes_long(line: str) -> None:
    began = time.process_time()
    score_command_output(Sample([line] * 400))
    assert time.process_time() - began < 1
