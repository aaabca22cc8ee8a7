"""Originals on a real disk: private, sealed, whole or not at all, and a full disk is said so."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.errors import NotFound, StoreUnavailable
from storage.files import LocalFiles
from storage.files.blob import SLOTS
from storage.sealing.chunks import HEADER, MAGIC
from storage.sealing.disk import LOCK
from storage.sealing.keys import Keyring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from storage.sealing.originals import SealedBlank

SECRET = b"a secret of tests, and of nothing else"
CONTENT = b"user=dana password=hunter2\n" * 50_000  # more than a chunk
BLOB = hashlib.sha256(CONTENT).hexdigest()


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def local(folder: Path, *secrets: bytes) -> LocalFiles:
    return LocalFiles(folder, Keyring(*(secrets or (SECRET,))))


def contents_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != LOCK]


async def read(files: LocalFiles, case_id: str = "case_1", blob: str = BLOB) -> bytes:
    with (await files.of_tenant("default").original(blob, case_id=case_id)).open() as stream:
        return stream.read()


async def stored(files: LocalFiles, *cases: str, content: bytes = CONTENT) -> Path:
    """Put and held by the cases; where it rests."""
    blob = (await files.of_tenant("default").put(pieces(content), limit=10**7)).blob
    for case_id in cases:
        await files.of_tenant("default").hold(blob, case_id=case_id)
    return files._folder / "default" / blob[:2] / blob


async def test_originals_are_for_this_account_alone_and_sealed(tmp_path: Path) -> None:
    path = await stored(local(tmp_path / "files"), "case_1")
    assert path.read_bytes().startswith(MAGIC)
    for content_path in contents_of(tmp_path):
        assert stat.S_IMODE(content_path.stat().st_mode) == 0o600
        assert b"hunter2" not in content_path.read_bytes()
    for folder in path.parents[:3]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_the_name_appears_with_the_last_byte(tmp_path: Path) -> None:
    files, half, rest = local(tmp_path), asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"one"
        half.set()
        await rest.wait()
        yield b"two"

    putting = asyncio.create_task(files.of_tenant("default").put(slowly(), limit=9))
    await half.wait()
    (path,) = contents_of(tmp_path)
    assert path.name.startswith(".receiving-")
    rest.set()
    blob = (await putting).blob
    assert not path.exists()
    await files.of_tenant("default").hold(blob, case_id="case_1")
    assert await read(files, blob=blob) == b"onetwo"


@pytest.mark.parametrize("tenant", ["", "..", "a/b", ".hidden", "x" * 200])
async def test_a_tenant_is_never_a_path(tmp_path: Path, tenant: str) -> None:
    with pytest.raises(NotFound):
        await local(tmp_path).of_tenant(tenant).put(pieces(b"x"), limit=9)
    assert contents_of(tmp_path) == []


@pytest.mark.parametrize("name", ["../case_1", ".put-0", ""])
async def test_neither_is_a_case_or_a_file(tmp_path: Path, name: str) -> None:
    files = local(tmp_path)
    await stored(files, "case_1")
    for asked in (
        files.of_tenant("default").hold(BLOB, case_id=name),
        files.of_tenant("default").original(BLOB, case_id=name),
        files.of_tenant("default").shelf(BLOB, case_id="case_1", file_id=name),
        files.of_tenant("default").clear(file_id=name),
    ):
        with pytest.raises(NotFound):
            await asked


async def test_the_same_content_rests_once(tmp_path: Path) -> None:
    files = local(tmp_path)
    for case_id in ("case_1", "case_2"):
        await stored(files, case_id)
    large = [path for path in contents_of(tmp_path) if path.stat().st_size > 10_000]
    assert len(large) == 1
    assert await read(files, "case_1") == await read(files, "case_2") == CONTENT


async def test_the_slots_are_overwritten_when_they_go(tmp_path: Path) -> None:
    files = local(tmp_path)
    path = await stored(files, "case_1")
    slot = path.with_name(path.name + SLOTS) / "case_1"
    with slot.open("rb") as kept:
        assert any(kept.read())
        await files.of_tenant("default").release(BLOB, case_id="case_1")
        kept.seek(0)
        assert not any(kept.read())
    assert contents_of(tmp_path) == []


async def test_a_slot_is_for_one_case_and_one_content(tmp_path: Path) -> None:
    """Copying what lies beside an original gives nobody access."""
    files = local(tmp_path)
    path = await stored(files, "case_1")
    slots = path.with_name(path.name + SLOTS)
    (slots / "case_2").write_bytes((slots / "case_1").read_bytes())
    with pytest.raises(StoreUnavailable):
        await files.of_tenant("default").original(BLOB, case_id="case_2")


async def test_with_a_new_secret_the_old_one_is_still_needed_until_all_are_held_again(
    tmp_path: Path,
) -> None:
    await stored(local(tmp_path, b"the old secret"), "case_1")
    with pytest.raises(StoreUnavailable, match="does not have") as caught:
        await read(local(tmp_path, b"the new secret"))
    assert "FAULTMAVEN_SECRET_KEY" in caught.value.next_step
    both = local(tmp_path, b"the new secret", b"the old secret")
    assert await read(both) == CONTENT
    await both.of_tenant("default").hold(BLOB, case_id="case_1")
    assert await read(local(tmp_path, b"the new secret")) == CONTENT
    with pytest.raises(StoreUnavailable):
        await read(local(tmp_path, b"the old secret"))


async def test_what_comes_again_when_its_secret_is_lost_is_readable_again(tmp_path: Path) -> None:
    await stored(local(tmp_path, b"a secret that is lost"), "case_1", "case_2")
    files = local(tmp_path)
    await stored(files, "case_3")
    for case_id in ("case_1", "case_2", "case_3"):
        assert await read(files, case_id) == CONTENT


async def test_an_original_that_was_changed_is_said_so(tmp_path: Path) -> None:
    files = local(tmp_path)
    path = await stored(files, "case_1")
    body = bytearray(path.read_bytes())
    for place in (0, HEADER - 1, HEADER + 5, len(body) - 1):
        path.write_bytes(body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])
        with pytest.raises((StoreUnavailable, NotFound)) as caught:
            await read(files)
        assert "Send the file again" in caught.value.next_step or "backup" in caught.value.next_step
    path.unlink()
    with pytest.raises(NotFound):
        await read(files)


def is_sealed(path: Path) -> bool:
    return path.read_bytes().startswith(MAGIC)


class TestOriginalsOfBeforeTheyWereSealed:
    """An earlier version left them plain, under the same names, without slots."""

    @pytest.fixture
    def plain(self, tmp_path: Path) -> Path:
        path = tmp_path / "default" / BLOB[:2] / BLOB
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENT)
        os.utime(path, (1_700_000_000, 1_700_000_000))
        return path

    async def test_holding_one_seals_it(self, plain: Path, tmp_path: Path) -> None:
        files = local(tmp_path)
        for case_id in ("case_1", "case_2"):
            await files.of_tenant("default").hold(BLOB, case_id=case_id)
            assert is_sealed(plain)
            assert await read(files, case_id) == CONTENT
        original = await files.of_tenant("default").original(BLOB, case_id="case_1")
        assert original.written == datetime.fromtimestamp(1_700_000_000, tz=UTC)
        assert len(contents_of(tmp_path)) == 3

    async def test_so_does_reading_one(self, plain: Path, tmp_path: Path) -> None:
        assert await read(local(tmp_path)) == CONTENT
        assert is_sealed(plain)

    async def test_so_does_putting_it_again(self, plain: Path, tmp_path: Path) -> None:
        files = local(tmp_path)
        await stored(files, "case_1")
        assert is_sealed(plain)
        assert await read(files) == CONTENT

    async def test_nobody_forgets_one_meanwhile(self, plain: Path, tmp_path: Path) -> None:
        files = local(tmp_path)
        assert (
            await files.of_tenant("default").sweep(before=datetime.now(UTC) + timedelta(hours=1))
            == 0
        )
        with pytest.raises(StoreUnavailable, match="not sealed yet"):
            await files.of_tenant("default").release(BLOB, case_id="case_1")
        assert not is_sealed(plain)


async def test_what_a_killed_process_left_half_written_goes_after_a_while(tmp_path: Path) -> None:
    files = local(tmp_path)
    await stored(files, "case_1")
    shelf = await files.of_tenant("default").shelf(BLOB, case_id="case_1", file_id="file_1")
    shelf.rendition.create().close()
    whole = contents_of(tmp_path)
    for folder in (tmp_path / "default", shelf.table.parent):
        (folder / ".receiving-killed").write_bytes(b"half of it")
    assert (
        await files.of_tenant("default").sweep(before=datetime.now(UTC) - timedelta(hours=1)) == 0
    )
    assert len(contents_of(tmp_path)) == len(whole) + 2
    await files.of_tenant("default").sweep(before=datetime.now(UTC) + timedelta(hours=1))
    assert contents_of(tmp_path) == whole
    assert await read(files) == CONTENT


PROGRAM = """
import asyncio, resource, sys
from pathlib import Path
from core.errors import StoreUnavailable
from storage.files import LocalFiles
from storage.sealing.keys import Keyring

async def pieces(count):
    for _ in range(count):
        yield b"x" * 1000

async def main():
    files = LocalFiles(Path(sys.argv[1]), Keyring(b"a secret of tests"))
    try:
        await files.of_tenant("default").put(pieces(100), limit=10**6)
    except StoreUnavailable as error:
        print("unavailable", type(error.__cause__).__name__, error.next_step)
    stored = await files.of_tenant("default").put(pieces(2), limit=10**6)
    print(stored.blob, stored.size)

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
    unavailable, kept = done.stdout.splitlines()
    assert unavailable.startswith("unavailable OSError Free some disk space")
    blob = kept.split()[0]
    assert {path.parent.name for path in contents_of(tmp_path)} == {blob[:2], blob + SLOTS}


@contextmanager
def a_disk_of_one_megabyte(folder: Path) -> Iterator[None]:
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this account may not mount a disk")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def write(blank: SealedBlank, content: bytes) -> None:
    with blank.create() as stream:
        stream.write(content)


@pytest.mark.integration
async def test_on_a_full_disk_nothing_is_half_stored(tmp_path: Path) -> None:
    """A real one, of one megabyte."""
    with a_disk_of_one_megabyte(tmp_path):
        files = local(tmp_path)
        small = b"x" * 300_000
        await stored(files, "case_1", content=small)
        before = contents_of(tmp_path)
        with pytest.raises(StoreUnavailable, match="No space left on device") as caught:
            await stored(files, "case_1")
        assert "Free some disk space" in caught.value.next_step
        assert contents_of(tmp_path) == before
        blob = hashlib.sha256(small).hexdigest()
        shelf = await files.of_tenant("default").shelf(blob, case_id="case_1", file_id="file_1")
        with pytest.raises(StoreUnavailable, match="No space left on device"):
            write(shelf.rendition, os.urandom(2_000_000))
        assert contents_of(tmp_path) == before
        assert await read(files, blob=blob) == small
