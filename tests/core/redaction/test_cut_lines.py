"""Secrets that a container runtime cut in two."""

from __future__ import annotations

from time import process_time

import polars as pl
import pytest

from core.evidence.events.answers import read_lines
from core.redaction.engine import Redactor
from core.redaction.multiline import hide_over_lines, runs_over_lines
from tests.core.evidence.tables import Text

pytestmark = pytest.mark.unit

AT = "2026-11-24T10:05:01.123456789Z"
CRI = [
    f"{AT} stdout F started",
    f"{AT} stdout P ERROR login failed token=ghj7Kq",
    f"{AT} stderr F retry 3 of 5",
    f"{AT} stdout P Wz93Lm",
    f"{AT} stdout F Px71 for bob",
    f"{AT} stdout F Wz93Lm is the name of a lamp",
]
DOCKER = [
    f'{{"log":"login failed token=ghj7Kq","stream":"stdout","time":"{AT}"}}',
    f'{{"log":"Wz93LmPx71 for bob\\n","stream":"stdout","time":"{AT}"}}',
    f'{{"log":"next\\n","stream":"stdout","time":"{AT}"}}',
]
PLAIN = [f"{AT} stdout P plan of the lamps in", f"{AT} stdout F room Wz93LmPx71"]


def hidden(lines: list[str]) -> str:
    series, _ = hide_over_lines(pl.Series(lines))
    return "\n".join(Redactor(b"k" * 32).hide(series).to_list())


BETWEEN = [f"{AT} stderr F ok" for _ in range(40)]
REST = "Wz93LmPx71"
FAR = [f"{AT} stdout P failed token=ghj7Kq", *BETWEEN, f"{AT} stdout F {REST} for bob"]
LONG = [f"{AT} stdout P {'y ' * 8_000}token=ghj7Kq", f"{AT} stdout F {REST * 900} for bob"]
TAGGED = [f"[pod/a/b] {AT} stdout P:x token=ghj7Kq", f"[pod/a/b] {AT} stdout F:x {REST} for bob"]
FLUENT = [
    '{"stream":"stdout","logtag":"P","log":"token=ghj7Kq"}',
    f'{{"stream":"stdout","logtag":"F","log":"{REST} for bob"}}',
]
JOURNAL = [
    '{"MESSAGE":"token=ghj7Kq","CONTAINER_PARTIAL_MESSAGE":"true","CONTAINER_ID":"a1"}',
    f'{{"MESSAGE":"{REST} for bob","CONTAINER_ID":"a1"}}',
]
SPACED = [
    '{"log": "token=ghj7Kq", "stream": "stdout"}',
    f'{{"log": "{REST} for bob\\n", "stream": "stdout"}}',
]


@pytest.mark.parametrize(
    ("lines", "rest"),
    [(CRI, "Px71"), (LONG, "Px71"), *((lines, REST) for lines in (DOCKER, FAR, TAGGED))],
    ids=["CRI", "long", "Docker", "far", "tagged"],
)
def test_the_rest_of_a_cut_secret_is_hidden(lines: list[str], rest: str) -> None:
    assert runs_over_lines("\n".join(lines).encode())
    for shown in (hidden(lines), Redactor(b"k" * 32).clean("\n".join(lines)).text):
        assert "ghj7Kq" not in shown
        assert rest not in shown
        assert " for bob" in shown


@pytest.mark.parametrize(
    "lines", [FLUENT, JOURNAL, SPACED], ids=["Fluent Bit", "journal", "blanks"]
)
def test_so_it_is_in_the_json_of_shippers(lines: list[str]) -> None:
    assert REST not in hidden(lines)
    assert " for bob" in hidden(lines)


def test_events_show_neither_part() -> None:
    raw = "\n".join(LONG).encode()
    start = raw.index(b"\n") + 1
    shown = read_lines(Text(raw), [0, start], redactor=Redactor(b"k" * 32), room=2**15)
    assert "Px71" not in shown[start].text
    assert "ghj7Kq" not in shown[0].text


def test_a_log_of_nothing_but_parts_takes_no_time_that_grows_with_its_square() -> None:
    def seconds(count: int) -> float:
        began = process_time()
        hide_over_lines(pl.Series([f"{AT} stdout P password=abc{n} " for n in range(count)]))
        return process_time() - began

    assert seconds(2_000) < 12 * seconds(500) + 0.5


def test_lines_of_the_other_stream_and_whole_lines_stay() -> None:
    shown = hidden(CRI).splitlines()
    assert (shown[0], shown[2], shown[5]) == (CRI[0], CRI[2], CRI[5])
    assert hidden(DOCKER).splitlines()[2] == DOCKER[2]


def test_parts_without_a_secret_stay() -> None:
    assert hidden(PLAIN) == "\n".join(PLAIN)


def test_a_part_at_the_end_of_a_file_has_no_rest() -> None:
    assert "ghj7Kq" not in hidden(CRI[:2])
    assert hidden(PLAIN[:1]) == PLAIN[0]


def test_what_touches_more_cuts_than_a_runtime_makes_is_hidden() -> None:
    cut = [f"{AT} stdout P login failed token=ghj7Kq", f"{AT} stdout F {REST} for bob"]
    name = [f"{AT} stdout P login failed pass", f"{AT} stdout F word: {REST} for bob"]
    for lines in (cut * 600, name * 600):
        shown = hidden(lines)
        assert REST not in shown
        assert shown.count(" bob") == shown.count("login failed") == 600


def test_one_word_in_many_parts_is_looked_at_once() -> None:
    lines = [f"{AT} stdout P {'x' * 40}" for _ in range(20_000)]
    began = process_time()
    assert hidden(lines).count("x") < 200
    assert process_time() - began < 6


NESTED = [
    f'{{"log": "{AT} stdout P login failed token=ghj7Kq", "pod": "a"}}',
    f'{{"log": "{AT} stdout F {REST} for bob", "pod": "a"}}',
]
TAGGED_SHORTLY = [
    '{"log":"login failed token=ghj7Kq","_p":"P","stream":"stdout"}',
    f'{{"log":"{REST} for bob","_p":"F","stream":"stdout"}}',
]


@pytest.mark.parametrize("lines", [NESTED, TAGGED_SHORTLY])
def test_parts_are_told_as_shippers_pass_them_on(lines: list[str]) -> None:
    shown = hidden(lines)
    assert REST not in shown
    assert "for bob" in shown


def test_a_line_alone_hides_what_only_the_next_ones_show_to_be_a_secret() -> None:
    parts = ("P conn postgres://app:", f"P {REST}", "F @db/x failed")
    lines = [f"{AT} stdout {part}\n".encode() for part in parts]
    starts = [0, len(lines[0]), len(lines[0] + lines[1])]
    shown = read_lines(Text(b"".join(lines)), starts, redactor=Redactor(b"k" * 32), room=2**15)
    assert REST not in " ".join(line.text for line in shown.values())
