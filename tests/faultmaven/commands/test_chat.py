"""The terminal adapter by itself, told its lines by a pipe: each waits for what it causes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.faultmaven.commands.test_investigate import log_lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell

pytestmark = pytest.mark.integration  # files are read by a process of their own


def talk(shell: Shell, *lines: str) -> str:
    ran = shell.run("chat", stdin="\n".join(lines))
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def test_a_whole_case_by_itself(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "api.log"
    path.write_text(log_lines())
    output = talk(shell, "open checkout is slow", f"evidence {path}", "first error?")
    assert "Open #1 · checkout is slow" in output
    assert "e1 api.log · log, 780 lines" in output
    assert "1. Connection pool exhausted" in output
    assert "asked: first error?" in output
    assert "First error: 08:07:00 UTC" in output
    assert "api.log:422" in output

    output = talk(shell, "confirm 1", "resolve pool size 40")
    assert "Fix: pool size 40" in output
    (case,) = shell.run("cases", "--json").document
    assert case["state"] == "resolved"


def test_a_typo_is_understood_and_nonsense_is_refused_with_a_next_step(shell: Shell) -> None:
    output = talk(shell, "open checkout is slow", "statsu", "confirm 7")
    assert "statsu → status?" in output
    assert "has no hypotheses yet" in output
    assert "Next: " in output


def test_a_script_reads_one_document_when_it_has_ended(shell: Shell) -> None:
    ran = shell.run("chat", "--json", stdin="open checkout is slow\nstatus")
    assert (ran.code, ran.err) == (0, "")
    assert "checkout is slow" in json.dumps(ran.document)


def test_a_number_that_is_none_is_wrong_usage(shell: Shell) -> None:
    ran = shell.run("chat", "seven", stdin="")
    assert (ran.code, ran.out) == (2, "")
    assert "Invalid value for 'case'" in ran.err


def test_a_path_that_is_not_there_is_no_evidence(shell: Shell) -> None:
    output = talk(shell, "open checkout is slow", "evidence /var/log/nope.log", "evidence")
    assert "there is no file /var/log/nope.log" in output
    assert "pasted.txt" not in output


def test_a_case_that_does_not_exist_cannot_be_talked_about(shell: Shell) -> None:
    ran = shell.run("chat", "99", stdin="")
    assert ran.code == 1
    assert "no case #99" in ran.err
    assert len(ran.err.splitlines()) == 2
