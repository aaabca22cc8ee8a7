"""The runs are not fair weather: what may go wrong does, in few seeds already."""

from __future__ import annotations

import pytest

from tests.simulation.run import simulate

pytestmark = pytest.mark.timeout(120)

SEEDS = (*range(28), 48, 57, 90)  # the last three for what is rare


@pytest.fixture(scope="module")
def lines() -> str:
    return "\n".join(line for seed in SEEDS for line in simulate(seed).trace.lines)


@pytest.mark.parametrize(
    "seen",
    [
        "killed at store:",
        "killed at chat:",
        "stands still",
        "is told to stop",
        "store:unit:commit fails",
        "store:unit:committed fails",
        "chat:post> fails: too many requests",
        "chat:post> fails: the platform is away",
        "chat:post< fails: no answer",
        "chat:edit< fails: no answer",
        "chat:find< fails: no answer",
        "the connection is lost",
        "is archived",
        "deleted by somebody",
        "whispered to",
        "button: again utt_",
        "form: ",
        "mention: open",
        "message: correction",
        "posted answer:",
        "posted file:",
        "posted deliveries:unreadable",
        "alertmanager",
        "pagerduty",
        "worker.2",
    ],
)
def test_it_happens(lines: str, seen: str) -> None:
    assert seen in lines
