"""Secrets that a container runtime cut in two."""

from __future__ import annotations

import polars as pl
import pytest

from core.redaction.engine import Redactor
from core.redaction.multiline import hide_over_lines, runs_over_lines

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


@pytest.mark.parametrize(("lines", "rest"), [(CRI, "Px71"), (DOCKER, "Wz93LmPx71")])
def test_the_rest_of_a_cut_secret_is_hidden(lines: list[str], rest: str) -> None:
    assert runs_over_lines("\n".join(lines).encode())
    for shown in (hidden(lines), Redactor(b"k" * 32).clean("\n".join(lines)).text):
        assert "ghj7Kq" not in shown
        assert rest not in shown
        assert " for bob" in shown


def test_lines_of_the_other_stream_and_whole_lines_stay() -> None:
    shown = hidden(CRI).splitlines()
    assert (shown[0], shown[2], shown[5]) == (CRI[0], CRI[2], CRI[5])
    assert hidden(DOCKER).splitlines()[2] == DOCKER[2]


def test_parts_without_a_secret_stay() -> None:
    assert hidden(PLAIN) == "\n".join(PLAIN)


def test_a_part_at_the_end_of_a_file_has_no_rest() -> None:
    assert "ghj7Kq" not in hidden(CRI[:2])
    assert hidden(PLAIN[:1]) == PLAIN[0]
