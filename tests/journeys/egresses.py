"""Every way out of a running installation, and what went out of it: text by the name of the way."""

from __future__ import annotations

import asyncio
import io
import json
import os
import zipfile
from asyncio.subprocess import PIPE, STDOUT
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from bot.terminal.operator_backend import OperatorBackend
from core.investigation.situation import brief, observe
from core.text.redacted import RedactedText
from faultmaven.operator_client import client_of
from faultmaven.operator_endpoint import read_endpoint
from tests.fakes.chat import words_of
from tests.fakes.context import CONTEXT
from tests.faultmaven.forked_programs import start_faultmaven

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from tests.fakes.slack import FakeSlack
    from tests.journeys.up import Up

EGRESSES = (
    "case_card",
    "file_card",
    "answers",
    "report",
    "picture",
    "export",
    "database",
    "api",
    "log",
    "model",
    "terminal",
    "search",
)
# What people ask for in a case, and where the reply belongs.
ASKED = {
    "report": "report",
    "timeline": "report",
    "hypotheses": "answers",
    "evidence": "answers",
    "status": "answers",
    "why 1": "answers",
    "ask what happened first?": "answers",
    "ask show me errors since yesterday": "search",
    "ask what changed before the first error?": "search",
}
_JSON_ROUTES = ("cases", "jobs?state=done&limit=5000", "jobs?state=dead", "messages?after=0")


@dataclass
class Outlet:
    """What went out, by the egress that it went out of."""

    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, egress: str, *texts: str) -> None:
        assert egress in EGRESSES
        self.texts[egress] += [text for text in texts if text]

    def whole(self, egress: str) -> str:
        return "\n".join(self.texts[egress])


async def collect(up: Up, slack: FakeSlack | None = None) -> Outlet:
    """Ask a running installation for all that it shows, and read all that it wrote."""
    outlet = Outlet()
    endpoint = read_endpoint(up.folder / "data")
    assert endpoint is not None
    async with client_of(endpoint) as client:
        await _ask(client, outlet, [case.number for case in await up.cases()])
        await _read_api(client, outlet, [case.number for case in await up.cases()])
    if slack is not None:
        _read_chat(slack, outlet)
    await _read_briefs(up, outlet)
    _read_log(up, outlet)
    await asyncio.to_thread(_read_data, up.folder / "data", outlet)
    return outlet


async def _ask(client: httpx.AsyncClient, outlet: Outlet, cases: Sequence[int]) -> None:
    backend = OperatorBackend(client)
    for case in cases:
        for line, egress in ASKED.items():
            cards = await backend.dispatch(line, case)
            outlet.add(egress, words_of(*cards), *(repr(card) for card in cards))
    shown, _ = await backend.messages(after=0, wait_s=0)
    for card in shown:
        kind = card.key.partition(":")[0]
        of_kind = {"case": "case_card", "file": "file_card"}.get(kind, "answers")
        outlet.add(of_kind, words_of(card), repr(card))


async def _read_api(client: httpx.AsyncClient, outlet: Outlet, cases: Sequence[int]) -> None:
    base = "/api/v1/operator"
    for route in _JSON_ROUTES:
        outlet.add("api", (await client.get(f"{base}/{route}")).text)
    for case in cases:
        outlet.add("api", (await client.get(f"{base}/cases/{case}/timeline")).text)
        outlet.add("picture", (await client.get(f"{base}/cases/{case}/timeline/picture")).text)
        events = await client.get(f"{base}/cases/{case}/events", params={"limit": 10_000})
        outlet.add("search", events.text)
        bundle = await client.get(f"{base}/cases/{case}/bundle")
        with zipfile.ZipFile(io.BytesIO(bundle.content)) as members:
            for name in members.namelist():
                outlet.add("export", name, members.read(name).decode(errors="replace"))


def _read_chat(slack: FakeSlack, outlet: Outlet) -> None:
    """What was posted, by the kind of card that its metadata or its words show."""
    for call in slack.calls:
        sent = json.dumps(call.arguments, default=str, ensure_ascii=False)
        egress = "case_card" if '"case:' in sent else "answers"
        outlet.add("file_card" if '"file:' in sent else egress, sent)
    for file in slack.team.files.values():
        if file.user == slack.app.bot_user:
            text = file.content.decode(errors="replace")
            outlet.add("picture" if "<svg" in text else "report", file.name, text)


async def _read_briefs(up: Up, outlet: Outlet) -> None:
    """What a model would be sent of each case."""
    async with up.store() as store, store.reading(CONTEXT) as unit:
        for case in await unit.cases.listing():
            situation = await observe(unit, await unit.cases.view(case.id))
            redactor = CONTEXT.redactor(case.id)
            outlet.add("model", brief(situation, RedactedText.EMPTY, redactor=redactor).text.text)


def _read_log(up: Up, outlet: Outlet) -> None:
    outlet.add("log", *((up.folder / name).read_text(errors="replace") for name in ("log", "out")))


def _read_data(data: Path, outlet: Outlet) -> None:
    for path in sorted(data.rglob("*")):
        if not path.is_file():
            continue
        egress = "search" if path.suffix == ".parquet" else "database"
        outlet.add(egress, str(path.relative_to(data)), path.read_bytes().decode("latin-1"))
        if path.suffix == ".parquet":  # its columns are packed
            outlet.add("search", str(pl.read_parquet(path).rows()))


async def terminal(*arguments: str, folder: Path) -> str:
    """What `faultmaven investigate` prints, for people and as JSON."""
    shown = []
    for form in ((), ("--json",)):
        run = await start_faultmaven(
            *("investigate", *arguments, *form),
            folder=Path.cwd(),
            environment=os.environ | {"FAULTMAVEN_DATA_DIR": str(folder / "scratch")},
            stdout=PIPE,
            stderr=STDOUT,
        )
        output, _ = await run.communicate()
        shown.append(output.decode(errors="replace"))
    return "\n".join(shown)
