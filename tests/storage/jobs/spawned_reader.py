"""Reads one file with a SpawnedRunner: `python -m tests.storage.jobs.spawned_reader ENTRY PATH`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from core.evidence.model import PlainArtifactStore, PlainFile
from storage.jobs.extraction import SpawnedRunner


async def read(entry: str, path: Path) -> None:
    async with SpawnedRunner(entry=entry) as runner:
        await runner.extract(
            PlainFile(path), name="file", service=None, case_key=b"", shelf=PlainArtifactStore()
        )


if __name__ == "__main__":
    asyncio.run(read(sys.argv[1], Path(sys.argv[2])))
