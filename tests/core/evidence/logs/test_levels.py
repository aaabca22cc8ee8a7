from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from core.evidence.logs.levels import guess_level, guess_levels, level_of_status, read_level
from core.evidence.logs.templates import mine_templates
from core.evidence.model import Level, PlainFile

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("spelled", "level"),
    [
        ("ERROR", Level.ERROR),
        ("[warn]", Level.WARNING),
        ("W", Level.WARNING),
        ("fatal:", Level.FATAL),
        ("notice", Level.INFO),
        ("30", Level.INFO),
        ("50", Level.ERROR),
        ("60", Level.FATAL),
        ("3", Level.ERROR),
        ("7", Level.DEBUG),
        ("FEHLER", Level.ERROR),
        ("Avertissement", Level.WARNING),
        ("[エラー]", Level.ERROR),
        ("警告", Level.WARNING),
        ("other", None),
        ("", None),
        ("9999999", None),
    ],
)
def test_spelled_levels(spelled: str, level: Level | None) -> None:
    assert read_level(spelled) == level


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ("connection refused", Level.ERROR),
        ("java.lang.IllegalStateException", Level.ERROR),
        ("Out of memory: Killed process 12", Level.FATAL),
        ("finished with 0 errors", Level.INFO),
        ("errors=0 done", Level.INFO),
        ("sweep: 3 removed, 0 failed", Level.INFO),
        ("retrying in 5 s", Level.WARNING),
        ("listening on 8080", Level.INFO),
    ],
)
def test_levels_by_words(message: str, level: Level) -> None:
    assert guess_level(message) == level


def test_levels_of_statuses() -> None:
    assert [level_of_status(code) for code in (200, 404, 429, 503)] == [
        Level.INFO,
        Level.INFO,
        Level.WARNING,
        Level.ERROR,
    ]


def test_many_lines_are_guessed_like_one() -> None:
    messages = [
        "all is well",
        "no errors",
        "call failed",
        "PANIC: gone",
        "a slow query",
        "fünf Fehler",
    ]
    guessed = [Level(level) if level else Level.INFO for level in guess_levels(pl.Series(messages))]
    assert guessed == [guess_level(line) for line in messages]
    assert guess_levels(pl.Series(["all is well"])).to_list() == [None]


def test_what_redis_marks() -> None:
    marks = [read_level(mark) for mark in ".-*#"]
    assert marks == [Level.DEBUG, Level.DEBUG, Level.INFO, None]


def test_a_line_that_goes_on_in_another_one_is_no_error_by_a_word_of_it(tmp_path: Path) -> None:
    path = tmp_path / "db.log"
    path.write_text(
        "2026-11-17 02:41:07.976 UTC [46] LOG:  statement: VALUES ('active'),\n"
        "\t\t('idle in transaction (aborted)')\n"
        "2026-11-17 02:41:08.000 UTC [46] LOG:  done\n"
        "java.lang.IllegalStateException: Error while packing\n"
    )
    mined = mine_templates(PlainFile(path), reference=datetime(2026, 11, 17, tzinfo=UTC))
    levels = {template.example.strip()[:9]: template.level for template in mined.templates}
    assert levels["('idle in"] is Level.INFO
    assert levels["java.lang"] is Level.ERROR
