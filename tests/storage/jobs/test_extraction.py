# ruff: noqa: ASYNC110, ASYNC240 - a test may poll, and small files do not block
from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import OutOfLimits, UnreadableEvidence
from core.evidence.model import DataType
from storage.jobs.extraction import InProcessRunner, Limits, SpawnedRunner

if TYPE_CHECKING:
    from core.evidence.model import Extraction
    from core.ports import Runner

ENTRIES = "tests.storage.jobs.entries"
KEY = bytes(range(200, 232))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "db.log"
    path.write_text("password=hunter2\nsecond\n")
    return path


async def read(runner: Runner, path: Path) -> Extraction:
    return await runner.extract(path, name="db.log", service="orders", case_key=KEY)


@pytest.mark.integration
@pytest.mark.parametrize("kind", [SpawnedRunner, InProcessRunner])
class TestRunnerContract:
    async def test_it_answers_with_all_that_was_found(
        self, kind: type[SpawnedRunner | InProcessRunner], log: Path
    ) -> None:
        found = await read(kind(entry=f"{ENTRIES}:reads"), log)
        expected = await read(InProcessRunner(entry=f"{ENTRIES}:reads"), log)
        assert found == expected
        assert found.findings[0].text.text == "2 lines, „größer“"
        assert found.findings[0].data["key"] == KEY.hex()
        kinds = [type(value) for value in found.findings[0].data.values()]
        assert kinds == [float, int, bool, type(None), str]

    async def test_it_is_the_products_own_pipeline_that_reads(
        self, kind: type[SpawnedRunner | InProcessRunner], log: Path
    ) -> None:
        lines = [f"2026-11-20T12:00:{n:02}Z ERROR pool is empty, waited {n} ms" for n in range(60)]
        log.write_text("\n".join([*lines, "2026-11-20T12:01:00Z ERROR password=hunter2", ""]))
        found = await read(kind(), log)
        assert found == await read(InProcessRunner(), log)
        assert (found.data_type, found.events, found.lines) == (DataType.LOG, 61, 61)
        assert "hunter2" not in repr(found)

    async def test_what_nobody_can_read_is_said_in_the_extractors_words(
        self, kind: type[SpawnedRunner | InProcessRunner], log: Path
    ) -> None:
        with pytest.raises(UnreadableEvidence, match="nothing here is text"):
            await read(kind(entry=f"{ENTRIES}:refuses"), log)

    async def test_an_extractor_that_breaks_says_where_but_not_what_it_read(
        self, kind: type[SpawnedRunner | InProcessRunner], log: Path
    ) -> None:
        with pytest.raises(UnreadableEvidence, match=r"ValueError at entries\.py") as caught:
            await read(kind(entry=f"{ENTRIES}:breaks"), log)
        assert "hunter2" not in str(caught.value)

    async def test_no_memory_is_a_limit(
        self, kind: type[SpawnedRunner | InProcessRunner], log: Path
    ) -> None:
        with pytest.raises(OutOfLimits):
            await read(kind(entry=f"{ENTRIES}:says_no_memory"), log)


@pytest.mark.integration
class TestSpawnedRunner:
    async def test_a_crash_takes_only_the_child(self, log: Path) -> None:
        with pytest.raises(UnreadableEvidence, match=r"crashed \(SIGABRT\)"):
            await read(SpawnedRunner(entry=f"{ENTRIES}:crashes"), log)

    async def test_a_child_that_the_system_stops_was_too_costly(self, log: Path) -> None:
        with pytest.raises(OutOfLimits):
            await read(SpawnedRunner(entry=f"{ENTRIES}:is_stopped"), log)

    async def test_time_is_limited(self, log: Path) -> None:
        runner = SpawnedRunner(entry=f"{ENTRIES}:sleeps", limits=Limits(seconds=1.5))
        began = time.monotonic()
        with pytest.raises(OutOfLimits, match=r"longer than 1\.5 s"):
            await read(runner, log)
        assert time.monotonic() - began < 4
        assert not is_alive(int(log.read_text()))

    async def test_memory_is_limited(self, log: Path) -> None:
        runner = SpawnedRunner(entry=f"{ENTRIES}:grows", limits=Limits(memory=200 * 2**20))
        with pytest.raises(OutOfLimits, match="more than 200 MiB"):
            await read(runner, log)

    async def test_a_single_huge_allocation_is_limited(self, log: Path) -> None:
        runner = SpawnedRunner(entry=f"{ENTRIES}:grows_at_once")
        with pytest.raises(OutOfLimits, match="memory"):
            await read(runner, log)

    async def test_a_cancelled_reading_leaves_no_process(self, log: Path) -> None:
        reading = asyncio.create_task(read(SpawnedRunner(entry=f"{ENTRIES}:sleeps"), log))
        child = await child_of(log)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert not is_alive(child)

    async def test_the_loop_goes_on_while_files_are_read(self, log: Path) -> None:
        runner = SpawnedRunner(entry=f"{ENTRIES}:reads")
        reading = asyncio.gather(*(read(runner, log) for _ in range(3)))
        longest = 0.0
        while not reading.done():
            began = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - began)
        await reading
        assert longest < 0.5

    async def test_the_child_sees_no_secret_of_ours(
        self, log: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FAULTMAVEN_SECRET_KEY", "hunter2")
        await read(SpawnedRunner(entry=f"{ENTRIES}:looks_around"), log)
        assert "FAULTMAVEN_SECRET_KEY" not in log.read_text().split()

    async def test_a_child_whose_parent_is_killed_ends(self, log: Path) -> None:
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.storage.jobs.reads_a_file", f"{ENTRIES}:sleeps", str(log)
        )
        child = await child_of(log)
        parent.send_signal(signal.SIGKILL)
        await parent.wait()
        async with asyncio.timeout(5):
            while is_alive(child):
                await asyncio.sleep(0.02)


async def child_of(log: Path) -> int:
    """The process id that the entry `sleeps` writes into its file."""
    async with asyncio.timeout(10):
        while not (text := log.read_text()).isdigit():
            await asyncio.sleep(0.02)
    return int(text)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan waits as a zombie until init collects it.
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[-1].split()[0] != "Z"
