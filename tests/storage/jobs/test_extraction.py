# ruff: noqa: ASYNC110, ASYNC240 - a test may poll, and small files do not block
from __future__ import annotations

import asyncio
import gzip
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import OutOfLimits, UnreadableEvidence
from core.evidence.model import DataType, PlainArtifactStore, PlainFile
from core.jobs.kinds import SMALL
from core.redaction.engine import Redactor
from storage.files import LocalFiles
from storage.jobs import child
from storage.jobs.child import PIPELINE
from storage.jobs.extraction import SpawnedRunner
from storage.jobs.reader import ReaderLimits
from storage.sealing.keys import Keyring
from tests.storage.files.test_local import a_disk_of_one_megabyte
from tests.storage.jobs.in_process import InProcessRunner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from core.evidence.model import Extraction
    from core.evidence.ports import Runner

    Opened = Callable[[str], AbstractAsyncContextManager[Runner]]

ENTRIES = "tests.storage.jobs.entries"
KEY = bytes(range(200, 232))
OTHER_KEY = bytes(range(100, 132))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "db.log"
    path.write_text("password=hunter2\nsecond\n")
    return path


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    yield
    assert readers() == set()


async def read(runner: Runner, path: Path, *, case_key: bytes = KEY) -> Extraction:
    return await runner.extract(
        PlainFile(path),
        name="db.log",
        service="orders",
        case_key=case_key,
        shelf=PlainArtifactStore(),
    )


async def put(files: LocalFiles, content: bytes) -> str:
    """Of the case that the tests are about."""

    async def once() -> AsyncIterator[bytes]:
        yield content

    blob = (await files.of_tenant("default").put(once(), limit=10**7)).blob
    await files.of_tenant("default").hold(blob, case_id="case_1")
    return blob


@asynccontextmanager
async def spawned(entry: str) -> AsyncIterator[Runner]:
    async with SpawnedRunner(entry=entry) as runner:
        yield runner


@asynccontextmanager
async def in_process(entry: str) -> AsyncIterator[Runner]:
    yield InProcessRunner(entry=entry)


@pytest.mark.integration
@pytest.mark.parametrize("opened", [spawned, in_process])
class TestRunnerContract:
    async def test_it_answers_with_all_that_was_found(self, opened: Opened, log: Path) -> None:
        async with opened(f"{ENTRIES}:reads") as runner:
            extraction = await read(runner, log)
        expected = await read(InProcessRunner(entry=f"{ENTRIES}:reads"), log)
        assert extraction == expected
        assert extraction.findings[0].text.text == "2 lines, „größer“"
        assert extraction.findings[0].data["key"] == Redactor(KEY).derive("test").hex()
        kinds = [type(value) for value in extraction.findings[0].data.values()]
        assert kinds == [float, int, bool, type(None), str]

    async def test_it_is_the_products_own_pipeline_that_reads(
        self, opened: Opened, log: Path
    ) -> None:
        lines = [f"2026-11-20T12:00:{n:02}Z ERROR pool is empty, waited {n} ms" for n in range(60)]
        log.write_text("\n".join([*lines, "2026-11-20T12:01:00Z ERROR password=hunter2", ""]))
        async with opened(PIPELINE) as runner:
            extraction = await read(runner, log)
        assert extraction == await read(InProcessRunner(), log)
        assert (extraction.data_type, extraction.events, extraction.lines) == (DataType.LOG, 61, 61)
        assert "hunter2" not in repr(extraction)

    async def test_a_sealed_original_is_read_as_a_plain_one(
        self, opened: Opened, tmp_path: Path
    ) -> None:
        lines = [f"2026-11-20T12:00:{n:02}Z ERROR pool is empty, waited {n} ms" for n in range(60)]
        content = gzip.compress("\n".join(lines).encode())
        (tmp_path / "db.log").write_bytes(content)
        files = LocalFiles(tmp_path / "files", Keyring(b"a secret of tests"))
        blob, case = await put(files, content), {"case_id": "case_1"}
        original = await files.of_tenant("default").original(blob, **case)
        shelf = await files.of_tenant("default").shelf(blob, **case, file_id="file_1")
        async with opened(PIPELINE) as runner:
            extraction = await runner.extract(
                original, name="db.log", service="orders", case_key=KEY, shelf=shelf
            )
            for pid in readers():
                for source in ("cmdline", "environ"):
                    assert original.key not in Path(f"/proc/{pid}/{source}").read_text()
        plain = await read(InProcessRunner(), tmp_path / "db.log")
        assert (extraction.findings, extraction.lines) == (plain.findings, plain.lines)
        assert extraction.decoded
        with shelf.rendition.original().open() as text:
            assert text.read().decode() == "\n".join(lines)

    async def test_a_changed_original_and_a_full_disk_fail_that_file_only(
        self, opened: Opened, tmp_path: Path
    ) -> None:
        content = gzip.compress(bytes(2_000_000) + b"\n2026-11-20T12:00:00Z ERROR it broke\n" * 99)
        with a_disk_of_one_megabyte(tmp_path):
            files = LocalFiles(tmp_path / "files", Keyring(b"a secret of tests"))
            blob, case = await put(files, content), {"case_id": "case_1"}
            original = await files.of_tenant("default").original(blob, **case)
            shelf = await files.of_tenant("default").shelf(blob, **case, file_id="file_1")
            async with opened(f"{ENTRIES}:copies") as runner:
                read_it = partial(
                    runner.extract, original, name="x", service=None, case_key=KEY, shelf=shelf
                )
                with pytest.raises(UnreadableEvidence, match="No space left on device"):
                    await read_it()
                body = original.path.read_bytes()
                original.path.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
                with pytest.raises(UnreadableEvidence, match="was changed on the disk"):
                    await read_it()
            assert list(shelf.table.parent.iterdir()) == []

    async def test_what_nobody_can_read_is_said_in_the_extractors_words(
        self, opened: Opened, log: Path
    ) -> None:
        async with opened(f"{ENTRIES}:refuses") as runner:
            with pytest.raises(UnreadableEvidence, match="nothing here is text"):
                await read(runner, log)

    async def test_an_extractor_that_breaks_says_where_but_not_what_it_read(
        self, opened: Opened, log: Path
    ) -> None:
        async with opened(f"{ENTRIES}:breaks") as runner:
            with pytest.raises(UnreadableEvidence, match=r"ValueError at entries\.py") as caught:
                await read(runner, log)
        assert "hunter2" not in str(caught.value)

    async def test_no_memory_is_a_limit(self, opened: Opened, log: Path) -> None:
        async with opened(f"{ENTRIES}:says_no_memory") as runner:
            with pytest.raises(OutOfLimits):
                await read(runner, log)


@pytest.mark.integration
class TestLimits:
    async def test_a_crash_takes_only_the_child(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:crashes") as runner:
            with pytest.raises(UnreadableEvidence, match=r"crashed \(SIGABRT\)"):
                await read(runner, log)

    async def test_a_child_that_the_system_stops_was_too_costly(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:is_stopped") as runner:
            with pytest.raises(OutOfLimits):
                await read(runner, log)

    async def test_time_is_limited(self, log: Path) -> None:
        limits = ReaderLimits(seconds=1.5)
        async with SpawnedRunner(entry=f"{ENTRIES}:sleeps", limits=limits) as runner:
            began = time.monotonic()
            with pytest.raises(OutOfLimits, match=r"longer than 1\.5 s"):
                await read(runner, log)
            assert time.monotonic() - began < 4
            assert readers() == set()

    async def test_memory_is_limited(self, log: Path) -> None:
        limits = ReaderLimits(memory=200 * 2**20)
        async with SpawnedRunner(entry=f"{ENTRIES}:grows", limits=limits) as runner:
            with pytest.raises(OutOfLimits, match="more than 200 MiB"):
                await read(runner, log)

    async def test_a_single_huge_allocation_is_limited(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:grows_at_once") as runner:
            with pytest.raises(OutOfLimits, match="memory"):
                await read(runner, log)

    async def test_the_size_of_an_answer_is_limited(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:finds_too_much") as runner:
            with pytest.raises(OutOfLimits, match="more was found than can be kept"):
                await read(runner, log)

    async def test_limits_hold_for_every_file_of_a_reader(self, log: Path) -> None:
        limits = ReaderLimits(seconds=3, memory=200 * 2**20)
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys", limits=limits) as runner:
            await ordered(runner, log, "")
            with pytest.raises(OutOfLimits, match="longer than 3 s"):
                await ordered(runner, log, "sleep")
            await ordered(runner, log, "")
            with pytest.raises(OutOfLimits, match="more than 200 MiB"):
                await ordered(runner, log, "grow")

    async def test_a_cancelled_reading_leaves_no_process(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:sleeps") as runner:
            reading = asyncio.create_task(read(runner, log))
            await child_of(log)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            assert readers() == set()

    async def test_the_loop_goes_on_while_files_are_read(self, log: Path) -> None:
        longest = 0.0
        async with SpawnedRunner(entry=f"{ENTRIES}:reads") as runner:
            reading = asyncio.gather(*(read(runner, log) for _ in range(3)))
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
        async with SpawnedRunner(entry=f"{ENTRIES}:looks_around") as runner:
            await read(runner, log)
        assert "FAULTMAVEN_SECRET_KEY" not in log.read_text().split()
        assert "POLARS_MAX_THREADS" in log.read_text().split()  # two would wait for each other


def test_what_the_pipeline_needs_is_loaded_before_the_first_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = list[str]()
    monkeypatch.setattr("core.evidence.pipeline.preload", lambda: loaded.append("it"))
    child.load_entry(PIPELINE)
    assert loaded == ["it"]


@pytest.mark.integration
class TestReaders:
    """Which process reads what, and how long it stays."""

    async def test_one_reads_all_files_of_a_case(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys") as runner:
            assert len({await ordered(runner, log, "") for _ in range(4)}) == 1

    @pytest.mark.parametrize(("small", "processes"), [(SMALL, 2), (-1, 1)])
    async def test_of_files_that_are_not_small_one_is_read_at_a_time(
        self, log: Path, monkeypatch: pytest.MonkeyPatch, small: int, processes: int
    ) -> None:
        monkeypatch.setattr("storage.jobs.extraction.SMALL", small)
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys") as runner:
            both = await asyncio.gather(*(ordered(runner, log, "") for _ in range(2)))
        assert len(set(both)) == processes

    async def test_two_cases_never_share_one(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys") as runner:
            first = await ordered(runner, log, "", case_key=KEY)
            second = await ordered(runner, log, "", case_key=OTHER_KEY)
            third = await ordered(runner, log, "", case_key=KEY)
            assert len({first, second, third}) == 3
            assert readers() == {third}

    async def test_a_reader_preloads_once_before_its_first_file(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:tells_what_is_loaded") as runner:
            await read(runner, log)
            await read(runner, log)
        assert log.read_text() == "preloaded"
        assert callable(import_module(PIPELINE.partition(":")[0]).preload)

    async def test_files_read_at_once_are_read_by_several(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys") as runner:
            log.write_text("")
            keys = [KEY, OTHER_KEY]
            extractions = await asyncio.gather(*(read(runner, log, case_key=key) for key in keys))
            assert len({extraction.lines for extraction in extractions}) == 2
            assert [extraction.findings[0].data["key"] for extraction in extractions] == [
                Redactor(key).derive("test").hex() for key in keys
            ]

    @pytest.mark.parametrize("order", ["crash", "break"])
    async def test_what_ends_badly_fails_alone(self, order: str, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys") as runner:
            first = await ordered(runner, log, "")
            with pytest.raises(UnreadableEvidence):
                await ordered(runner, log, order)
            assert await ordered(runner, log, "") != first

    async def test_what_was_read_before_is_never_to_blame(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys") as runner:
            first = await ordered(runner, log, "")
            assert await ordered(runner, log, "crash unless first") != first

    async def test_one_that_was_killed_while_it_rested_fails_no_file(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys") as runner:
            first = await ordered(runner, log, "")
            os.kill(first, signal.SIGKILL)
            assert await ordered(runner, log, "") != first

    async def test_one_that_has_grown_reads_no_more(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys") as runner:
            first = await ordered(runner, log, "grow")
            assert readers() == set()
            assert await ordered(runner, log, "") != first

    async def test_one_that_has_read_many_files_reads_no_more(self, log: Path) -> None:
        limits = ReaderLimits(files=40)
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys", limits=limits) as runner:
            who = [await ordered(runner, log, "") for _ in range(limits.files + 1)]
        assert len(set(who[:-1])) == 1
        assert who[-1] != who[0]

    async def test_one_that_is_idle_ends(self, log: Path) -> None:
        async with SpawnedRunner(entry=f"{ENTRIES}:obeys", idle_s=0.2) as runner:
            first = await ordered(runner, log, "")
            async with asyncio.timeout(60):
                while readers():
                    await asyncio.sleep(0.02)
            assert await ordered(runner, log, "") != first

    async def test_none_starts_before_the_first_file(self) -> None:
        async with SpawnedRunner():
            assert readers() == set()

    async def test_one_whose_parent_is_killed_ends(self, log: Path) -> None:
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.storage.jobs.spawned_reader", f"{ENTRIES}:sleeps", str(log)
        )
        child = await child_of(log)
        parent.send_signal(signal.SIGKILL)
        await parent.wait()
        async with asyncio.timeout(60):
            while is_alive(child):
                await asyncio.sleep(0.02)


async def ordered(runner: Runner, path: Path, order: str, *, case_key: bytes = KEY) -> int:
    """The process that read a file which says what becomes of its reader (`entries.obeys`)."""
    path.write_text(order)
    return (await read(runner, path, case_key=case_key)).lines


async def child_of(log: Path) -> int:
    """The process id that the entry `sleeps` writes into its file."""
    async with asyncio.timeout(60):
        while not (text := log.read_text()).isdigit():
            await asyncio.sleep(0.02)
    return int(text)


async def first_readers() -> set[int]:
    """The readers there are once there is one: a young process has no command line for a moment."""
    async with asyncio.timeout(60):
        while not (started := readers()):
            await asyncio.sleep(0.02)
    return started


def readers() -> set[int]:
    """Our children that read files, alive."""
    lists = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    pids = {int(pid) for pids in lists for pid in pids.split()}
    return {pid for pid in pids if is_alive(pid) and b"storage.jobs.child" in command_of(pid)}


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan waits as a zombie until init collects it.
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[-1].split()[0] != "Z"


async def test_an_expected_file_meets_a_reader_that_is_there(log: Path) -> None:
    async with SpawnedRunner() as runner:
        await runner.expect(case_key=KEY)
        await runner.expect(case_key=KEY)
        waiting = await first_readers()
        await read(runner, log)
        assert readers() == waiting
        assert len(waiting) == 1
