"""Files at the gates of the API: how long one takes, what fifty at once take, and a first look.

`faultmaven serve` stands on PostgreSQL, and no worker runs: all of them are blocked. A file of
10 MB is stored when its upload is answered. Fifty at once may not make the server grow. A question
with a file is answered by a first look, since nobody reads the file. The worst round counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.parts.server import KnownCaller, ServedProcess, opened, served, sign_in
from benchmarks.workloads import write_log
from storage.database import upgrade
from tests.servers import a_postgres

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE = 10 * 2**20
AT_ONCE = 50
GATE_UPLOAD_P95_S = 1.0
GATE_GROWTH_MB = 80.0
GATE_FIRST_LOOK_S = 2.0
LOOKS_EVERY_S = 0.02


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print one JSON document, exit 1 where a gate does not hold."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as folder, a_postgres() as url:
        write_log(Path(folder) / "big.log", size=SIZE)
        content = (Path(folder) / "big.log").read_bytes()[:SIZE]
        callers = asyncio.run(_accounts(url))
        rounds = []
        for _ in range(options.rounds):
            with served("serve", folder, FAULTMAVEN_DATABASE_URL=url) as server:
                rounds.append(asyncio.run(_measure(server, callers, content, options)))
    worst = {name: round(max(measured[name] for measured in rounds), 3) for name in rounds[0]}
    print(json.dumps({**worst, "uploads": options.uploads, "rounds": options.rounds}))
    gates = {
        "upload_p95_s": GATE_UPLOAD_P95_S,
        "growth_mb": GATE_GROWTH_MB,
        "first_look_s": GATE_FIRST_LOOK_S,
    }
    missed = [
        f"{name} {worst[name]} > {gate}" for name, gate in gates.items() if worst[name] > gate
    ]
    if missed:
        sys.exit(f"these gates do not hold: {', '.join(missed)}")


async def _accounts(url: str) -> list[KnownCaller]:
    await upgrade(url)
    async with opened(url) as store:
        return await sign_in(store, 20)


async def _measure(
    server: ServedProcess,
    callers: Sequence[KnownCaller],
    content: bytes,
    options: argparse.Namespace,
) -> dict[str, float]:
    base = f"http://127.0.0.1:{server.port}/api/v1"
    async with httpx.AsyncClient(base_url=base, timeout=120, trust_env=False) as client:
        visits = [_Visit(client, caller, content) for caller in callers]
        for visit in visits:
            await visit.open_case()
        await visits[0].upload()  # loads what is loaded once
        took = sorted([await visits[n % 5].upload() for n in range(options.uploads)])
        looks = sorted([await visits[n % 5].first_look() for n in range(5)])
        return {
            "upload_p50_s": took[len(took) // 2],
            "upload_p95_s": took[len(took) * 95 // 100],
            "first_look_s": looks[-1],
            **await _many(visits, server.pid),
        }


async def _many(visits: Sequence[_Visit], pid: int) -> dict[str, float]:
    """Fifty at once, and by how many MB the server is larger meanwhile than before."""
    before = peak = _resident_mb(pid)
    began = time.perf_counter()
    uploads = asyncio.gather(*(visits[n % len(visits)].upload() for n in range(AT_ONCE)))
    while not uploads.done():
        peak = max(peak, _resident_mb(pid))
        await asyncio.sleep(LOOKS_EVERY_S)
    await uploads
    return {"growth_mb": peak - before, "at_once_s": time.perf_counter() - began}


class _Visit:
    """Somebody with a case of their own. Each file is another one."""

    numbers = 0

    def __init__(self, client: httpx.AsyncClient, caller: KnownCaller, content: bytes) -> None:
        self._client = client
        self._content = content
        self._headers = {"Authorization": f"Bearer {caller.token}"}
        self._case_id = ""

    async def open_case(self) -> None:
        answer = await self._client.post("/cases", json={}, headers=self._headers)
        self._case_id = answer.raise_for_status().json()["case_id"]

    async def upload(self) -> float:
        """Seconds until it is stored."""
        began = time.perf_counter()
        answer = await self._client.post(
            "/evidence/upload",
            data={"case_id": self._case_id},
            files={"file": self._file()},
            headers=self._headers,
        )
        answer.raise_for_status()
        return time.perf_counter() - began

    async def first_look(self) -> float:
        """Seconds until something is said of what is in the file."""
        began = time.perf_counter()
        answer = await self._client.post(
            f"/cases/{self._case_id}/turns",
            data={"query": "what is going on?"},
            files={"files": self._file()},
            headers=self._headers,
        )
        body: dict[str, Any] = answer.raise_for_status().json()
        if "line" not in (body.get("first_look") or ""):
            sys.exit(f"there is no first look: {body}")
        return time.perf_counter() - began

    def _file(self) -> tuple[str, bytes]:
        _Visit.numbers += 1
        name = f"{_Visit.numbers:08}.log"
        return name, f"2026-11-17T01:59:59Z INFO {name}\n".encode() + self._content


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.uploads", description=__doc__)
    parser.add_argument("--uploads", type=int, default=20, help="one after the other, in a round")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
