"""Alert deliveries a second that are committed before they are acknowledged.

On SQLite `faultmaven up` runs as a user runs it, its workers busy with what comes in; on
PostgreSQL `faultmaven serve`, whose workers are other processes and do not run here. 64
connections post recorded Alertmanager bodies in a closed loop. The peer is the same server with
an endpoint that answers 200 without storing (`benchmarks.parts.bare_endpoint`). Rounds alternate,
each with a fresh database, and the medians count. After each, every 200 must be a row: the server
was killed, not stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.alerts.model import DeliveryState
from storage.database import open_store
from tests.fakes.context import CONTEXT
from tests.servers import a_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RECORDINGS = Path(__file__).parents[1] / "tests" / "recordings" / "alertmanager"
GATE_PER_SECOND = 300
GATE_P99_MS = 100
TOKEN = "a-token-of-the-benchmark"  # noqa: S105
START_S = 20

Measured = dict[str, Any]


@dataclass(frozen=True)
class IntakeRound:
    """One measured round."""

    requests: list[str]
    connections: int
    seconds: float

    def on(self, port: int) -> Measured:
        """What `benchmarks.parts.load` measured against a port."""
        order = {
            "port": port,
            "connections": self.connections,
            "seconds": self.seconds,
            "warm_up": min(1.0, self.seconds / 4),
            "requests": self.requests,
        }
        done = subprocess.run(
            (sys.executable, "-m", "benchmarks.parts.load"),
            input=json.dumps(order),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        measured: Measured = json.loads(done.stdout)
        if set(measured["statuses"]) != {"200"}:
            sys.exit(f"not everything was accepted: {measured['statuses']}")
        return measured


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print one JSON document, exit 1 where a gate does not hold."""
    options = _options(arguments)
    load = IntakeRound(requests_from(options.data), options.connections, options.seconds)
    measure = {"sqlite": _on_sqlite, "postgres": _on_postgres}[options.database]
    document = _document([(measure(load), _peer(load)) for _ in range(options.rounds)])
    print(json.dumps({**document, "database": options.database, "connections": load.connections}))
    if not document["n"]:
        sys.exit("nothing was measured")
    if document["ours"] < GATE_PER_SECOND or document["p99_ms"] >= GATE_P99_MS:
        sys.exit(f"the gate is {GATE_PER_SECOND}/s with p99 under {GATE_P99_MS} ms")


def _document(rounds: Sequence[tuple[Measured, Measured]]) -> dict[str, Any]:
    ours, peers = ([pair[side] for pair in rounds] for side in (0, 1))
    per_second, peer = (_median(side, "per_second") for side in (ours, peers))
    return {
        "ours": per_second,
        "peer": peer,
        "ratio": round(per_second / peer, 3),
        "n": sum(figures["answered"] for figures in ours),
        "unit": "committed deliveries a second",
        "rounds": len(rounds),
        "p50_ms": _median(ours, "p50_ms"),
        "p99_ms": _median(ours, "p99_ms"),
        "max_ms": _median(ours, "max_ms"),
        "peer_p99_ms": _median(peers, "p99_ms"),
    }


def _median(measured: Sequence[Measured], name: str) -> float:
    return round(float(statistics.median(figures[name] for figures in measured)), 2)


def requests_from(data: Path) -> list[str]:
    """Whole HTTP requests, base64, one for each body in a directory of JSON files."""
    bodies = [path.read_bytes() for path in sorted(data.glob("*.json"))]
    if not bodies:
        sys.exit(f"no *.json in {data}")
    return [base64.b64encode(_request(body)).decode() for body in bodies]


def _request(body: bytes) -> bytes:
    head = (
        "POST /webhooks/alertmanager HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: Alertmanager/0.25.0\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Authorization: Bearer {TOKEN}\r\n"
        "Content-Type: application/json\r\n\r\n"
    )
    return head.encode() + body


def _on_sqlite(load: IntakeRound) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        return _ours(load, "up", f"sqlite:///{folder}/faultmaven.db", folder)


def _on_postgres(load: IntakeRound) -> Measured:
    with tempfile.TemporaryDirectory() as folder, a_postgres(durable=True) as url:
        return _ours(load, "serve", url, folder)


def _ours(load: IntakeRound, command: str, url: str, folder: str) -> Measured:
    environment = {
        **os.environ,
        "FAULTMAVEN_DATA_DIR": folder,
        "FAULTMAVEN_DATABASE_URL": url,
        "FAULTMAVEN_ALERTMANAGER_TOKEN": TOKEN,
    }
    port = free_port()
    with _server(("-m", "faultmaven", command, "--port", str(port)), port, environment):
        measured = load.on(port)
    committed = asyncio.run(_committed(url))
    if committed < sum(measured["statuses"].values()):
        sys.exit(f"{measured['statuses']} acknowledged, {committed} committed")
    return measured


def _peer(load: IntakeRound) -> Measured:
    port = free_port()
    with _server(("-m", "benchmarks.parts.bare_endpoint", str(port)), port, dict(os.environ)):
        return load.on(port)


async def _committed(url: str) -> int:
    async with open_store(url) as store, store.reading(CONTEXT) as unit:
        return sum([await unit.deliveries.count(state) for state in DeliveryState])


@contextlib.contextmanager
def _server(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    """A server of its own process; killed, because what it acknowledged must be there anyway."""
    process = subprocess.Popen(
        (sys.executable, *command),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield
    finally:
        process.kill()
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the process listens; it ends this one where it never does."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    sys.exit("the server did not start")


def free_port() -> int:
    """A port that nobody listens to now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.intake", description=__doc__)
    parser.add_argument("--data", type=Path, default=RECORDINGS, help="a directory of bodies")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5.0, help="measured in each round")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
