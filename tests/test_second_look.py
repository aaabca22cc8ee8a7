from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STALLS_ONCE = """
import pathlib
def test_stalls_once():
    mark = pathlib.Path("mark")
    had_run = mark.exists()
    mark.touch()
    assert had_run
"""
FAILS = "\ndef test_{0}(): assert False\n"


def looked_at(folder: Path, content: str) -> tuple[int, str]:
    """The status and the output of a run of such tests and the look that follows it."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text(content)
    plain = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    first = subprocess.run([sys.executable, "-m", "pytest"], cwd=folder, env=plain, check=False)
    second = subprocess.run(
        [sys.executable, str(ROOT / "tests/second_look.py"), str(first.returncode)],
        cwd=folder,
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )
    return second.returncode, second.stdout


@pytest.mark.integration
def test_what_passes_alone_is_named(tmp_path: Path) -> None:
    status, printed = looked_at(tmp_path, STALLS_ONCE)
    assert (status, printed.splitlines()[-1]) == (
        0,
        "Passed only when alone: test_it.py::test_stalls_once",
    )


@pytest.mark.integration
def test_what_fails_alone_too_fails(tmp_path: Path) -> None:
    status, printed = looked_at(tmp_path, STALLS_ONCE + FAILS.format("never_passes"))
    assert status == 1
    assert "Passed only when alone" not in printed


@pytest.mark.integration
@pytest.mark.parametrize(
    ("content", "status"),
    [("".join(FAILS.format(number) for number in range(4)), 1), ("import nothing_there", 2)],
)
def test_many_failures_stand_as_they_are(tmp_path: Path, content: str, status: int) -> None:
    assert looked_at(tmp_path, content) == (status, "")
