"""Time that `faultmaven investigate` takes for a folder of many small files.

    python -m benchmarks.many_files [--files 5000] [--predictions FILE]

The files are logs of three lines, of eight services; one of them says what broke, and must be
named. The program runs as a user runs it. `ours` is its seconds on the wall; the peer is the same
on a tenth of the files, ten times: a ratio of 1 is time that grows with their number alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.many_files import DECISIVE_LINE, write_many_files

GATE_S, GATE_MB, GATE_GROWTH = 60.0, 500.0, 1.3
TENTH = 10
MB = 1000.0  # kB, as Linux counts resident memory


@dataclass(frozen=True, kw_only=True)
class Run:
    """One investigation. `mb` is the most that one of its processes had resident."""

    seconds: float
    cpu_s: float
    mb: float
    is_found: bool


def main() -> int:
    """Print one JSON document; 1 where a gate does not hold."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        tenth = _investigate(Path(folder) / "tenth", options.files // TENTH)
        whole = _investigate(Path(folder) / "whole", options.files)
    result = _document(whole, tenth, files=options.files)
    if options.predictions:
        options.predictions.write_text(json.dumps(result))
    print(json.dumps(result, indent=2))
    return 0 if result["gates_hold"] else 1


def _document(whole: Run, tenth: Run, *, files: int) -> dict[str, Any]:
    growth = whole.cpu_s / (TENTH * tenth.cpu_s)
    is_found = whole.is_found and tenth.is_found
    return {
        "benchmark": "many_files",
        "ours": round(whole.seconds, 1),
        "peer": round(TENTH * tenth.seconds, 1),
        "ratio": round(whole.seconds / (TENTH * tenth.seconds), 2),
        "unit": "seconds on the wall",
        "peer_name": "ten times a tenth of the files",
        "n": files,
        "cpu_s": round(whole.cpu_s, 1),
        "cpu_growth": round(growth, 2),
        "peak_mb": round(whole.mb),
        "is_found": is_found,
        "gate": GATE_S,
        "gates_hold": is_found
        and whole.seconds <= GATE_S
        and whole.mb < GATE_MB
        and growth <= GATE_GROWTH,
    }


def _investigate(folder: Path, count: int) -> Run:
    decisive = write_many_files(folder, count, decisive=count * 4321 // 5000)
    began = time.monotonic()
    program = subprocess.Popen(
        [sys.executable, "-m", "faultmaven", "investigate", str(folder), "--json"],
        stdout=subprocess.PIPE,
    )
    assert program.stdout is not None  # noqa: S101 - it is a pipe
    document = json.loads(program.stdout.read())
    # With what it waited for: the processes that read files.
    _, status, used = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    cited = {
        (line["locus"]["file"], line["locus"]["line_start"])
        for hypothesis in document["hypotheses"][:1]
        for line in hypothesis["supporting"]
    }
    return Run(
        seconds=time.monotonic() - began,
        cpu_s=used.ru_utime + used.ru_stime,
        mb=used.ru_maxrss / MB,
        is_found=(decisive.name, DECISIVE_LINE) in cited,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.many_files", description=__doc__)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--predictions", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
