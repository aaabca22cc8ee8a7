"""Secrets planted wherever people and machines can put one: none is seen again.

A running `up` on SQLite hears them from an Alertmanager's body and from a Slack on loopback, reads
them in files and says what it has to say. Afterwards every byte that it wrote or sent is searched.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import polars as pl
import pytest

from core.clock import wire_time
from tests.fakes.planted import Planted, personal, planted
from tests.fakes.slack import a_slack
from tests.journeys.alertmanagers import TOKEN
from tests.journeys.operator import an_operator
from tests.journeys.stages import InSlack, waits_for
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.e2e

SEED = 20261120  # the rules were not written with its values at hand
LONG, PART = 32, 16  # of a long value a part must not be seen either


@dataclass
class Garden:
    """Everything planted; `take` hands out what is not used yet."""

    everything: list[Planted]
    at: int = 0
    names: list[str] = field(default_factory=list)

    def take(self, number: int) -> list[Planted]:
        self.at += number
        return self.everything[self.at - number : self.at]

    def token(self) -> str:
        """One that is recognised without anything around it, and fits into a name."""
        fitting = [secret for secret in self.everything if secret.kind in {"github classic", "npm"}]
        self.names.append(fitting[len(self.names) % len(fitting)].value)
        return self.names[-1]


async def test_no_planted_secret_is_seen_again(tmp_path: Path) -> None:
    garden = Garden([*planted(SEED), *personal(SEED)])
    async with a_slack() as slack, up_in(tmp_path, **slack.settings()) as up:
        stage = InSlack(slack)
        kim = slack.team.person("kim")
        slack.team.people[kim.id] = replace(kim, name=f"Kim {garden.token()}")
        await alert_fires(up.webhook, garden)
        await waits_for("orders", stage.card)
        await people_talk(stage, garden)
        await slack.say(kim.id, "#incidents", f"@faultmaven note {garden.token()}")
        files_ = files(tmp_path / "files", garden)
        await stage.drops(*files_)
        await waits_for(files_[-1].name, stage.reads)
        async with an_operator(up) as operator:
            await operator.settled()
            for line in ("report", "timeline", "hypotheses", "evidence", "status"):
                await operator.say(line, case=1)
            await stage.says("@faultmaven show me errors from the last hour")
            await operator.settled()
        reply = await stage.reads()
    assert garden.at == len(garden.everything), "something was never planted"
    assert "orders" in reply
    places = dict(_places(tmp_path / "data", tmp_path / "log", slack))
    assert any(place.startswith("rows of") for place in places)
    assert _seen(garden, places) == []


def _seen(garden: Garden, places: dict[str, bytes]) -> list[str]:
    return sorted(
        f"{secret.kind} in {place}"
        for secret in garden.everything
        for place, content in places.items()
        if any(form in content for form in _forms(secret.value))
    )


async def alert_fires(webhook: str, garden: Garden) -> None:
    now = datetime.now(UTC)
    labels = {"alertname": "HighErrorRate", "service": "orders", "token": garden.token()}
    labels |= {f"label_{number}": secret.line for number, secret in enumerate(garden.take(6))}
    annotations = {"summary": f"orders fails: {garden.take(1)[0].line}"}
    annotations |= {f"note_{number}": secret.line for number, secret in enumerate(garden.take(6))}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": annotations,
        "startsAt": wire_time(now - timedelta(minutes=5)),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
        "fingerprint": "8f2c41d7aa114000",
    }
    body = {
        "version": "4",
        "groupKey": f'{{}}:{{token="{labels["token"]}"}}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "faultmaven",
        "groupLabels": {"token": labels["token"]},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "http://alertmanager:9093",
        "alerts": [alert],
    }
    async with httpx.AsyncClient() as client:
        answer = await client.post(webhook, json=body, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.is_success


async def people_talk(stage: InSlack, garden: Garden) -> None:
    for secret in garden.take(8):
        await stage.says(secret.line)
    for secret in garden.take(3):
        await stage.says(f"@faultmaven why does it say {secret.line}")


def files(folder: Path, garden: Garden) -> Sequence[Path]:
    """Logs in several forms, metrics, a trace and notes; the last takes all that is left."""
    folder.mkdir()
    now = datetime.now(UTC)
    made = {
        "metrics.csv": _csv(now, garden.token()),
        "trace.json": json.dumps(_trace(now, garden.take(4))),
        "notes.md": _notes(garden.take(8)),
        f"dump-{garden.token()}.txt": "\n".join(secret.line for secret in garden.take(12)),
        "json.log": "".join(_json_lines(now, garden.take(30))),
        "app.log": "".join(_lines(now, garden.take(len(garden.everything) - garden.at))),
    }
    for name, text in made.items():
        (folder / name).write_text(text)
    return [folder / name for name in made]


def _lines(now: datetime, planted_: Sequence[Planted]) -> Iterator[str]:
    for number, secret in enumerate(planted_):
        at = now - timedelta(seconds=len(planted_) - number)
        level = ("INFO", "WARN", "ERROR")[number % 3]
        yield f"{at:%Y-%m-%d %H:%M:%S} {level} orders: {secret.line}\n"


def _json_lines(now: datetime, planted_: Sequence[Planted]) -> Iterator[str]:
    for number, secret in enumerate(planted_):
        at = wire_time(now - timedelta(seconds=number))
        yield json.dumps({"ts": at, "level": "error", "service": "pay", "msg": secret.line}) + "\n"


def _csv(now: datetime, token: str) -> str:
    rows = [
        f"{wire_time(now - timedelta(seconds=15 * (240 - at)))},{at % 7 + (90 if at > 200 else 0)}"
        for at in range(240)
    ]
    return "\n".join([f"time,latency_{token}", *rows])


def _trace(now: datetime, planted_: Sequence[Planted]) -> dict[str, Any]:
    """OTLP: https://opentelemetry.io/docs/specs/otlp/, JSON encoding."""
    start = int(now.timestamp()) * 10**9
    spans = [
        {
            "traceId": "5b8efff798038103d269b633813fc60c",
            "spanId": f"eee19b7ec3c1b1{number:02d}",
            "parentSpanId": "" if not number else "eee19b7ec3c1b100",
            "name": secret.line,
            "kind": 2,
            "startTimeUnixNano": str(start + number * 10**6),
            "endTimeUnixNano": str(start + 10**9),
            "attributes": [{"key": "http.url", "value": {"stringValue": secret.line}}],
            "status": {"code": 2, "message": secret.line},
        }
        for number, secret in enumerate(planted_)
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "orders"}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}


def _notes(planted_: Sequence[Planted]) -> str:
    steps = "\n".join(f"{at}. run `{secret.line}`" for at, secret in enumerate(planted_, start=1))
    return f"# Runbook for orders\n\n## Steps\n\n{steps}\n"


def _forms(value: str) -> set[bytes]:
    """As it is, and in JSON; of a long value also its middle."""
    forms = {value, json.dumps(value)[1:-1]}
    if len(value) > LONG:
        forms.add(value[len(value) // 2 - PART // 2 : len(value) // 2 + PART // 2])
    return {form.encode() for form in forms}


def _places(data: Path, log: Path, slack: FakeSlack) -> Iterator[tuple[str, bytes]]:
    """Everything that was written or sent: the database and its journal, tables, logs, calls."""
    yield "log", log.read_bytes()
    for path in data.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(data)), path.read_bytes()
        if path.suffix == ".parquet":  # its columns are packed
            yield f"rows of {path}", str(pl.read_parquet(path).rows()).encode()
    for number, call in enumerate(slack.calls):
        sent = json.dumps(call.arguments, default=str, ensure_ascii=False)
        yield f"{call.method} {number}", sent.encode()
    for file in slack.team.files.values():
        if file.user == slack.app.bot_user:
            yield f"upload {file.name}", file.content
