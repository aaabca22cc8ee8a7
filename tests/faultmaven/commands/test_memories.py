"""What cases taught, at the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import Change
from core.text.redacted import redacted
from tests.contracts.test_case_rows import a_case, judged, ranked

if TYPE_CHECKING:
    from faultmaven.wiring import Installation
    from tests.faultmaven.commands.conftest import Shell

FIX = redacted("a larger pool")
RESOLVED = Change(kind=EventKind.RESOLVED, data={"solution": FIX.digest}, texts=[FIX])
REOPENED = Change(kind=EventKind.REOPENED)


async def cases(house: Installation) -> None:
    async with house.services.unit() as unit:
        await a_case(
            unit, ranked("disk_full", "oom"), judged(2, confirmed=False), judged(1), RESOLVED
        )
        await a_case(unit, RESOLVED, REOPENED)
        await a_case(unit)


async def lost(house: Installation) -> None:
    async with house.services.unit() as unit:
        for memory in await unit.memories.page(limit=9):
            await unit.memories.remove(memory.case_id)


def test_without_any_it_says_how_to_teach(shell: Shell) -> None:
    assert shell.run("memories", "list").out.startswith("Nothing was learned yet: ")
    assert shell.run("memories", "list", "--json").document == []


def test_they_are_listed_shown_forgotten_and_made_anew(shell: Shell) -> None:
    shell.prepare(cases)
    _, second, first = [line.split() for line in shell.run("memories", "list").out.splitlines()]
    assert first == ["#1", "db", "disk_full", "a", "larger", "pool", "4", "h", "no"]
    assert (second[0], second[-1]) == ("#2", "yes")
    shown = shell.run("memories", "show", "#1").out.splitlines()
    assert "rejected: oom at db" in shown
    assert shown[-1] == "worked: a larger pool"
    assert shell.run("memories", "forget", "1").out == "Forgotten: what #1 taught.\n"
    shell.prepare(lost)
    (rebuilt,) = shell.run("memories", "rebuild", "--json").document
    assert (rebuilt["number"], rebuilt["doubted"]) == (2, True)
    assert rebuilt["fixes"][0]["outcome"] == "reopened"


def test_a_case_that_taught_nothing_is_refused(shell: Shell) -> None:
    shell.prepare(cases)
    for name in ("3", "9", "case_nobody"):
        ran = shell.run("memories", "show", name)
        assert (ran.code, ran.out) == (1, "")
    assert shell.run("memories", "show", "").code == 2
