"""What cases add up to, at the command line: the figures of the API as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contracts.test_case_rows import RESOLVED, SPOKEN, a_case, judged, ranked

if TYPE_CHECKING:
    from faultmaven.wiring import Installation
    from tests.faultmaven.commands.conftest import Shell


async def cases(house: Installation) -> None:
    async with house.services.unit() as unit:
        await a_case(unit, SPOKEN, ranked("full_disk", "b"), judged(1), RESOLVED, group="g1")
        for number in range(12):
            await a_case(unit, service=f"service-{number:02}")


def test_without_a_case_it_says_so(shell: Shell) -> None:
    assert shell.run("analytics").out == "No case was opened in that time.\n"
    assert shell.run("analytics", "--json").document["time_to_resolve"]["median_s"] is None


def test_tables_for_people_and_one_document_for_scripts(shell: Shell) -> None:
    shell.prepare(cases)
    lines = [line.split() for line in shell.run("analytics").out.splitlines()]
    assert ["to", "acknowledge", "1", *["1", "h"] * 3] in lines
    assert ["cause", "full_disk", "1"] in lines
    assert ["service", "3", "others", "3"] in lines
    assert lines[-1][:6] == ["The", "confirmed", "hypothesis", "was", "ranked", "first"]
    document = shell.run("analytics", "--json", "--from", "2026-11-01").document
    assert (document["cases"], document["ranking"]["accuracy"]) == (13, 1.0)
    assert shell.run("analytics", "--to", "2026-11-01").out == "No case was opened in that time.\n"


def test_a_time_that_ends_before_it_begins_is_refused(shell: Shell) -> None:
    ran = shell.run("analytics", "--from", "2026-11-02", "--to", "2026-11-01")
    assert ran.code == 2
    assert "--from" in ran.err or "`from`" in ran.err
