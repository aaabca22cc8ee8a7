"""What models took, by day, by model and by case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.contracts.samples import a_model_call, put_case

if TYPE_CHECKING:
    from faultmaven.wiring import Installation
    from tests.faultmaven.commands.conftest import Shell


async def two_calls(house: Installation) -> None:
    async with house.services.unit() as unit:
        case_id = (await put_case(unit)).case.id
        call = a_model_call(
            at=unit.now, is_settled=True, tokens_in=1_200, tokens_out=34, cost=12_345
        )
        await unit.model_calls.add(replace(call, case_id=case_id))
        await unit.model_calls.add(replace(call, id="trial", model="ollama/x", is_priced=False))


def test_without_a_call_it_says_so(shell: Shell) -> None:
    assert shell.run("spend").out == "No model was asked in the last 30 days.\n"
    assert shell.run("spend", "--json").document == []


def test_sums_by_model_and_by_case(shell: Shell) -> None:
    shell.prepare(two_calls)
    lines = shell.run("spend", "--by", "model").out.splitlines()
    assert lines[1].split() == ["anthropic/größe", "1", "1,200", "34", "$0.0123", "-"]
    assert lines[2].split()[-1] == "1"
    trial, case = shell.run("spend", "--by", "case", "--json").document
    assert (trial["key"], case["key"], case["cost"]) == ("(trial calls)", "#1", 12_345)
    (day,) = shell.run("spend", "--json").document
    assert (day["calls"], day["unpriced"]) == (2, 1)


def test_nothing_else_is_summed_up_by(shell: Shell) -> None:
    ran = shell.run("spend", "--by", "moon")
    assert ran.code == 2
    assert "day, model, case" in ran.err


def test_so_many_days_are_refused(shell: Shell) -> None:
    assert shell.run("spend", "--days", "9" * 12).code == 2
