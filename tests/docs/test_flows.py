"""The lists of `flows.md` are what a run enters today, and no flow grows unseen."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration

MOST_FILES = {"delivery": 22, "file": 200, "why": 14}


def test_the_lists_are_what_a_run_enters() -> None:
    """In a process of its own: what is cached in this one is not entered again."""
    command = [sys.executable, "-m", "tests.docs.flows", "--check"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert json.loads(ended.stdout.splitlines()[-1]) == MOST_FILES
    assert ended.returncode == 0, "stale, run `python -m tests.docs.flows`"
