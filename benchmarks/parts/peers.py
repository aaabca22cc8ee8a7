"""Runs peers, programs of others, on the same input in a virtual environment of their own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
HOW = "make peers"


def run_peer(name: str, *arguments: str | Path, seconds: float = 900.0) -> dict[str, Any] | None:
    """What `benchmarks/peers/NAME.py ARGUMENTS` prints, a JSON document.

    None where peers are not installed (`HOW` says how). Raises CalledProcessError with what the
    script wrote on its standard error where it fails.
    """
    if not PYTHON.exists():
        return None
    done = subprocess.run(
        [str(PYTHON), str(ROOT / "benchmarks" / "peers" / f"{name}.py"), *map(str, arguments)],
        capture_output=True,
        check=True,
        text=True,
        timeout=seconds,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
