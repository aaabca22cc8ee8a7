"""How long from a large log to ranked hypotheses, and with how much memory?

`faultmaven investigate` runs as a user runs it, in a fresh data directory, on a log of lines that
are all different; memory is that of the command and of every process it starts, together. The
peer is GNU grep counting error lines in the same file, in one pass: it knows no templates and no
times, so the ratio (peer's seconds to ours) says what an investigation costs beyond a look.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

GATE_S = 5.0
GATE_MB = 400.0
WATCH_S = 0.02
FAILS_AFTER = 0.9  # share of the log
START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
_POOL = "HikariPool-1 - Connection is not available, request timed out after 30{byte}ms."
_LINES = (
    ("INFO", "api.Cart", "GET /api/v1/cart/{number} 200 in {small}ms request_id={uuid}"),
    ("INFO", "api.Login", "user {word} signed in from 10.{byte}.{byte}.{byte} session={hex}"),
    ("INFO", "api.Order", "order {number} of customer {word} shipped, {small} items, parcel {hex}"),
    ("DEBUG", "cache.Store", "miss key=price:{hex} shard={byte} age={small}ms"),
    ("WARN", "api.Search", "query {number} took {small} ms, threshold 500 ms"),
)
_FAILURE = (
    ("ERROR", "db.Pool", _POOL),
    ("ERROR", "api.Order", "order {number} failed: could not obtain a connection for {word}"),
)  # fmt: skip
_WORDS = tuple(
    first + last
    for first in ("al", "be", "car", "do", "el", "fa", "gi", "ho", "is", "jo", "ka", "lu")
    for last in ("ba", "cia", "den", "fred", "gor", "lia", "mir", "na", "rik", "son", "ta", "vin")
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where a gate does not hold or nothing was read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--mb", type=float, default=50.0)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "checkout.log"
        lines = write_log(log, size=int(chosen.mb * 1e6))
        measured = _measure(log, lines, Path(folder))
    sys.stdout.write(json.dumps(measured, indent=1) + "\n")
    return 0 if measured["gates_hold"] else 1


def write_log(path: Path, *, size: int) -> int:
    """About `size` bytes of lines, no two the same, the last tenth a failure; returns how many."""
    chance = random.Random(11)  # noqa: S311 - the same log every time
    at, written, lines = START, 0, 0
    with path.open("w", encoding="ascii") as file:
        while written < size:
            at += timedelta(microseconds=chance.randrange(8_000))
            fails = written > FAILS_AFTER * size and chance.getrandbits(1)
            line = chance.choice(_FAILURE if fails else _LINES)
            written, lines = written + file.write(_written(at, line, chance)), lines + 1
    return lines


def _written(at: datetime, line: tuple[str, str, str], chance: random.Random) -> str:
    level, logger, text = line
    bits = chance.getrandbits
    said = text.format(
        number=bits(26),
        small=bits(9),
        byte=bits(8),
        word=chance.choice(_WORDS),
        hex=f"{bits(64):016x}",
        uuid=f"{bits(32):08x}-{bits(16):04x}-4000-8000-{bits(48):012x}",
    )
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ} {level} [worker-{bits(6)}] {logger}: {said}\n"


def _measure(log: Path, lines: int, folder: Path) -> dict[str, Any]:
    seconds, memory, answer = _investigated(log, folder / "data")
    peer = _counted(log)
    size = log.stat().st_size / 1e6
    hypotheses = answer.get("hypotheses", [])
    read = _lines_read(log)
    return {
        "benchmark": "ingest",
        "ours": round(seconds, 2),
        "peer": round(peer, 3),
        "peer_name": "grep -c -E, one pass",
        "unit": "s",
        "ratio": round(peer / seconds, 3),
        "n": read,
        "mb": round(size, 1),
        "mb_per_s": round(size / seconds, 1),
        "peak_mb": round(memory / 1e6, 1),
        "top_fault": hypotheses[0]["cause"]["fault"] if hypotheses else None,
        "gates_hold": bool(
            read == lines and hypotheses and seconds <= GATE_S and memory <= GATE_MB * 1e6
        ),
    }


def _investigated(log: Path, data: Path) -> tuple[float, int, dict[str, Any]]:
    """Seconds, peak bytes of all processes, and the answer of one investigation."""
    command = (sys.executable, "-m", "faultmaven", "investigate", str(log), "--json")
    environment = {**os.environ, "FAULTMAVEN_DATA_DIR": str(data)}
    output = data.with_suffix(".json")
    began, peak = time.perf_counter(), 0
    with output.open("wb") as file, subprocess.Popen(command, stdout=file, env=environment) as run:
        while run.poll() is None:
            peak = max(peak, sum(map(_resident, _family(run.pid))))
            time.sleep(WATCH_S)
        seconds = time.perf_counter() - began
    if run.returncode:
        raise subprocess.CalledProcessError(run.returncode, command)
    return seconds, peak, json.loads(output.read_bytes() or b"{}")


def _lines_read(log: Path) -> int:
    """How many lines the extraction of the same file says it has read."""
    command = (sys.executable, "-m", "faultmaven", "extract", str(log), "--json")
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    lines: int = json.loads(done.stdout)["lines"]
    return lines


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for one in found:
        try:
            threads = list(Path(f"/proc/{one}/task").iterdir())
            for thread in threads:
                found += map(int, (thread / "children").read_text(encoding="ascii").split())
        except OSError:  # it ended meanwhile
            continue
    return found


def _resident(pid: int) -> int:
    """Bytes in memory, shared pages in proportion; 0 where the process is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    pss = (line.split()[1] for line in text.splitlines() if line.startswith("Pss:"))
    return 1024 * int(next(pss, "0"))


def _counted(log: Path) -> float:
    began = time.perf_counter()
    command = ("grep", "-c", "-E", "ERROR|FATAL|Exception", str(log))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    raise SystemExit(main())
