"""Reads one file with a SpawnedRunner: `python -m tests.storage.jobs.reads_a_file ENTRY PATH`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from storage.jobs.extraction import SpawnedRunner

if __name__ == "__main__":
    asyncio.run(
        SpawnedRunner(entry=sys.argv[1]).extract(
            Path(sys.argv[2]), name="file", service=None, case_key=b""
        )
    )
