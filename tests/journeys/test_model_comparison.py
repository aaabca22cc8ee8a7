"""A case that is over, as other models see it: recorded by `up`, compared by a second process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.models.script import Scripted, fails, says
from tests.fakes.models.server import FakeModels, fake_models
from tests.faultmaven.program import faultmaven
from tests.journeys.operator import an_operator
from tests.journeys.stages import InTerminal, waits_for
from tests.journeys.test_model_at_the_table import FILES, PLACE, RECORDING, fires, mind, models
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

MINE = "openai/m1"


def doubts(_body: dict[str, Any]) -> Scripted:
    """Is sure of another service, and looks at nothing."""
    cause = {
        "service": "storefront",
        "fault": "bad_deploy",
        "statement": "A bad deploy",
        "probability": 0.95,
        "evidence": [{"place": "storefront.log:1", "why": "it fails"}, {"place": PLACE, "why": ""}],
    }
    return says(json.dumps({"verdict": "root_cause", "causes": [cause]}))


async def test_flips_costs_and_failures_stand_side_by_side(tmp_path: Path) -> None:
    async with fake_models() as same, fake_models() as other, fake_models(fails(503)) as broken:
        same.mind, other.mind = mind, doubts
        async with up_in(tmp_path, **models(same)) as up:
            await a_closed_case(up)
            events = await the_log(up)
            comparison = await compared(tmp_path, same, other, broken)
            assert await the_log(up) == events
            (tmp_path / "rules.md.j2").write_text("Weigh, and trust nobody.", encoding="utf-8")
            options = ["--prompts", ".", "--profile", "small"]
            drawn = await faultmaven(
                "compare-models", "1", *asked(other), *options, folder=tmp_path
            )

    (round_,) = comparison["rounds"]
    assert comparison["state"] == "resolved"
    assert round_["altered"] == []
    assert round_["recorded"]["model"] == MINE
    again, differs, failed = round_["models"]
    assert again["flip"] is None
    assert again["verdict"] == round_["recorded"]["verdict"] == "root_cause"
    assert (again["calls"], again["tokens"]) == (2, 36)
    assert again["opinion"] == round_["recorded"]["opinion"]
    assert differs["flip"] is not None
    assert differs["opinion"]["causes"][0]["service"] == "storefront"
    assert failed["flip"] is None
    assert "no model answered" in failed["problem"]
    assert "flip: " in drawn.out
    first, last = (str(other.asked[n].body["messages"][0]["content"]) for n in (0, -1))
    assert "trust nobody" in last
    assert "trust nobody" not in first
    spent = await faultmaven("spend", "--by", "case", "--json", folder=tmp_path)
    assert spent.document[0]["calls"] >= 4


async def a_closed_case(up: Up) -> None:
    """The alert, its files, the opinion of a model, and a person who resolves it."""
    async with an_operator(up) as operator:
        stage = InTerminal(operator)
        await fires(up)
        await waits_for("no evidence: drop a log here", stage.card)
        await stage.drops(
            *(RECORDING / "files" / name for name in FILES), RECORDING / "topology.json"
        )
        await waits_for("model calls", stage.card)
        await stage.says("resolve the pool has 40 connections again")
        await waits_for("Resolved", stage.card)
        await operator.settled()


async def the_log(up: Up) -> int:
    """How many events the case has."""
    (case,) = await up.cases()
    return case.version


async def compared(folder: Path, *servers: FakeModels) -> Any:
    ran = await faultmaven("compare-models", "1", *asked(*servers), "--json", folder=folder)
    assert ran.code == 0, ran.err
    return ran.document


def asked(*servers: FakeModels) -> list[str]:
    """The options that name the models of these servers."""
    names = (f"openai/m{n}@{server.url}/v1" for n, server in enumerate(servers, 1))
    return [part for name in names for part in ("--model", name)]
