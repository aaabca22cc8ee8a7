"""Seconds from the start of a process to its first answer.

`ours`: seconds from starting `faultmaven up` in a fresh data directory, tables and key still to be
made, to the first 200 of `/readiness`. The peer is the same server with one endpoint that does
nothing (`benchmarks.parts.bare_endpoint`): what Python, FastAPI and uvicorn take by themselves.

Beside it: `up` again on the same data, `faultmaven --help` next to `uvicorn --help`, and
`faultmaven investigate` on the recorded incident's small files, where most of the time is that of
starting the process which reads them. Rounds alternate, and the medians count; `load` is the
machine's load average before the first and after the last: whoever shares it is measured as well.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
FILES = ROOT / "faultmaven" / "recordings" / "ferry-bookings" / "files"
PROGRAM = Path(sys.executable).with_name("faultmaven")
# On two cores that others use as well; idle ones investigate in less than 4 s.
GATES_S = {"ready_s": 3.0, "help_s": 0.3, "investigate_s": 8.0}
LONGEST_S = 60.0
LOOK_S = 0.005


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where a gate does not hold or nothing was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args(arguments).rounds
    load = [os.getloadavg()[0]]
    measured = [_round() for _ in range(rounds)]
    load.append(os.getloadavg()[0])
    seconds = {
        name: round(statistics.median(figures[name] for figures in measured), 3)
        for name in (measured[0] if measured else ())
    }
    document = _document(seconds, n=rounds) | {"load": [round(value, 2) for value in load]}
    print(json.dumps(document, indent=1))
    return 0 if rounds and document["gates_hold"] else 1


def _document(seconds: dict[str, float], *, n: int) -> dict[str, Any]:
    ours, peer = seconds.get("ready_s"), seconds.get("peer_ready_s")
    return {
        "ours": ours,
        "peer": peer,
        "ratio": round(ours / peer, 2) if ours and peer else None,
        "n": n,
        "unit": "seconds until ready",
        "peer_is": "the same web server with one endpoint and nothing behind it",
        **seconds,
        "peer_help_is": "uvicorn --help",
        "packages_mb": round(_installed_bytes("faultmaven") / 1e6, 1),
        "gates_s": GATES_S,
        "gates_hold": all(seconds.get(name, 0) < gate for name, gate in GATES_S.items()),
    }


def _round() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as data:
        port = _free_port()
        up = (str(PROGRAM), "up", "--port", str(port))
        first, again = (_ready(up, port, "/readiness", data) for _ in range(2))
    port = _free_port()
    bare = (sys.executable, "-m", "benchmarks.parts.bare_endpoint", str(port))
    return {
        "ready_s": first,
        "ready_again_s": again,
        "peer_ready_s": _ready(bare, port, "/webhooks/alertmanager", ""),
        "help_s": _ended((str(PROGRAM), "--help")),
        "peer_help_s": _ended((sys.executable, "-m", "uvicorn", "--help")),
        "investigate_s": _ended((str(PROGRAM), "investigate", str(FILES))),
    }


def _ended(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=LONGEST_S)
    return time.perf_counter() - began


def _ready(command: Sequence[str], port: int, path: str, data: str) -> float:
    """Seconds until the server answers 200 at `path`; then it is told to stop."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, "FAULTMAVEN_DATA_DIR": data},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port, path):
            if process.poll() is not None or time.perf_counter() - began > LONGEST_S:
                sys.exit(f"it did not start: {' '.join(command)}")
            time.sleep(LOOK_S)
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(LONGEST_S)


def _answers(port: int, path: str) -> bool:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _installed_bytes(name: str) -> int:
    """Of all packages that the base install of `name` brings, without bytecode."""
    wanted, seen, files = [Requirement(name)], set[str](), set[Path]()
    while wanted:
        requirement = wanted.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        with contextlib.suppress(PackageNotFoundError):  # for another platform
            package = distribution(requirement.name)
            files.update(Path(str(path.locate())) for path in package.files or ())
            needs = map(Requirement, package.requires or ())
            wanted += [needed for needed in needs if _applies(needed, requirement.extras or {""})]
    return sum(path.stat().st_size for path in files if path.suffix != ".pyc" and path.is_file())


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)


if __name__ == "__main__":
    sys.exit(main())
