"""Workers that are always busy: large logs to read, one after the other, and turns without end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.workloads import write_log
from core.jobs.catalogue import CASE_INVESTIGATE, EVIDENCE_PROCESS
from tests.journeys.alertmanagers import TOKEN
from tests.journeys.operator import Operator
from tests.journeys.records import Records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx


LOG_BYTES = 24 << 20
CASES = 6  # beside the first, each with a turn of its own
LOOK_S = 0.5
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Strain:
    """Keeps one file in reading and one behind it, and asks every case again and again.

    looks: how often it was looked, and how often somebody was at a job of each kind then.
    """

    operator: Operator
    records: Records
    folder: Path
    looks: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    logs: int = 0

    @contextlib.asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """From when the first file is being read until the block ends."""
        log = self.folder / "large.log"
        await asyncio.to_thread(write_log, log, size=LOG_BYTES)
        for number in range(CASES):
            await fire(self.operator.client, f"strain-{number}", "first")
        tasks = [asyncio.create_task(one) for one in (self._read(log), self._ask(), self._look())]
        try:
            async with asyncio.timeout(60):
                while not self.seen[EVIDENCE_PROCESS]:  # noqa: ASYNC110 - nothing tells us
                    await asyncio.sleep(LOOK_S)
            self.looks, self.seen = 0, Counter()
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def share(self, kind: str) -> float:
        """Of the looks at which somebody was at such a job."""
        return round(self.seen[kind] / self.looks, 3) if self.looks else 0.0

    @property
    def shares(self) -> dict[str, float]:
        return {kind: self.share(kind) for kind in (EVIDENCE_PROCESS, CASE_INVESTIGATE)}

    async def _read(self, log: Path) -> None:
        """No two files are the same: what is known is not read again."""
        while True:
            if await self.records.open_jobs(EVIDENCE_PROCESS) < 2:  # noqa: PLR2004
                self.logs += 1
                with log.open("a", encoding="ascii") as file:
                    file.write(f"this is copy {self.logs}\n")
                await self.operator.drop(log, case=1)
            await asyncio.sleep(LOOK_S)

    async def _ask(self) -> None:
        while True:
            asked = (self.operator.say("ask what changed?", case=2 + n) for n in range(CASES))
            await asyncio.gather(*asked, return_exceptions=True)
            await asyncio.sleep(LOOK_S)

    async def _look(self) -> None:
        while True:
            running = await self.records.running()
            self.looks += 1
            self.seen.update(kind for kind, number in running.items() if number)
            await asyncio.sleep(LOOK_S)


async def fire(client: httpx.AsyncClient, group: str, instance: str) -> None:
    """One more alert of a group begins to fire, as Alertmanager delivers it."""
    answer = await client.post(
        "/webhooks/alertmanager", content=body(group, instance), headers=HEADERS
    )
    answer.raise_for_status()


def body(group: str, instance: str) -> bytes:
    """A delivery of one alert. Every instance is an alert of its own."""
    labels = {"alertname": "Slow", "service": group, "severity": "warning", "instance": instance}
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    alert: dict[str, Any] = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": f"{group} is slow"},
        "startsAt": now,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": f"{hash((group, instance)) & 0xFFFFFFFFFFFFFFFF:016x}",
    }
    return json.dumps(
        {
            "receiver": "faultmaven",
            "status": "firing",
            "alerts": [alert],
            "groupLabels": {"alertname": "Slow", "service": group},
            "commonLabels": labels,
            "commonAnnotations": alert["annotations"],
            "externalURL": "http://alertmanager.local",
            "version": "4",
            "groupKey": f'{{}}:{{alertname="Slow", service="{group}"}}',
            "truncatedAlerts": 0,
        }
    ).encode()
