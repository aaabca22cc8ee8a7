"""Journaled deliveries are driven again: by id, or all since a time; effects stay as they are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.jobs.model import JobState
from tests.faultmaven.commands.failures import a_delivery

if TYPE_CHECKING:
    from faultmaven.wiring import Installation
    from tests.faultmaven.commands.conftest import Shell

FIRING = (Path(__file__).parents[2] / "recordings/alertmanager/single_firing.json").read_bytes()


async def work(house: Installation) -> int:
    """Do what waits; how many jobs of deliveries are done by now."""
    await house.workers.run_until_idle()
    async with house.services.reading() as unit:
        done = await unit.jobs.listing(JobState.DONE)
    return sum(job.kind == "delivery.process" for job in done)


def test_one_by_its_id(shell: Shell) -> None:
    delivery = shell.prepare(partial(a_delivery, body=FIRING))
    before = shell.run("cases", "--json").document
    ran = shell.run("replay", "--delivery", delivery, "--json")
    assert (ran.code, ran.document) == (0, {"deliveries": [delivery]})
    assert shell.prepare(work) == 2
    assert shell.run("cases", "--json").document == before


def test_all_since_a_time(shell: Shell) -> None:
    both = [shell.prepare(partial(a_delivery, body=FIRING)) for _ in range(2)]
    ran = shell.run("replay", "--since", "2026-01-01", "--json")
    assert ran.document == {"deliveries": both}
    assert shell.run("replay", "--since", "2026-01-01T00:00:00Z").out == (
        "2 deliveries are on their way again\n"
    )
    ran = shell.run("replay", "--since", "2126-01-01", "--json")
    assert (ran.code, ran.document) == (0, {"deliveries": []})


def test_one_that_was_never_journaled(shell: Shell) -> None:
    ran = shell.run("replay", "--delivery", "delivery_x", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("faultmaven: no delivery delivery_x\n")
    assert "--since" in ran.err


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--delivery", "x", "--since", "2026-01-01"],
        ["--since", "yesterday"],
        ["--since", "0001-01-01T00:00:00+14:00"],
        ["--since", "9999-12-31T23:59:59-14:00"],
    ],
)
def test_it_needs_either_of_the_two(shell: Shell, options: list[str]) -> None:
    ran = shell.run("replay", *options)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err
