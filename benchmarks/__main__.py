"""`make bench`: every benchmark that needs no data of others, one JSON document each.

`--egress FILE` adds the one that needs a corpus of secrets.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

NEED_NO_DATA = (
    "startup",
    "ingest",
    "intake",
    "lag",
    "forgery",
    "cards",
    "chat",
    "events",
    "situation",
    "turn",
    "storm",
    "many_files",
)


def main() -> int:
    """Each in a process of its own, so that none inherits the other's memory; 1 if any failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--egress", type=Path)
    chosen = parser.parse_args()
    runs = [[name] for name in NEED_NO_DATA]
    if chosen.egress:
        runs.append(["egress", "--data", str(chosen.egress)])
    failed = 0
    for name, *options in runs:
        print(f"# benchmarks.{name}", file=sys.stderr)
        command = [sys.executable, "-m", f"benchmarks.{name}", *options]
        done = subprocess.run(command, check=False)
        failed += done.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
