"""A hundred runs of the whole product under kills, repeats, delays, limits and lost answers.

A seed that fails is played again by `python -m tests.simulation --seed N --verbose`.
"""

from __future__ import annotations

import pytest

from tests.simulation.run import simulate

pytestmark = pytest.mark.timeout(120)  # ten runs take one second, where nothing else does

SHOWN = 60  # last lines of the trace


def test_every_promise_is_kept(seeds: range) -> None:
    for seed in seeds:
        trace = simulate(seed).trace
        assert not trace.broken, "\n".join([f"seed {seed}", *trace.lines[-SHOWN:]])
