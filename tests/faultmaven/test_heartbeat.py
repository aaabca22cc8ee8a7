"""The heartbeat of processes that listen nowhere, and what `faultmaven ready` makes of it."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import pytest

from core.errors import SourceUnavailable, StoreUnavailable
from faultmaven import heartbeat
from faultmaven.heartbeat import (
    BEAT_S,
    CHECKED_WITHIN_S,
    SILENT_S,
    beating,
    check_heartbeat,
)

if TYPE_CHECKING:
    from pathlib import Path


async def well() -> None:
    """Nothing is in the way."""


async def away() -> None:
    raise StoreUnavailable("nobody answers")


async def without_end() -> None:
    await asyncio.Event().wait()


async def beaten(folder: Path) -> Path:
    """The file, once it was written."""
    path = folder / "worker.alive"
    async with asyncio.timeout(5):
        while not await asyncio.to_thread(path.exists):  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(0.01)
    return path


async def test_who_works_is_ready_until_it_ends(tmp_path: Path) -> None:
    async with beating("worker", tmp_path, {"database": well}):
        await beaten(tmp_path)
        check_heartbeat("worker", tmp_path)
        with pytest.raises(SourceUnavailable, match="no `bot` works on"):
            check_heartbeat("bot", tmp_path)
    with pytest.raises(SourceUnavailable, match="no `worker` works on"):
        check_heartbeat("worker", tmp_path)


async def test_it_says_what_is_in_the_way(tmp_path: Path) -> None:
    async with beating("worker", tmp_path, {"deliveries": well, "database": away}):
        await beaten(tmp_path)
        with pytest.raises(SourceUnavailable, match="not ready: database: nobody answers"):
            check_heartbeat("worker", tmp_path)


async def test_what_does_not_answer_is_said_before_the_process_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each process alike, however long ago its last beat was when packets began to be lost."""
    monkeypatch.setattr(heartbeat, "CHECKED_WITHIN_S", 0.01)
    async with beating("worker", tmp_path, {"database": without_end}):
        await beaten(tmp_path)
        with pytest.raises(SourceUnavailable, match="not ready: database: no answer within"):
            check_heartbeat("worker", tmp_path)
    assert CHECKED_WITHIN_S + 2 * BEAT_S < SILENT_S


async def test_a_loop_that_is_held_up_is_not_ready(tmp_path: Path) -> None:
    async with beating("worker", tmp_path, {}):
        path = await beaten(tmp_path)
        then = time.time() - SILENT_S - 1
        os.utime(path, (then, then))
        with pytest.raises(SourceUnavailable, match=r"silent for 3\d s"):
            check_heartbeat("worker", tmp_path)
    assert SILENT_S > 3 * BEAT_S  # one that was late is not called silent


async def test_a_full_disk_stops_no_work(tmp_path: Path) -> None:
    async with beating("worker", tmp_path / "gone", {}):
        await asyncio.sleep(0.01)
    with pytest.raises(SourceUnavailable):
        check_heartbeat("worker", tmp_path / "gone")
