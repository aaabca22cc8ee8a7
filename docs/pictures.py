"""Draws the pictures of the pages from the recorded incident: `python -m docs.pictures`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT / "faultmaven" / "recordings" / "ferry-bookings"
IMAGES = ROOT / "docs" / "images"
PICTURES = {
    "timeline.png": ("timeline", RECORDING / "files"),
    "metrics.png": ("extract", RECORDING / "metrics.json"),
}


def main() -> None:
    """Write every picture, as a user would have it drawn."""
    for name, (command, path) in PICTURES.items():
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "faultmaven", command, path, "--picture", IMAGES / name],
            check=True,
            stdout=subprocess.DEVNULL,
        )


if __name__ == "__main__":
    main()
