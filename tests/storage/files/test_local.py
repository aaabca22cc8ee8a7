"""Originals on a real disk: private, whole or not at all, and a full disk is said so."""

from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from core.errors import NotFound
from storage.files import LocalFiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def contents_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_originals_are_for_this_account_alone(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path / "files")
    blob, _ = await files.put("default", pieces(b"secret"), limit=9)
    path = (await files.original("default", blob, case_id="case_1")).path
    assert path == tmp_path / "files" / "default" / blob[:2] / blob
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in path.parents[:3]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_the_name_appears_with_the_last_byte(tmp_path: Path) -> None:
    files, half, rest = LocalFiles(tmp_path), asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"one"
        half.set()
        await rest.wait()
        yield b"two"

    putting = asyncio.create_task(files.put("default", slowly(), limit=9))
    await half.wait()
    (path,) = contents_of(tmp_path)
    assert path.name.startswith(".receiving-")
    rest.set()
    blob, _ = await putting
    assert not path.exists()
    assert (await files.original("default", blob, case_id="case_1")).path.read_bytes() == b"onetwo"


@pytest.mark.parametrize("tenant", ["", "..", "a/b", ".hidden", "x" * 200])
async def test_a_tenant_is_never_a_path(tmp_path: Path, tenant: str) -> None:
    with pytest.raises(NotFound):
        await LocalFiles(tmp_path).put(tenant, pieces(b"x"), limit=9)
    assert contents_of(tmp_path) == []


PROGRAM = """
import asyncio, resource, signal, sys
from pathlib import Path
from core.errors import StoreUnavailable
from storage.files import LocalFiles

async def pieces(count):
    for _ in range(count):
        yield b"x" * 1000

async def main():
    files = LocalFiles(Path(sys.argv[1]))
    try:
        await files.put("default", pieces(100), limit=10**6)
    except StoreUnavailable as error:
        print("unavailable", type(error.__cause__).__name__)
    print(*await files.put("default", pieces(2), limit=10**6))

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_500, 50_500))
asyncio.run(main())
"""


@pytest.mark.integration
def test_a_disk_that_takes_no_more_is_unavailable_and_recovers(tmp_path: Path) -> None:
    """The kernel refuses to write on, as it does on a full disk; the errno is all that differs."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    unavailable, stored = done.stdout.splitlines()
    assert unavailable == "unavailable OSError"
    assert [path.name for path in contents_of(tmp_path)] == [stored.split()[0]]
