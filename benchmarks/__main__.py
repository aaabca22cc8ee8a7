"""`make bench`: every benchmark that needs no data of others, one JSON document each."""

from __future__ import annotations

import subprocess
import sys

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
    failed = 0
    for name in NEED_NO_DATA:
        print(f"# benchmarks.{name}", file=sys.stderr)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)
        failed += done.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
