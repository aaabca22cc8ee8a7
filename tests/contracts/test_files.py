"""What every place for originals must do."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.clock import SystemClock
from core.errors import NotFound, TooLarge
from storage.files import LocalFiles
from storage.memory import MemoryFiles
from storage.sealing.keys import Keyring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.evidence.ports import FileStore

LIMIT = 10_000


@pytest.fixture(params=["memory", "local"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "memory":
        return MemoryFiles(tmp_path, clock=SystemClock())
    return LocalFiles(tmp_path / "files", Keyring(b"a secret of tests"))


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def contents_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def content(files: FileStore, tenant_id: str, blob: str) -> bytes:
    await files.of_tenant(tenant_id).hold(blob, case_id="case_1")
    return await held(files, tenant_id, blob, "case_1")


async def held(files: FileStore, tenant_id: str, blob: str, case_id: str) -> bytes:
    original = await files.of_tenant(tenant_id).original(blob, case_id=case_id)
    with original.open() as stream:
        read = stream.read()
    assert original.size == len(read)
    return read


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


async def test_content_is_named_by_its_hash(files: FileStore) -> None:
    stored = await files.of_tenant("default").put(pieces(b"one", b"", b"two"), limit=LIMIT)
    assert (stored.blob, stored.size) == (hashlib.sha256(b"onetwo").hexdigest(), 6)
    assert await content(files, "default", stored.blob) == b"onetwo"


async def test_the_same_content_is_one(files: FileStore) -> None:
    first = await files.of_tenant("default").put(pieces(b"same"), limit=LIMIT)
    again = await files.of_tenant("default").put(pieces(b"sa", b"me"), limit=LIMIT)
    assert (first.blob, first.size) == (again.blob, again.size)
    assert first.slot != again.slot
    assert await content(files, "default", first.blob) == b"same"


async def test_an_empty_file_is_a_file(files: FileStore) -> None:
    stored = await files.of_tenant("default").put(pieces(), limit=LIMIT)
    assert stored.size == 0
    assert await content(files, "default", stored.blob) == b""


async def test_what_is_too_large_is_not_kept(files: FileStore) -> None:
    with pytest.raises(TooLarge):
        await files.of_tenant("default").put(pieces(b"x" * LIMIT, b"y"), limit=LIMIT)
    blob = (await files.of_tenant("default").put(pieces(b"x" * LIMIT), limit=LIMIT)).blob
    assert await content(files, "default", blob)


async def test_tenants_do_not_share(files: FileStore) -> None:
    blob = (await files.of_tenant("one").put(pieces(b"secret"), limit=LIMIT)).blob
    with pytest.raises(NotFound):
        await content(files, "two", blob)


async def test_a_tenant_takes_nothing_from_another_with_the_same_content(files: FileStore) -> None:
    ours, theirs = files.of_tenant("ours"), files.of_tenant("theirs")
    mine = await ours.put(pieces(b"same"), limit=LIMIT)
    same = await theirs.put(pieces(b"same"), limit=LIMIT)
    await ours.hold(mine.blob, case_id="case_1")
    again = await ours.put(pieces(b"same"), limit=LIMIT)
    shelf = await ours.shelf(mine.blob, case_id="case_1", file_id="file_1")
    assert shelf.table is not None
    shelf.table.write_bytes(b"rows")
    for stored in (mine, again, same):
        await theirs.disclaim(stored)
    await theirs.release(mine.blob, case_id="case_1")
    await theirs.clear(file_id="file_1")
    assert shelf.table.read_bytes() == b"rows"
    assert await held(files, "ours", mine.blob, "case_1") == b"same"
    await ours.release(mine.blob, case_id="case_1")
    await ours.hold(again.blob, case_id="case_2")
    with pytest.raises(NotFound):
        await theirs.hold(same.blob, case_id="case_1")


async def test_a_tenant_sweeps_nothing_of_another(files: FileStore) -> None:
    ours, theirs = files.of_tenant("ours"), files.of_tenant("theirs")
    stored = await ours.put(pieces(b"waits"), limit=LIMIT)
    assert await theirs.sweep(before=soon()) == 0
    await ours.hold(stored.blob, case_id="case_1")


@pytest.mark.parametrize("blob", ["0" * 64, "", "../one", "x" * 64])
async def test_what_is_not_there_is_not_found(files: FileStore, blob: str) -> None:
    with pytest.raises(NotFound):
        await content(files, "one", blob)


async def test_a_sender_that_breaks_off_leaves_nothing(files: FileStore, tmp_path: Path) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await files.of_tenant("default").put(breaking(), limit=LIMIT)
    assert contents_of(tmp_path) == []


async def test_only_who_holds_it_can_read_it(files: FileStore) -> None:
    blob = (await files.of_tenant("default").put(pieces(b"mine"), limit=LIMIT)).blob
    await files.of_tenant("default").hold(blob, case_id="case_1")
    with pytest.raises(NotFound):
        await files.of_tenant("default").original(blob, case_id="case_2")
    with pytest.raises(NotFound):
        await files.of_tenant("default").shelf(blob, case_id="case_2", file_id="file_1")
    await files.of_tenant("default").hold(blob, case_id="case_2")
    assert await held(files, "default", blob, "case_2") == b"mine"


async def test_what_no_case_took_yet_is_there(files: FileStore) -> None:
    blob = (await files.of_tenant("default").put(pieces(b"new"), limit=LIMIT)).blob
    assert await files.of_tenant("default").is_there(blob)
    assert not await files.of_tenant("another").is_there(blob)
    for name in ("0" * 64, "", "../one"):
        assert not await files.of_tenant("default").is_there(name)
    await files.of_tenant("default").hold(blob, case_id="case_1")
    await files.of_tenant("default").release(blob, case_id="case_1")
    assert not await files.of_tenant("default").is_there(blob)


async def test_it_is_gone_when_the_last_case_lets_go(files: FileStore) -> None:
    blob = (await files.of_tenant("default").put(pieces(b"both"), limit=LIMIT)).blob
    for case_id in ("case_1", "case_2", "case_2"):
        await files.of_tenant("default").hold(blob, case_id=case_id)
    await files.of_tenant("default").release(blob, case_id="case_1")
    await files.of_tenant("default").release(blob, case_id="case_3")
    with pytest.raises(NotFound):
        await files.of_tenant("default").original(blob, case_id="case_1")
    assert await held(files, "default", blob, "case_2") == b"both"
    await files.of_tenant("default").release(blob, case_id="case_2")
    await files.of_tenant("default").release(blob, case_id="case_2")
    with pytest.raises(NotFound):
        await files.of_tenant("default").hold(blob, case_id="case_2")


async def test_what_comes_again_after_that_is_there_again(files: FileStore) -> None:
    for _ in range(2):
        blob = (await files.of_tenant("default").put(pieces(b"again"), limit=LIMIT)).blob
        assert await content(files, "default", blob) == b"again"
        await files.of_tenant("default").release(blob, case_id="case_1")


async def test_what_was_put_once_more_outlives_who_lets_go(files: FileStore) -> None:
    """It came for another case too, which has not taken it yet."""
    blob = (await files.of_tenant("default").put(pieces(b"twice"), limit=LIMIT)).blob
    await files.of_tenant("default").hold(blob, case_id="case_1")
    await files.of_tenant("default").put(pieces(b"twice"), limit=LIMIT)
    await files.of_tenant("default").release(blob, case_id="case_1")
    await files.of_tenant("default").hold(blob, case_id="case_2")
    assert await held(files, "default", blob, "case_2") == b"twice"
    await files.of_tenant("default").release(blob, case_id="case_2")
    with pytest.raises(NotFound):
        await files.of_tenant("default").hold(blob, case_id="case_2")


async def test_what_no_case_took_is_forgotten_after_its_time(files: FileStore) -> None:
    taken = (await files.of_tenant("default").put(pieces(b"taken"), limit=LIMIT)).blob
    await files.of_tenant("default").hold(taken, case_id="case_1")
    left = (await files.of_tenant("default").put(pieces(b"left"), limit=LIMIT)).blob
    both = (await files.of_tenant("default").put(pieces(b"both"), limit=LIMIT)).blob
    await files.of_tenant("default").put(pieces(b"both"), limit=LIMIT)
    await files.of_tenant("default").hold(both, case_id="case_1")
    assert await files.of_tenant("default").sweep(before=long_ago()) == 0
    assert await files.of_tenant("default").sweep(before=soon()) == 1
    assert await files.of_tenant("default").sweep(before=soon()) == 0
    with pytest.raises(NotFound):
        await files.of_tenant("default").hold(left, case_id="case_1")
    for blob in (taken, both):
        assert await held(files, "default", blob, "case_1")


async def test_many_at_once_leave_it_whole(files: FileStore) -> None:
    """Each case puts it, takes it and lets go, all at the same time; one holds on."""
    body = b"the very same " * 700

    async def live(case_id: str) -> None:
        blob = (await files.of_tenant("default").put(pieces(body), limit=LIMIT)).blob
        await files.of_tenant("default").hold(blob, case_id=case_id)
        assert await held(files, "default", blob, case_id) == body
        await files.of_tenant("default").release(blob, case_id=case_id)

    blob = (await files.of_tenant("default").put(pieces(body), limit=LIMIT)).blob
    await files.of_tenant("default").hold(blob, case_id="case_0")
    await asyncio.gather(*(live(f"case_{n}") for n in range(1, 9)))
    assert await held(files, "default", blob, "case_0") == body
    await files.of_tenant("default").release(blob, case_id="case_0")
    with pytest.raises(NotFound):
        await files.of_tenant("default").hold(blob, case_id="case_0")


async def test_what_is_derived_is_there_until_it_is_cleared(files: FileStore) -> None:
    blob = (await files.of_tenant("default").put(pieces(b"text"), limit=LIMIT)).blob
    await files.of_tenant("default").hold(blob, case_id="case_1")
    where = {"case_id": "case_1", "file_id": "file_1"}
    shelf = await files.of_tenant("default").shelf(blob, **where)
    assert shelf.table is not None
    shelf.table.write_bytes(b"rows")
    if shelf.rendition is not None:
        with shelf.rendition.create() as stream:
            stream.write(b"text, decoded")
    again = await files.of_tenant("default").shelf(blob, **where)
    assert again.table is not None
    assert again.table.read_bytes() == b"rows"
    if again.rendition is not None:
        with again.rendition.original().open() as stream:
            assert stream.read() == b"text, decoded"
    for _ in range(2):
        await files.of_tenant("default").clear(file_id="file_1")
    assert not shelf.table.exists()
    if shelf.rendition is not None:
        with pytest.raises(NotFound):
            shelf.rendition.original().open()


async def test_what_came_once_more_for_nothing_does_not_outlive_its_case(files: FileStore) -> None:
    taken, *again = [
        await files.of_tenant("default").put(pieces(b"known"), limit=LIMIT) for _ in range(3)
    ]
    await files.of_tenant("default").hold(taken.blob, case_id="case_1")
    for stored in (*again, *again):  # once more gives nothing back
        await files.of_tenant("default").disclaim(stored)
    assert await held(files, "default", taken.blob, "case_1") == b"known"
    await files.of_tenant("default").release(taken.blob, case_id="case_1")
    with pytest.raises(NotFound):
        await files.of_tenant("default").hold(taken.blob, case_id="case_1")


async def test_who_gives_back_twice_takes_nothing_from_others(files: FileStore) -> None:
    """A job that gives content back may run again, while the same content waits for a case."""
    first = await files.of_tenant("default").put(pieces(b"both"), limit=LIMIT)
    second = await files.of_tenant("default").put(pieces(b"both"), limit=LIMIT)
    for _ in range(2):
        await files.of_tenant("default").disclaim(first)
    await files.of_tenant("default").hold(second.blob, case_id="case_1")
    assert await held(files, "default", second.blob, "case_1") == b"both"


async def test_only_what_no_case_has_taken_is_given_back(files: FileStore) -> None:
    stored = await files.of_tenant("default").put(pieces(b"mine"), limit=LIMIT)
    await files.of_tenant("default").hold(stored.blob, case_id="case_1")
    for slot in (stored.slot, "case_1", "../case_1", ""):
        await files.of_tenant("default").disclaim(replace(stored, slot=slot))
    assert await held(files, "default", stored.blob, "case_1") == b"mine"


async def test_what_nobody_wanted_is_gone_at_once(files: FileStore, tmp_path: Path) -> None:
    stored = await files.of_tenant("default").put(pieces(b"unwanted"), limit=LIMIT)
    for _ in range(2):
        await files.of_tenant("default").disclaim(stored)
    with pytest.raises(NotFound):
        await files.of_tenant("default").hold(stored.blob, case_id="case_1")
    assert not [path for path in contents_of(tmp_path) if stored.blob in str(path)]
