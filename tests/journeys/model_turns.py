"""Whole turns with a model, from the alert to the answer: what is measured, and what is planted.

Tests look at order and absence; `benchmarks.model_turns` looks at the clock.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.clock import wire_time
from tests.fakes.models.script import Scripted, says
from tests.fakes.models.server import FakeModels, fake_models
from tests.fakes.planted import Planted, planted
from tests.journeys.operator import an_operator
from tests.journeys.stages import InSlack, in_slack, waits_for
from tests.journeys.test_model_at_the_table import FILES, RECORDING, fires, mind, models
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

BEGINS_AFTER_S = 4.0  # later than the first look at an answer that is being written
FIRST, REST = "Buchungen warten ", ("auf ", "eine ", "freie ", "Verbindung.")
WHOLE = f"{FIRST}auf eine freie Verbindung."
HALF = "Eine Hälfte, "
QUESTION = "Warum können die Leute gerade keine Fähre buchen?"


@dataclass
class Table:
    """A case in Slack whose evidence a model has weighed. second: asked where the first fails."""

    up: Up
    stage: InSlack
    first: FakeModels
    second: FakeModels


@asynccontextmanager
async def a_table(folder: Path) -> AsyncIterator[Table]:
    async with (
        fake_models() as first,
        fake_models() as second,
        in_slack() as stage,
        up_in(folder, **models(first, second), **stage.settings) as up,
    ):
        first.mind = second.mind = mind
        await fires(up)
        await waits_for("no evidence: drop a log here", stage.card)
        await stage.drops(
            *(RECORDING / "files" / name for name in FILES), RECORDING / "topology.json"
        )
        await waits_for("model calls", stage.card)
        yield Table(up, stage, first, second)


async def first_words(table: Table) -> float:
    """Seconds from the provider's first words to Slack. It says no more before they are read."""
    table.first.mind = lambda _: says(FIRST, *REST, delay_s=BEGINS_AFTER_S, waits_after=1)
    await table.stage.says(QUESTION)
    await waits_for(FIRST.strip(), table.stage.reads)
    took = time.monotonic() - table.first.spoke_at
    assert WHOLE not in await table.stage.reads()
    table.first.go_on.set()
    await waits_for(WHOLE, table.stage.reads)
    return took


async def fallback(table: Table, *, stalls: bool = False) -> float:
    """Seconds from the end of a provider in mid-stream to the answer of another.

    stalls: it keeps the connection, and says no more.
    """
    ends = {"stalls_after" if stalls else "cuts_after": 2}
    table.first.mind = lambda _: says(HALF, "und ", "mehr.", gap_s=0.3, **ends)
    table.second.mind = lambda _: says(FIRST, *REST)
    await table.stage.says(QUESTION)
    await waits_for(WHOLE, table.stage.reads)
    return time.monotonic() - table.first.cut_at


def posts_with(words: str, stage: InSlack) -> int:
    """How many messages of the thread hold the words, as they are now."""
    return sum(
        words in json.dumps(message.blocks, ensure_ascii=False) or words in message.text
        for message in stage.messages
    )


SEED = 20_261_122
LONG, PART = 32, 16  # of a long value a part must not be received either


@dataclass(frozen=True)
class Garden:
    """Where each secret was planted. A mark beside each shows that its line came along."""

    log: Sequence[Planted]
    config: Sequence[Planted]
    chat: Sequence[Planted]
    labels: Sequence[Planted]
    name: Planted

    @property
    def secrets(self) -> list[Planted]:
        return [*self.log, *self.config, *self.chat, *self.labels, self.name]


def a_garden() -> Garden:
    """Twenty shapes, each once; the one in a name fits into a name."""
    every = planted(SEED)
    name = next(secret for secret in every if secret.kind == "github classic")
    step = len(every) // 19
    chosen = [secret for secret in every[::step] if secret is not name][:19]
    return Garden(chosen[:9], chosen[9:13], chosen[13:16], chosen[16:], name)


def looks_everywhere(body: dict[str, Any]) -> Scripted:
    """Calls every tool that reads, then says what it makes of it; answers questions."""
    if not body.get("tools"):
        return says(json.dumps({"verdict": "no_root_cause_yet", "causes": []}))
    done = sum(message["role"] == "tool" for message in body["messages"])
    calls = LOOKS[:6] if done == 0 else LOOKS[6:]
    if done >= len(LOOKS):
        return says(json.dumps({"verdict": "no_root_cause_yet", "causes": []}))
    return Scripted(
        words=(),
        calls=tuple((name, json.dumps(arguments)) for name, arguments in calls),
        finish="tool_calls",
    )


LOOKS: Sequence[tuple[str, dict[str, object]]] = (
    ("list_files", {}),
    ("find_lines", {"words": "row"}),
    ("read_lines", {"file": "app.log", "line": 6, "around": 12}),
    ("read_lines", {"file": "old.env", "line": 2}),
    ("read_lines", {"file": "new.env", "line": 2}),
    ("compare_files", {"file": "old.env", "other": "new.env"}),
    ("find_lines", {"words": "orders", "count_by": "token"}),
    ("timeline", {}),
    ("changes", {}),
)


@dataclass(frozen=True)
class Harvest:
    """What the model server received. reached: marks whose lines came along."""

    seen: Sequence[str]
    reached: Sequence[str]
    requests: int
    tools: int


async def planted_turn(folder: Path) -> Harvest:
    """A whole turn with tools and a question, every place of it planted; what was received."""
    garden = a_garden()
    async with fake_models() as model, in_slack() as stage:
        model.mind = looks_everywhere
        stage.about = "orders"
        async with up_in(folder, **models(model), **stage.settings) as up:
            await _alert(up, garden)
            await waits_for("orders", stage.card)
            for number, secret in enumerate(garden.chat):
                await stage.says(f"talk-{number} {secret.line}")
            await stage.drops(*_files(folder / "files", garden))
            await waits_for("model calls", stage.card)
            before = len(model.asked)
            await stage.says(f"@faultmaven Warum steht da talk-3 {garden.chat[0].line}?")
            async with an_operator(up) as operator:
                await operator.settled()
    assert len(model.asked) > before, "the question did not reach the model"
    raw = [asked.raw for asked in model.asked]
    marks = [
        *(f"row-{n}" for n in range(len(garden.log))),
        "SETTING_0",
        "talk-0",
        "talk-3",
        "dump-",
    ]
    return Harvest(
        seen=[each.kind for each in garden.secrets if any(_holds(body, each) for body in raw)],
        reached=[mark for mark in marks if any(mark.encode() in body for body in raw)],
        requests=len(raw),
        tools=sum(body.count(b'"role":"tool"') + body.count(b'"role": "tool"') for body in raw),
    )


def _holds(body: bytes, secret: Planted) -> bool:
    """As it is, or as JSON spells it; of a long value also its middle."""
    value = secret.value
    forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    if len(value) > LONG:
        forms.add(value[len(value) // 2 - PART // 2 : len(value) // 2 + PART // 2])
    return any(form.encode() in body for form in forms)


def _files(folder: Path, garden: Garden) -> Iterator[Path]:
    folder.mkdir()
    now = datetime.now(UTC)
    lines = [
        f"{now - timedelta(seconds=60 - n):%Y-%m-%d %H:%M:%S} ERROR orders: row-{n} {secret.line}"
        for n, secret in enumerate(garden.log)
    ]
    half = len(garden.config) // 2
    settings = [
        "\n".join(f"{secret.line}\nSETTING_{n}={at}" for n, secret in enumerate(part))
        for at, part in enumerate((garden.config[:half], garden.config[half:]))
    ]
    made = {
        "app.log": lines,
        "old.env": [settings[0]],
        "new.env": [settings[1]],
        f"dump-{garden.name.value}.log": [lines[0]],
    }
    for name, text in made.items():
        (folder / name).write_text("\n".join([*text, ""]))
        yield folder / name


async def _alert(up: Up, garden: Garden) -> None:
    labels = {"alertname": "HighErrorRate", "service": "orders"}
    labels |= {f"label_{n}": secret.line for n, secret in enumerate(garden.labels)}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": f"orders fails: {garden.labels[0].line}"},
        "startsAt": wire_time(datetime.now(UTC) - timedelta(minutes=5)),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "8f2c41d7aa114000",
    }
    body = {
        "version": "4",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "faultmaven",
        "groupLabels": {},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": [alert],
    }
    assert await up.takes(json.dumps(body).encode())
