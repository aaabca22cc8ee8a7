"""What differs between two files: settings by name, levels, kinds of lines, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.investigation.consultation.evidence_reader import NumberedLine
from core.investigation.consultation.file_comparison import ComparedFile, compare_files
from tests.core.investigation.sample_situations import (
    REDACTOR,
    LogLines,
    a_log,
    a_situation,
)

if TYPE_CHECKING:
    from core.investigation.consultation.file_comparison import Difference

pytestmark = pytest.mark.unit

SECRETS = ("Zk81-LmNpQr45-first", "Zk81-LmNpQr45-second")


def compared(name: str, *kinds: LogLines, text: str = "") -> ComparedFile:
    """A log with these kinds of lines, or a text."""
    situation = a_situation(a_log(name, *kinds or (LogLines(text="all is well", count=1),)))
    (file,) = situation.files
    lines = [
        NumberedLine(number, REDACTOR.clean(line))
        for number, line in enumerate(text.splitlines(), 1)
    ]
    return ComparedFile(file, situation.findings[file.id], lines)


def told(*differences: Difference) -> list[str]:
    return [difference.text.text for difference in differences]


def test_settings_that_differ_are_shown_side_by_side() -> None:
    before = compared("a", text="# pool\nPOOL_SIZE=40\nHOST=db-1\nDEBUG=0\nsame: yes\n")
    after = compared("b", text="POOL_SIZE=10\nsame: yes\nHOST=db-1\nTRACE=1\n\n")
    differences = list(compare_files(before, after))
    assert told(*differences) == [
        "setting: a.log has `POOL_SIZE=40`; b.log has `POOL_SIZE=10`",
        "setting: a.log has `DEBUG=0`; b.log does not have it",
        "setting: b.log has `TRACE=1`; a.log does not have it",
    ]
    assert [line.number for _, line in differences[0].lines] == [2, 1]


HOSTS = "10.0.0.7 stock-1\n10.0.0.8 stock-2\n10.0.0.9 ledger\n10.0.0.4 edge\n"


def test_of_two_versions_of_a_text_the_lines_that_one_alone_has_are_shown() -> None:
    before, after = compared("a", text=HOSTS), compared("b", text=HOSTS.replace(".8 ", ".88 "))
    differences = list(compare_files(before, after))
    assert told(*differences) == [
        "only in a.log: `10.0.0.8 stock-2`",
        "only in b.log: `10.0.0.88 stock-2`",
    ]
    assert [line.number for each in differences for _, line in each.lines] == [2, 2]


NESTED = "orders:\n  replicas: 3\n  cpu: 1\nledger:\n  replicas: 3\n  cpu: 1\n"
SECTIONS = "[orders]\nsize = 3\nwait = 9\n[ledger]\nsize = 3\nwait = 9\n"


@pytest.mark.parametrize(
    ("text", "line", "number", "heading"),
    [(NESTED, "  replicas: 3", 5, "ledger:"), (SECTIONS, "size = 3", 5, "[ledger]")],
)
def test_settings_of_one_name_are_told_apart_by_what_they_stand_below(
    text: str, line: str, number: int, heading: str
) -> None:
    lines = text.splitlines()
    other = line.replace("3", "8")
    changed = "\n".join([*lines[: number - 1], other, *lines[number:]])
    differences = list(compare_files(compared("a", text=text), compared("b", text=changed)))
    assert told(*differences) == [
        f"only in a.log: `{line.strip()}` below `{heading}`",
        f"only in b.log: `{other.strip()}` below `{heading}`",
    ]
    assert [line.number for each in differences for _, line in each.lines] == [number, number]


def test_a_line_that_stands_once_more_is_a_difference() -> None:
    twice = HOSTS + "10.0.0.4 edge\n"
    differences = compare_files(compared("a", text=HOSTS), compared("b", text=twice))
    assert told(*differences) == ["only in b.log: `10.0.0.4 edge`"]


def test_two_texts_that_share_little_are_no_versions_of_one() -> None:
    other = compared("b", text="10.0.0.7 stock-1\nno\nline\nof\nthese\nis shared\n")
    assert list(compare_files(compared("a", text=HOSTS), other)) == []


def test_a_secret_that_differs_is_told_without_its_values() -> None:
    before, after = (
        compared(n, text=f"PASSWORD={s}\n") for n, s in zip("ab", SECRETS, strict=True)
    )
    (difference,) = compare_files(before, after)
    assert "PASSWORD" in difference.text.text
    assert not any(secret in difference.text.text for secret in SECRETS)


def test_prose_and_logs_have_no_settings() -> None:
    log = "2026-11-20 13:00:00 started\nwe looked: nothing there\nthe third line\n"
    differences = compare_files(compared("a", text=log), compared("b", text=log + "x=1\n"))
    assert told(*differences) == ["only in b.log: `x=1`"]


def test_kinds_of_lines_and_levels_that_differ() -> None:
    usual = LogLines(text="request 17 failed", count=10)
    before = compared("a", usual, LogLines(text="disk of node-3 is full", count=3))
    after = compared("b", LogLines(text="request 99 failed", count=80))
    differences = list(compare_files(before, after))
    assert told(*differences) == [
        "error lines: 13 in a.log, 80 in b.log",
        "only in a.log, 3 lines of this kind:",
        "10 lines in a.log, 80 in b.log of this kind:",
    ]
    assert [finding.count for finding in differences[2].findings] == [10, 80]


def test_what_is_nearly_the_same_is_no_difference() -> None:
    before = compared("a", LogLines(text="retry", count=2))
    assert not list(compare_files(before, compared("b", LogLines(text="retry", count=1))))
