"""How late the event loop of `faultmaven up` comes while it works on one large body.

Each body is as large as the endpoint takes, and hostile in its own way. A probe in the event loop
of a real `up` (`benchmarks.parts.probed_up`) says how late the loop came; `ours` is the worst
of all. The gate is what nobody notices: an acknowledgement or `/health` that is 200 ms late.

With `--bodies turn` nothing is sent: turns over a case of 50 files and 500 messages run in the
process (`benchmarks.parts.turn_lag`). Their gate is stricter, a 99th percentile of 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.parts.turn_lag import measure_turns
from core.alerts.model import DeliveryState
from core.jobs.model import JobState
from storage.database import ColumnSeal, open_store
from storage.sealing.keys import Keyring
from tests.fakes.context import CONTEXT
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

GATE_MS = 200
TURN, TURN_GATE_MS = "turn", 50
TOKEN = "a-token-of-the-benchmark"  # noqa: S105
START_S, WORK_S = 30, 180
SETTLED_S = 3.0  # without a job under way
FEW, MANY = 62_000, 200_000
LONG = 4 * 2**20  # characters
STARTED = "2026-11-17T02:00:00Z"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print one JSON document, exit 1 where the gate does not hold."""
    options = _options(arguments)
    measured = {
        name: measure_turns(stacks=options.stacks) if name == TURN else _measure(BODIES[name]())
        for name in options.bodies
    }
    worst = max(figures["lag_ms"] for figures in measured.values())
    print(json.dumps({"ours": worst, "unit": "ms", "n": len(measured), "bodies": measured}))
    if worst >= GATE_MS:
        sys.exit(f"the gate is {GATE_MS} ms")
    if measured.get(TURN, {}).get("lag_p99_ms", 0.0) >= TURN_GATE_MS:
        sys.exit(f"the gate of turns is {TURN_GATE_MS} ms, for 99 of 100 steps")


def many_alerts() -> bytes:
    """As many as fit into a body."""
    return _body([_alert({"a": str(number)}) for number in range(FEW)])


def many_labels() -> bytes:
    """All of one alert."""
    return _body([_alert({f"label_{number}": "v" for number in range(MANY)})])


def many_names() -> bytes:
    """As many labels, shared among alerts that are all kept."""
    alerts = [
        _alert({"pod": str(number)} | {f"label_{at}": "value" for at in range(100)})
        for number in range(1500)
    ]
    return _body(alerts)


def long_annotation() -> bytes:
    """One summary that is as long as a body may be."""
    summary = ("the disk is full on 10.0.0.1, password=hunter2 " * (LONG // 40))[:LONG]
    return _body([_alert({"alertname": "DiskFull"})], commonAnnotations={"summary": summary})


def long_value() -> bytes:
    """One label, which names the service."""
    service = "checkout-" * (LONG // 9)
    return _body([_alert({"alertname": "Slow", "service": service})])


BODIES: Mapping[str, Callable[[], bytes]] = {
    "alerts": many_alerts,
    "labels": many_labels,
    "names": many_names,
    "annotation": long_annotation,
    "value": long_value,
}


def _alert(labels: Mapping[str, str], **annotations: str) -> dict[str, Any]:
    alert: dict[str, Any] = {"status": "firing", "labels": labels, "startsAt": STARTED}
    return {**alert, "annotations": annotations} if annotations else alert


def _body(alerts: Sequence[Mapping[str, Any]], **given: object) -> bytes:
    head = {"receiver": "r", "groupKey": "{}:{}", "status": "firing"}
    return json.dumps({**head, "alerts": alerts, **given}, separators=(",", ":")).encode()


@dataclass
class _Lags:
    """What the probe said; `worst_ms` since the last `reset`."""

    worst_ms: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def listen(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            with self.lock:
                self.worst_ms = max(self.worst_ms, json.loads(line)["lag_ms"])

    def reset(self) -> None:
        with self.lock:
            self.worst_ms = 0.0


def _measure(body: bytes) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, _up(Path(folder)) as (url, lags):
        time.sleep(SETTLED_S)
        lags.reset()
        began = time.perf_counter()
        answer = httpx.post(
            f"{url}/webhooks/alertmanager",
            content=body,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=WORK_S,
        )
        answer.raise_for_status()
        acknowledged_s = time.perf_counter() - began
        asyncio.run(_worked_off(Path(folder)))
        return {
            "bytes": len(body),
            "acknowledged_ms": round(acknowledged_s * 1000, 1),
            "worked_off_s": round(time.perf_counter() - began, 1),
            "lag_ms": lags.worst_ms,
        }


async def _worked_off(folder: Path) -> None:
    """Return when the delivery is done, and no job has been under way for a while."""
    url, seal = (
        f"sqlite:///{folder}/faultmaven.db",
        ColumnSeal(Keyring((folder / "secret.key").read_bytes())),
    )
    until, quiet_since = time.monotonic() + WORK_S, time.monotonic()
    async with open_store(url, seal=seal) as store:
        while time.monotonic() - quiet_since < SETTLED_S:
            if time.monotonic() > until:
                sys.exit("the delivery was not worked off")
            async with store.reading(CONTEXT) as unit:
                pending = await unit.deliveries.count(DeliveryState.PENDING)
                running = await unit.jobs.listing(JobState.RUNNING)
            if pending or running:
                quiet_since = time.monotonic()
            await asyncio.sleep(0.2)


@contextmanager
def _up(folder: Path) -> Iterator[tuple[str, _Lags]]:
    port, lags = free_port(), _Lags()
    settings = {"FAULTMAVEN_DATA_DIR": str(folder), "FAULTMAVEN_ALERTMANAGER_TOKEN": TOKEN}
    process = subprocess.Popen(
        (sys.executable, "-m", "benchmarks.parts.probed_up", str(port)),
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    listening = threading.Thread(target=lags.listen, args=(process,), daemon=True)
    listening.start()
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process)
        yield url, lags
    finally:
        process.kill()
        process.wait()
        listening.join()


def _wait_for(url: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/readiness").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    sys.exit("the server did not start")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.lag", description=__doc__)
    parser.add_argument("--bodies", nargs="+", choices=(*BODIES, TURN), default=(*BODIES, TURN))
    parser.add_argument("--stacks", action="store_true", help="show where a turn held the loop")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
