"""A large case: files of many services, read by the real readers, and a long talk about them.

It is as a case stands late in a bad night, in the SQLite store that a bare `faultmaven up` uses.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.parts.talk import a_talk
from bot.terminal.uploads import chunks, uploads
from core.alerts.model import Severity
from core.cases.events import EventKind
from core.cases.lifecycle import SYSTEM, Change, open_case, record
from core.text.redacted import RedactedText
from core.workflows.evidence_intake import receive_file

if TYPE_CHECKING:
    from core.workflows.services import Services
    from faultmaven.wiring import Installation

LINES = 400  # of each log
SERIES_EVERY = 7  # files, one of which is a table of series
TROUBLED = 0.4  # share of the later lines of a failing service
ONSET_MIN = 35
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
SERVICES = tuple(
    f"{first}-{second}"
    for first in ("orders", "stock", "prices", "parcels", "invoices", "search", "accounts")
    for second in ("api", "worker", "db", "cache", "proxy", "cron")
)
CALM = (
    "INFO request served in {} ms",
    "INFO batch of {} rows written",
    "DEBUG heartbeat {} answered",
    "INFO cache refreshed, {} keys",
)
TROUBLE = (
    "ERROR could not obtain a connection from the pool within {} ms",
    "WARN retry {} of 5 after timeout",
    "ERROR request failed with status 503 after {} ms",
)


async def open_large_case(
    house: Installation, *, files: int, messages: int, lines: int = LINES
) -> str:
    """Its id, once everything is read and the turns that this causes are taken."""
    services = house.services
    case_id = await _opened(services)
    with tempfile.TemporaryDirectory() as folder:
        for upload in uploads(_written(Path(folder), files, lines)):
            await receive_file(
                case_id,
                chunks(upload.path),
                name=upload.name,
                by=SYSTEM,
                service=upload.service,
                services=services,
            )
    await house.workers.run_until_idle()
    await _talked(case_id, messages, services=services)
    await house.workers.run_until_idle()
    return case_id


async def _opened(services: Services) -> str:
    async with services.unit() as unit:
        view = await open_case(
            unit,
            title=RedactedText.format("Orders fail"),
            severity=Severity.CRITICAL,
            service=SERVICES[0],
            group_key="",
            since=services.clock.now(),
            actor=SYSTEM,
        )
    return view.case.id


async def _talked(case_id: str, messages: int, *, services: Services) -> None:
    redactor = services.redactor(case_id)
    async with services.unit() as unit:
        view = await unit.cases.view(case_id, lock=True)
        for message in a_talk(messages, seed=7).messages:
            text = redactor.clean(message.text)
            change = Change(kind=EventKind.NOTED, data={"text": text.digest}, texts=[text])
            view = await record(unit, view, case_id, [change], at=message.at, actor=message.by)


def _written(folder: Path, files: int, lines: int) -> list[Path]:
    """Logs of services, one in seven a table of series, and a topology."""
    for nth in range(files - 1):
        rng = np.random.default_rng(nth)
        service = SERVICES[nth % len(SERVICES)]
        place = folder / service
        place.mkdir(exist_ok=True)
        if nth % SERIES_EVERY == 0:
            (place / f"series-{nth}.csv").write_text(_series(rng))
        else:
            (place / f"app-{nth}.log").write_text(_log(service, rng, lines, fails=nth % 9 == 0))
    calls = list(itertools.pairwise(SERVICES))
    (folder / "topology.json").write_text(json.dumps({"calls": calls}))
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _log(service: str, rng: np.random.Generator, count: int, *, fails: bool) -> str:
    lines = []
    for nth in range(count):
        at = MIDNIGHT + timedelta(seconds=nth * 9)
        says = TROUBLE if fails and nth > count // 2 and rng.random() < TROUBLED else CALM
        line = says[int(rng.integers(len(says)))].format(int(rng.integers(1, 5000)))
        level, rest = line.split(" ", 1)
        lines.append(f"{at:%Y-%m-%dT%H:%M:%SZ} {level} [{service}] {rest}")
    return "\n".join(lines) + "\n"


def _series(rng: np.random.Generator) -> str:
    rows = ["time,cpu_percent,latency_ms"]
    for nth in range(60):
        at = MIDNIGHT + timedelta(minutes=nth)
        slow = 400.0 if nth > ONSET_MIN else 40.0
        rows.append(
            f"{at:%Y-%m-%dT%H:%M:%SZ},{20 + 5 * rng.random():.2f},{slow + rng.random():.2f}"
        )
    return "\n".join(rows) + "\n"
