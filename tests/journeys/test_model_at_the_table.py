"""A model beside the engine, through each door: its opinion, its answers, and its end in mid-case.

The models are servers on loopback that speak OpenAI's API; `up` asks them through the real library.
"""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.terminal.uploads import uploads
from tests.fakes.models.script import Scripted, calls, fails, says
from tests.fakes.models.server import FakeModels, fake_models
from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.extension_runs import (
    an_alert_fires,
    browser_at,
)
from tests.journeys.operator import an_operator
from tests.journeys.stages import InTerminal, JourneyStage, in_discord, in_slack, waits_for
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.journeys.extension import Extension

pytestmark = pytest.mark.e2e

RECORDING = Path(__file__).parents[2] / "faultmaven/recordings/ferry-bookings"
FILES = ("booking-api", "deploys", "storefront")
PLACE = "booking-api.log:1375"
SENTENCE = "Buchungen warten auf Verbindungen"
BUDGET = re.compile(r"Model: \d+ calls, \d+ tokens, \$")
GERMAN = f"{SENTENCE}: der Pool ist erschöpft [{PLACE}]."


def mind(body: dict[str, Any], *, gap_s: float = 0.05) -> Scripted:
    """Looks once, then names the pool; answers a question in German, word by word."""
    prompt = "\n".join(str(message["content"]) for message in body["messages"])
    if "The question of" in prompt:
        return says(*(f"{word} " for word in GERMAN.split()), gap_s=gap_s)
    if not any(message["role"] == "tool" for message in body["messages"]) and body.get("tools"):
        return calls("find_lines", json.dumps({"words": "pool"}))
    proposal = {
        "verdict": "root_cause",
        "causes": [
            {
                "service": "booking-api",
                "fault": "connection_pool_exhausted",
                "statement": "Connection pool exhausted",
                "probability": 0.9,
                "evidence": [{"place": PLACE, "why": "a caller got no connection"}],
            }
        ],
    }
    return says(json.dumps(proposal))


async def test_in_the_terminal(tmp_path: Path) -> None:
    stage = InTerminal()
    async with (
        two_models() as (first, second),
        up_in(tmp_path, **models(first, second)) as up,
        an_operator(up) as operator,
    ):
        stage.operator = operator
        await the_table(stage, up, first, second)


async def test_in_slack(tmp_path: Path) -> None:
    async with (
        two_models() as (first, second),
        in_slack() as stage,
        up_in(tmp_path, **models(first, second), **stage.settings) as up,
    ):
        await the_table(stage, up, first, second)


async def test_in_discord(tmp_path: Path) -> None:
    async with (
        two_models() as (first, second),
        in_discord() as stage,
        up_in(tmp_path, **models(first, second), **stage.settings) as up,
    ):
        await the_table(stage, up, first, second)


async def test_over_the_api(tmp_path: Path) -> None:
    async with (
        two_models() as (first, second),
        up_in(tmp_path, FAULTMAVEN_REGISTRATION="true", **models(first, second)) as up,
        browser_at(up.url, "dana") as panel,
    ):
        await the_table_over_the_api(panel, first, second)


@asynccontextmanager
async def two_models() -> AsyncIterator[tuple[FakeModels, FakeModels]]:
    async with fake_models() as first, fake_models() as second:
        first.mind = second.mind = mind
        yield first, second


def models(*servers: FakeModels) -> dict[str, str]:
    """The settings that name these, in this order."""
    names = (f"openai/m{n}@{server.url}/v1" for n, server in enumerate(servers, 1))
    return {"FAULTMAVEN_MODELS": ",".join(names)}


async def the_table(stage: JourneyStage, up: Up, first: FakeModels, second: FakeModels) -> None:
    """Alert, evidence, opinion, a question, and the providers cut off one after the other."""
    await fires(up)
    await waits_for("no evidence: drop a log here", stage.card)
    assert not first.asked  # there is nothing to read yet

    await stage.drops(*(RECORDING / "files" / name for name in FILES), RECORDING / "topology.json")
    await waits_for("Connection pool exhausted at booking-api", stage.card)
    await waits_for("model calls", stage.card)
    roles = [message["role"] for message in first.asked[1].body["messages"]]
    assert roles == ["system", "user", "assistant", "tool"]
    assert PLACE in first.asked[1].body["messages"][-1]["content"]

    await stage.says("Warum können die Leute gerade keine Fähre buchen?")
    await waits_for(f"{SENTENCE}: der Pool ist erschöpft", stage.reads)
    assert first.asked[-1].body["stream"]

    first.mind = lambda _: fails(503)
    await stage.says("Und seit wann können die Leute das nicht mehr?")
    await until(lambda: came(second))
    second.mind = lambda _: fails(500)
    await stage.says("Was sollen wir denn jetzt als Nächstes versuchen?")
    await waits_for("No model answered", stage.reads)

    await stage.says("why 1?")
    await waits_for("a caller waited for a pooled connection and got none", stage.reads)
    await stage.says("report")
    await waits_for("lines of Markdown", stage.reads)


async def the_table_over_the_api(panel: Extension, first: FakeModels, second: FakeModels) -> None:
    """The same, by the calls of a program."""
    await an_alert_fires(panel, TOKEN)
    assert not first.asked  # there is nothing to read yet

    paths = [*uploads([RECORDING / "files" / name for name in FILES])]
    files = [(upload.path.name, upload.path.read_bytes()) for upload in paths]
    topology = RECORDING / "topology.json"
    await panel.turn(files=[*files, (topology.name, topology.read_bytes())])
    await until(lambda: came(first))
    await waits_for("Connection pool exhausted at booking-api", lambda: header(panel), within_s=15)

    first.mind = partial(mind, gap_s=0.3)
    parts = await streamed(panel, "Warum können die Leute gerade keine Fähre buchen?")
    kinds = [kind for kind, _ in parts]
    assert kinds[0] == "job"
    assert "progress" in kinds[1:-1]
    assert kinds[-1] == "answer"
    assert f"{SENTENCE}: der Pool ist erschöpft" in parts[-1][1]["agent_response"]

    first.mind = lambda _: fails(503)
    await panel.turn(query="Und seit wann können die Leute das nicht mehr?")
    assert second.asked
    second.mind = lambda _: fails(500)
    left = await panel.turn(query="Was sollen wir denn jetzt als Nächstes versuchen?")
    assert "No model answered" in left["agent_response"]

    why = await panel.turn(query="why 1?")
    assert "a caller waited for a pooled connection and got none" in why["agent_response"]
    report = (await panel.get(f"/api/v1/cases/{panel.case_id}/report")).text
    assert PLACE in report
    assert BUDGET.search(report)


async def header(panel: Extension) -> str:
    return (await panel.get(f"/api/v1/cases/{panel.case_id}/ui")).text


async def streamed(panel: Extension, question: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of an answer, each with what it says."""
    answer = await panel.call(
        "POST",
        f"/api/v1/agent/chat/{panel.case_id}",
        json={"message": question},
        headers={"Accept": "text/event-stream"},
    )
    assert answer.status_code == httpx.codes.OK, answer.text
    events = re.findall(r"^event: (\w+)\ndata: (.+)$", answer.text, flags=re.MULTILINE)
    return [(kind, json.loads(data)) for kind, data in events]


async def came(server: FakeModels) -> bool:
    """Whether it was asked."""
    return bool(server.asked)


async def fires(up: Up) -> None:
    assert await up.takes((RECORDING / "alert.json").read_bytes())
