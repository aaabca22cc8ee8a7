"""Runs the few tests that failed once more, alone, and names those that then pass.

Run as `python -m tests.second_look STATUS`, by `make test`, where pytest ended with STATUS. Five
processes share a small machine, and among sixteen thousand tests a few wait for real programs with
real clocks: one that a busy machine stalled must not hide what the others proved. More than a few,
or whatever else ended pytest, stands as it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FAILED = Path(".pytest_cache/v/cache/lastfailed")
FEW = 3
SOME_FAILED = 1


def look_again(status: int) -> int:
    """The status of the second run, or the first one's, where there is nothing to run again."""
    failed = list(json.loads(FAILED.read_text())) if FAILED.exists() else []
    if status != SOME_FAILED or not 0 < len(failed) <= FEW:
        return status
    print(f"\nAgain, alone: {', '.join(failed)}", flush=True)  # noqa: T201 - to who runs the tests
    again = subprocess.run([sys.executable, "-m", "pytest", *failed], check=False).returncode
    if again == 0:
        print(f"Passed only when alone: {', '.join(failed)}", flush=True)  # noqa: T201 - so is this
    return again


if __name__ == "__main__":
    sys.exit(look_again(int(sys.argv[1])))
