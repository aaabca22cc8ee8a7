"""`faultmaven demo`: a recorded incident through the endpoints of a running server.

Everything goes the way it goes in production: the delivery is posted to the webhook, the files
are uploaded, the question is asked. Only the incident is from another day.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from rich.console import Console
from rich.text import Text

from bot.terminal.cards import draw
from bot.terminal.conversation import converse
from bot.terminal.keyboard import keyboard, typed_so_far
from bot.terminal.operator_backend import OperatorBackend
from bot.terminal.screen import Screen
from bot.terminal.transcript import document_of
from bot.terminal.uploads import Upload, chunks, uploads
from core.errors import Unavailable
from faultmaven.operator_client import answer_of, client_of
from faultmaven.operator_endpoint import OperatorEndpoint, find_endpoint
from faultmaven.output import Terminal, print_json

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

    from core.conversation.cards.card import Card

START_S, SILENCE_S, LISTEN_S, LOOK_S = 60.0, 60.0, 5.0, 0.1
QUESTION = "why 1?"
ENDED_BY_SIGNAL = 1
TELLING_ROWS = 4  # a file with errors has a card of so many rows
REPORT_SHOWN = 46  # lines; the rest is counted


@dataclass
class Stage:
    """A running server, the way in, and where to print. `steps` are the same as plain values."""

    client: httpx.AsyncClient
    backend: OperatorBackend
    console: Console = field(default_factory=Terminal)
    after: int = 0
    steps: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, happened: str, where: str) -> None:
        """Print a line on what happened, and one that names the code."""
        self.steps.append({"happened": happened, "code": where.split(", "), "cards": []})
        self.console.print()
        self.console.print(Text(f"▸ {happened}", style="bold"))
        self.console.print(Text(f"  code: {where}", style="dim"))

    def show(self, *cards: Card) -> None:
        """Draw cards as chat would."""
        for card in cards:
            self.steps[-1]["cards"].append(document_of(card))
            self.console.print(draw(card, width=self.console.width))

    async def hear(self) -> list[Card]:
        """The cards that change next. Raises Unavailable after a minute of silence."""
        cards: list[Card] = []
        deadline = asyncio.get_running_loop().time() + SILENCE_S
        while not cards:
            if asyncio.get_running_loop().time() > deadline:
                message = "the demo's server said nothing for a minute"
                raise Unavailable(message, next_step="Try again on a machine that is less busy.")
            cards, self.after = await self.backend.messages(after=self.after, wait_s=LISTEN_S)
        return cards

    async def hear_of(self, key: str) -> Card:
        """The next card whose key begins so."""
        while True:
            for card in await self.hear():
                if card.key.startswith(key):
                    return card


def run(*, as_json: bool = False) -> int:
    """Play, then talk on; without a terminal, or as one document at the end, it ends by itself."""
    try:
        return asyncio.run(_demo(as_json=as_json))
    except asyncio.CancelledError:
        return ENDED_BY_SIGNAL


async def _demo(*, as_json: bool) -> int:
    _leave_in_order()
    with (
        tempfile.TemporaryDirectory(prefix="faultmaven-demo-") as scratch,
        as_file(files("faultmaven") / "recordings") as recordings,
    ):
        recording = next(path for path in sorted(recordings.iterdir()) if path.is_dir())
        async with _server(Path(scratch)) as endpoint, client_of(endpoint) as client:
            console = Console(file=StringIO()) if as_json else Terminal()
            stage = Stage(client=client, backend=OperatorBackend(client), console=console)
            stage.tell(
                f"faultmaven up listens at {endpoint.url}, its data in {scratch}",
                "faultmaven/processes.py",
            )
            await _play(stage, recording)
            if as_json:
                print_json({"steps": stage.steps})
            elif sys.stdin.isatty():
                await _talk_on(stage)
    return 0


def _leave_in_order() -> None:
    """Whoever closes the window or ends the demo ends its server, too."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task  # noqa: S101 - we run in it
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)


async def _play(stage: Stage, recording: Path) -> None:
    case = await _alert(stage, (recording / "alert.json").read_bytes())
    await _files(stage, case, recording)
    await _question(stage, case)
    await _report(stage, case)


async def _alert(stage: Stage, body: bytes) -> int:
    response = await stage.client.post(
        "/webhooks/alertmanager",
        content=body,
        headers={"Content-Type": "application/json", "User-Agent": "Alertmanager/0.25.0"},
    )
    delivery = answer_of(response)["delivery"]
    stage.tell(
        f"POST /webhooks/alertmanager: {response.status_code}, journaled as {delivery}",
        "webhooks/alertmanager.py, core/workflows/delivery_intake.py",
    )
    card = await stage.hear_of("case:")
    number = card.case_number or 1
    stage.tell(f"The alert opened case #{number}", "core/workflows/alert_correlation.py")
    stage.show(card)
    return number


async def _files(stage: Stage, case: int, recording: Path) -> None:
    dropped = [*uploads([recording / "files"]), *_beside(recording)]
    for upload in dropped:
        answer_of(
            await stage.client.put(
                f"/api/v1/operator/cases/{case}/files",
                params={"name": upload.name, "service": upload.service or ""},
                content=chunks(upload.path),
            )
        )
    stage.tell(
        f"{len(dropped)} files dropped; a worker reads them in a process of its own",
        "core/workflows/evidence_intake.py, core/evidence/pipeline.py",
    )
    read: dict[str, Card] = {}
    while len(read) < len(dropped):
        read |= {card.key: card for card in await stage.hear() if card.key.startswith("file:")}
    telling = [card for card in read.values() if len(card.rows) >= TELLING_ROWS]
    stage.show(*telling)
    stage.console.print(Text(f"  {len(read) - len(telling)} more say little: `evidence` lists all"))
    best = await _settled(stage, case)
    stage.tell(
        "Each file started a turn, and the turns ranked the causes", "core/workflows/turn.py"
    )
    stage.show(best, *await stage.backend.dispatch("hypotheses", case))


async def _settled(stage: Stage, case: int) -> Card:
    """The case card once no job is left that could change it."""
    while True:
        waiting = [
            job
            for state in ("pending", "running")
            for job in answer_of(
                await stage.client.get("/api/v1/operator/jobs", params={"state": state})
            )
            if job["kind"] in {"case.investigate", "evidence.process", "chat.send"}
        ]
        if not waiting:
            return (await stage.backend.dispatch("status", case))[-1]
        await asyncio.sleep(LOOK_S)


async def _question(stage: Stage, case: int) -> None:
    stage.tell(
        f"Somebody asks: {QUESTION}",
        "core/workflows/command_dispatch.py, core/investigation/answering/answers.py",
    )
    await stage.backend.dispatch(f"ask {QUESTION}", case)
    stage.show(await stage.hear_of("answer:"))


async def _report(stage: Stage, case: int) -> None:
    stage.tell("The report, ready to be filed (Markdown)", "core/conversation/reports/report.py")
    (card,) = await stage.backend.dispatch("report", case)
    stage.steps[-1]["report"] = card.fold[0].text.text
    lines = card.fold[0].text.text.splitlines()
    for line in lines[:REPORT_SHOWN]:
        stage.console.print(Text(f"  {line}"), no_wrap=True, overflow="ellipsis")
    if len(lines) > REPORT_SHOWN:
        stage.console.print(
            Text(f"  … {len(lines) - REPORT_SHOWN} more lines: type `report`", style="dim")
        )


async def _talk_on(stage: Stage) -> None:
    stage.tell("It stays open: ask it, or type `help`; Ctrl-D ends the demo", "bot/terminal/")
    screen = Screen(stage.console, typed=typed_so_far)
    await converse(stage.backend, screen=screen, lines=keyboard(screen))


def _beside(recording: Path) -> list[Upload]:
    return [
        Upload(path=path, name=path.name, service=None)
        for path in (recording / "metrics.json", recording / "topology.json")
        if path.exists()
    ]


@asynccontextmanager
async def _server(data_dir: Path) -> AsyncIterator[OperatorEndpoint]:
    """`faultmaven up` as a user starts it, on a free port, with an environment of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAULTMAVEN_")}
    log = (data_dir / "up.log").open("wb")
    with log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "faultmaven", "up", "--port", "0"),
            env={**kept, "FAULTMAVEN_DATA_DIR": str(data_dir)},
            cwd=data_dir,
            stderr=log,
        )
        try:
            yield await _opened(process, data_dir)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                await process.wait()


async def _opened(process: Process, data_dir: Path) -> OperatorEndpoint:
    deadline = asyncio.get_running_loop().time() + START_S
    while process.returncode is None and asyncio.get_running_loop().time() < deadline:
        endpoint = await asyncio.to_thread(find_endpoint, data_dir)
        if endpoint is not None:
            return endpoint
        await asyncio.sleep(LOOK_S)
    message = f"the demo's server did not start: {(data_dir / 'up.log').read_text()[-2000:]}"
    raise Unavailable(message)
