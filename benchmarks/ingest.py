"""Time and memory from a large log to ranked hypotheses.

`faultmaven investigate` runs as a user runs it, in a fresh data directory, on a log of lines that
are all different: `--kind` says in what (see `benchmarks.workloads`), `all` takes minutes and
gives the slowest first. Memory is that of the command and of every process it starts, together.
The peer is GNU grep counting error lines in the same file, in one pass: it knows no templates and
no times, so the ratio (peer's seconds to ours) says what an investigation costs beyond a look.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.workloads import KINDS, write_log

if TYPE_CHECKING:
    from collections.abc import Sequence

GATE_S = 5.0
GATE_MB = 400.0
WATCH_S = 0.02
_OF_EACH = ("ours", "n", "mb_per_s", "peak_mb", "top_fault", "gates_hold")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where a gate does not hold or nothing was read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--mb", type=float, default=50.0)
    parser.add_argument("--kind", choices=(*KINDS, "all"), default="ids")
    chosen = parser.parse_args(arguments)
    size = int(chosen.mb * 1e6)
    if chosen.kind != "all":
        measured = _measured(chosen.kind, size)
    else:
        measured = _worst([_measured(kind, size) for kind in KINDS])
    sys.stdout.write(json.dumps(measured, indent=1) + "\n")
    return 0 if measured["gates_hold"] else 1


def _measured(kind: str, size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "checkout.log"
        lines = write_log(log, size=size, kind=kind)
        return {"kind": kind, **_measure(log, lines, Path(folder))}


def _worst(every: list[dict[str, Any]]) -> dict[str, Any]:
    """The slowest kind's figures, and below them those of each."""
    worst = max(every, key=lambda figures: float(figures["ours"]))
    kinds = {figures["kind"]: {name: figures[name] for name in _OF_EACH} for figures in every}
    return {**worst, "gates_hold": all(figures["gates_hold"] for figures in every), "kinds": kinds}


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
    processes = [pid]
    for process in processes:
        try:
            threads = list(Path(f"/proc/{process}/task").iterdir())
            for thread in threads:
                processes += map(int, (thread / "children").read_text(encoding="ascii").split())
        except OSError:  # it ended meanwhile
            continue
    return processes


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
