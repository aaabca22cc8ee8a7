"""Killed at any of its steps, an original is whole and held, or it is not there."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.errors import NotFound
from storage.files import LocalFiles
from storage.sealing.disk import LOCK
from storage.sealing.keys import Keyring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

KEYRING = Keyring(b"a secret of tests, and of nothing else")
CONTENT = b"user=dana password=hunter2\n" * 50_000
BLOB = hashlib.sha256(CONTENT).hexdigest()
STEPS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "open"}
MOST_STEPS = 60


async def pieces() -> AsyncIterator[bytes]:
    yield CONTENT


async def do(folder: Path, what: str) -> None:
    """`put`, `hold:CASE`, `release:CASE`, `sweep`, several with blanks between."""
    files = LocalFiles(folder, KEYRING)
    for step in what.split():
        verb, _, case_id = step.partition(":")
        if verb == "put":
            await files.of_tenant("default").put(pieces(), limit=10**7)
        elif verb == "sweep":
            await files.of_tenant("default").sweep(before=datetime.now(UTC) + timedelta(hours=1))
        elif verb == "hold":
            await files.of_tenant("default").hold(BLOB, case_id=case_id)
        else:
            await files.of_tenant("default").release(BLOB, case_id=case_id)


async def read(folder: Path, case_id: str) -> bytes | None:
    """None where this case does not hold it."""
    try:
        original = (
            await LocalFiles(folder, KEYRING).of_tenant("default").original(BLOB, case_id=case_id)
        )
    except NotFound:
        return None
    with original.open() as stream:
        return stream.read()


def lives(folder: Path, what: str, *, steps: int) -> bool:
    """A process of its own does it, and is killed before it changes the disk once more than that.

    False where it was killed before it had done all.
    """
    pid = os.fork()
    if pid == 0:
        try:
            sys.addaudithook(_killer(str(folder), steps))
            asyncio.run(do(folder, what))
        except BaseException as error:  # noqa: BLE001 - nothing of this process may go on
            os.write(2, repr(error).encode())
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code == 0


def _killer(folder: str, steps: int) -> Callable[[str, tuple[object, ...]], None]:
    left = iter(range(steps))

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event not in STEPS or not str(arguments[0]).startswith(folder):
            return
        if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & os.O_RDWR):
            return
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


async def deaths(
    tmp_path: Path, what: str, *, after: str = "", plain: bool = False
) -> AsyncIterator[Path]:
    """The folder after `after` and a `what` that was killed: at its first step, its second, …"""
    for steps in range(MOST_STEPS):
        folder = tmp_path / str(steps)
        folder.mkdir()
        if plain:
            path = folder / "default" / BLOB[:2] / BLOB
            path.parent.mkdir(parents=True)
            path.write_bytes(CONTENT)
        await do(folder, after)
        done = lives(folder, what, steps=steps)
        yield folder
        if done:
            assert steps > 1
            return
    message = "it never came to its end"
    raise AssertionError(message)


def is_empty(folder: Path) -> bool:
    left = [path for path in folder.rglob("*") if path.is_file() and path.name != LOCK]
    return not left


async def test_while_it_is_put(tmp_path: Path) -> None:
    async for folder in deaths(tmp_path, "put"):
        await do(folder, "put hold:case_1")
        assert await read(folder, "case_1") == CONTENT
        await do(folder, "release:case_1 sweep")
        assert is_empty(folder)


async def test_while_it_is_put_and_nobody_comes_again(tmp_path: Path) -> None:
    async for folder in deaths(tmp_path, "put"):
        await do(folder, "sweep")
        assert is_empty(folder)


async def test_while_it_is_put_again_and_another_case_holds_it(tmp_path: Path) -> None:
    what = "put hold:case_1 release:case_1"
    async for folder in deaths(tmp_path, what, after="put hold:case_0"):
        assert await read(folder, "case_0") == CONTENT
        assert await read(folder, "case_1") in (CONTENT, None)
        await do(folder, what)
        assert await read(folder, "case_0") == CONTENT
        assert await read(folder, "case_1") is None
        await do(folder, "release:case_0 sweep")
        assert is_empty(folder)


async def test_while_the_last_case_lets_go(tmp_path: Path) -> None:
    async for folder in deaths(tmp_path, "release:case_0", after="put hold:case_0"):
        assert await read(folder, "case_0") in (CONTENT, None)
        await do(folder, "put hold:case_1")  # it comes again before anyone has cleaned up
        assert await read(folder, "case_1") == CONTENT
        await do(folder, "release:case_0 release:case_1 sweep")
        assert is_empty(folder)


async def test_while_it_is_swept(tmp_path: Path) -> None:
    async for folder in deaths(tmp_path, "sweep", after="put put"):
        await do(folder, "sweep")
        assert is_empty(folder)


@pytest.mark.parametrize("cases", [["case_1"], ["case_1", "case_2"]])
async def test_while_one_of_before_is_sealed(tmp_path: Path, cases: list[str]) -> None:
    what = " ".join(f"hold:{case_id}" for case_id in cases)
    async for folder in deaths(tmp_path, what, plain=True):
        await do(folder, what)
        for case_id in cases:
            assert await read(folder, case_id) == CONTENT
        await do(folder, " ".join(f"release:{case_id}" for case_id in cases) + " sweep")
        assert is_empty(folder)
