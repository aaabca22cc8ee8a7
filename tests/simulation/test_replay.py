"""A seed is a run: the same seed gives the same trace, in any process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.house.tree import ROOT
from tests.simulation.run import simulate

SEEDS = (3, 17, 31)


def digests() -> list[str]:
    return [simulate(seed).trace.digest for seed in SEEDS]


def test_the_same_seed_gives_the_same_trace() -> None:
    first = digests()
    assert digests() == first
    assert len(set(first)) == len(SEEDS)


@pytest.mark.integration
def test_in_another_process_that_hashes_differently_too() -> None:
    """Sets of strings, and of tasks, have another order there."""
    program = "from tests.simulation.test_replay import digests; print(*digests())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == digests()
