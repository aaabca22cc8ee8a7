"""`python -m benchmarks.parts.one_core LOG`: seconds that one core takes for a log's findings.

Prints one JSON document; polars must have been told to use one thread by whoever starts it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_MOST_SECONDS = 300


def findings_on_one_core(log: Path) -> dict[str, Any]:
    """Seconds, MB/s, and the most memory of a process that reads `log` with all it imports."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.parts.one_core", str(log)],
        capture_output=True,
        check=True,
        text=True,
        timeout=_MOST_SECONDS,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def main() -> int:
    """Read the log that is named on one core."""
    from core.evidence.model import PlainFile  # noqa: PLC0415 - after the core is chosen
    from core.evidence.pipeline import extract  # noqa: PLC0415
    from core.redaction.engine import Redactor  # noqa: PLC0415

    log = Path(sys.argv[1])
    began = time.perf_counter()
    findings = extract(
        PlainFile(log), name="app.log", service=None, redactor=Redactor(bytes(32))
    ).findings
    seconds = time.perf_counter() - began
    size = log.stat().st_size / 1e6
    figures = {
        "mb": round(size, 1),
        "seconds": round(seconds, 2),
        "mb_per_s": round(size / seconds, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
        "findings": len(findings),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if findings else 1


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sys.exit(main())
