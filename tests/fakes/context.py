"""For whom units of work are opened where a test has a store and nothing else."""

from __future__ import annotations

from core.clock import SystemClock
from core.context import Context
from tests.fakes.clock import SeededRandom

CONTEXT = Context(
    clock=SystemClock(), random=SeededRandom(0), secret=b"a secret of tests, and of nothing else"
)
