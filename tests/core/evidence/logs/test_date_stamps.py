from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.evidence.logs.date_stamps import find_stamp
from core.evidence.logs.templates import mine_templates
from core.evidence.model import PlainFile

if TYPE_CHECKING:
    from pathlib import Path

UPLOADED = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
JOB = [
    "22:59:55 INFO Context impl PostgresqlImpl.",
    "23:59:58 INFO Running upgrade 7c1e0d9a2b55 -> 9f3ab41c77de, holds: promoter_ref",
    "00:00:13 INFO done, the licence expires 2026-11-24",
]


def times(path: Path, lines: list[str]) -> list[str]:
    path.write_text("\n".join(lines))
    mined = mine_templates(PlainFile(path), reference=UPLOADED)
    firsts = sorted((each.line, each.first) for each in mined.templates)
    return [f"{at:%d %H:%M:%S}" for _, at in firsts if at]


@pytest.mark.parametrize(
    "head",
    [
        "created 2026-11-22T21:56:13Z",
        "# 2026-11-22 22:49:38 ansible-playbook -i prod settings.yml --diff",
        "2026-11-22 deploy board",
        "Runner started on Sun Nov 22 22:10:00 UTC 2026",
        "build of 22 Nov 2026",
    ],
)
def test_clocks_are_of_the_day_above_them_and_go_on_past_midnight(
    tmp_path: Path, head: str
) -> None:
    dated = times(tmp_path / "ci.log", [head, *JOB])
    assert dated[-3:] == ["22 22:59:55", "22 23:59:58", "23 00:00:13"]


def test_a_later_stamp_begins_another_day(tmp_path: Path) -> None:
    lines = ["2026-11-20", *JOB[:1], "== run of 2026-11-22 ==", *JOB[1:]]
    dated = times(tmp_path / "ci.log", lines)
    assert (dated[0], *dated[-2:]) == ("20 22:59:55", "22 23:59:58", "23 00:00:13")


def test_a_line_out_of_order_is_of_the_same_day(tmp_path: Path) -> None:
    lines = ["2026-11-20", "10:00:05 INFO first", "10:00:01 INFO late by a thread"]
    assert times(tmp_path / "ci.log", lines) == ["20 10:00:05", "20 10:00:01"]


def test_an_export_of_the_same_day_is_no_midnight(tmp_path: Path) -> None:
    lines = ["exported 2026-11-20 18:00:00", *("10:00:05 INFO first", "10:00:09 INFO next") * 3]
    assert times(tmp_path / "ci.log", lines)[-2:] == ["20 10:00:05", "20 10:00:09"]


@pytest.mark.parametrize("head", ["migration job", "valid until 2026-11-22", "as of 2031-01-01"])
def test_without_a_date_they_are_of_the_last_day_before_the_file(tmp_path: Path, head: str) -> None:
    assert times(tmp_path / "ci.log", [head, *JOB])[0] == "24 22:59:55"


@pytest.mark.parametrize(
    "line",
    [
        "certificate expires 2026-11-22",
        "releases/2026-11-22/app.jar",
        "backup-2026-11-22.tar",
        '"created_at": "2026-11-22T06:00:00Z"',
        "the last good run was on 2026-11-22",
        "2026-13-22",
        "2026-11-31",
        "",
        "1" * 5_000,
    ],
)
def test_a_date_of_something_else_is_no_stamp(line: str) -> None:
    assert find_stamp(line) is None


def test_between_other_lines_a_stamp_begins_its_line() -> None:
    assert find_stamp("== 2026-11-22 ==", within=30) is not None
    assert find_stamp("the orders of 2026-11-22 were counted twice", within=30) is None
