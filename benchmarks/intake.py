"""How many deliveries a second are committed before they are acknowledged?

`faultmaven up` runs as a user runs it, its crew working on what comes in, on SQLite in a fresh
data directory; 64 connections post recorded Alertmanager bodies in a closed loop. The peer is the
same server with a door that answers 200 without storing (`benchmarks.parts.bare_door`). Rounds
alternate, and the medians count. Every 200 is looked up in the database afterwards.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RECORDINGS = Path(__file__).parents[1] / "tests" / "recordings" / "alertmanager"
GATE_PER_SECOND = 300
GATE_P99_MS = 100
TOKEN = "a-token-of-the-benchmark"  # noqa: S105
START_S = 20


@dataclass(frozen=True)
class Load:
    """One measured round."""

    requests: list[str]
    connections: int
    seconds: float

    def on(self, port: int) -> dict[str, Any]:
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
        measured: dict[str, Any] = json.loads(done.stdout)
        if set(measured["statuses"]) != {"200"}:
            sys.exit(f"not everything was accepted: {measured['statuses']}")
        return measured


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print one JSON document, exit 1 where a gate does not hold."""
    options = _options(arguments)
    load = Load(requests_from(options.data), options.connections, options.seconds)
    rounds = [(_ours(load), _peer(load)) for _ in range(options.rounds)]
    ours = statistics.median(ours["per_second"] for ours, _ in rounds)
    peer = statistics.median(peer["per_second"] for _, peer in rounds)
    document = {
        "ours": round(ours, 1),
        "peer": round(peer, 1),
        "ratio": round(ours / peer, 3) if peer else None,
        "n": sum(ours["answered"] for ours, _ in rounds),
        "unit": "committed deliveries a second",
        "database": "sqlite",
        "connections": load.connections,
        "rounds": len(rounds),
        **{
            f"{name}_ms": round(statistics.median(ours[f"{name}_ms"] for ours, _ in rounds), 2)
            for name in ("p50", "p99", "max")
        },
        "peer_p99_ms": round(statistics.median(peer["p99_ms"] for _, peer in rounds), 2),
    }
    print(json.dumps(document, indent=2))
    if not document["n"]:
        sys.exit("nothing was measured")
    if ours < GATE_PER_SECOND or document["p99_ms"] >= GATE_P99_MS:
        sys.exit(f"the gate is {GATE_PER_SECOND}/s with p99 under {GATE_P99_MS} ms")


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


def _ours(load: Load) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        environment = {
            **os.environ,
            "FAULTMAVEN_DATA_DIR": name,
            "FAULTMAVEN_ALERTMANAGER_TOKEN": TOKEN,
        }
        port = _free_port()
        with _server(("-m", "faultmaven", "up", "--port", str(port)), port, environment):
            measured = load.on(port)
        committed = _committed(data / "faultmaven.db")
    if committed < sum(measured["statuses"].values()):
        sys.exit(f"{measured['statuses']} acknowledged, {committed} committed")
    return measured


def _peer(load: Load) -> dict[str, Any]:
    port = _free_port()
    with _server(("-m", "benchmarks.parts.bare_door", str(port)), port, dict(os.environ)):
        return load.on(port)


def _committed(database: Path) -> int:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        counted: tuple[int] = connection.execute("SELECT count(*) FROM deliveries").fetchone()
    return counted[0]


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
        _wait_for(port, process)
        yield
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    sys.exit("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.intake", description=__doc__)
    parser.add_argument("--data", type=Path, default=RECORDINGS, help="a directory of bodies")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5.0, help="measured in each round")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
