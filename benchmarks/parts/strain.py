"""Workers that are always busy: large logs to read, one after the other, and turns without end.

    python -m benchmarks.parts.strain DATA_DIR DATABASE_URL

DATA_DIR is that of `serve`. It says `busy` once the first log is being read, and goes on until
SIGTERM; then it prints one JSON document: how often it was looked, and the share of the looks at
which somebody was at a job of each kind. A process of its own, so that what measures is not
strained.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.parts.alerts import fire
from benchmarks.workloads import write_log
from core.jobs.kinds import CASE_INVESTIGATE, EVIDENCE_PROCESS
from faultmaven.operator_client import client_of
from faultmaven.operator_endpoint import read_endpoint
from tests.journeys.operator import Operator
from tests.journeys.records import Records

LOG_BYTES = 24 << 20
CASES = 6  # beside the first, each with a turn of its own
LOOK_S = 0.5


@dataclass
class Strain:
    """Keeps one file in reading and one behind it, and asks every case again and again.

    looks: how often it was looked. seen: how often somebody was at a job of each kind then.
    """

    operator: Operator
    records: Records
    folder: Path
    looks: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    logs: int = 0

    async def go_on(self, stop: asyncio.Event) -> None:
        """Until told to stop."""
        log = self.folder / "large.log"
        await asyncio.to_thread(write_log, log, size=LOG_BYTES)
        for number in range(CASES):
            await fire(self.operator.client, f"strain-{number}", "first")
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(work) for work in (self._read(log), self._ask(), self._look())
            ]
            while not self.seen[EVIDENCE_PROCESS.name]:  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(LOOK_S)
            self.looks, self.seen = 0, Counter()
            print("busy", flush=True)
            await stop.wait()
            for task in tasks:
                task.cancel()

    @property
    def document(self) -> dict[str, Any]:
        """What it prints at its end."""
        kinds = (EVIDENCE_PROCESS.name, CASE_INVESTIGATE.name)
        shares = {kind: round(self.seen[kind] / max(1, self.looks), 3) for kind in kinds}
        return {"looks": self.looks, "logs": self.logs, "busy": shares}

    async def _read(self, log: Path) -> None:
        """No two files are the same: what is known is not read again."""
        while True:
            if await self.records.open_jobs(EVIDENCE_PROCESS.name) < 2:  # noqa: PLR2004
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


async def _main(data_dir: Path, url: str) -> None:
    endpoint = read_endpoint(data_dir)
    if endpoint is None:
        sys.exit(f"nothing is running on {data_dir}")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with tempfile.TemporaryDirectory() as folder:
        async with client_of(endpoint) as client:
            strain = Strain(Operator(client), Records(url), Path(folder))
            await strain.go_on(stop)
    print(json.dumps(strain.document), flush=True)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2]))
