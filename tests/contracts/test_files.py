"""What every place for originals must do."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from core.errors import NotFound, TooLarge
from storage.files import LocalFiles
from storage.memory import MemoryFiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.ports import Files

LIMIT = 10_000


@pytest.fixture(params=["memory", "local"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return MemoryFiles(tmp_path) if request.param == "memory" else LocalFiles(tmp_path / "files")


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def contents_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def content(files: Files, tenant_id: str, blob: str) -> bytes:
    await files.hold(tenant_id, blob, case_id="case_1")
    original = await files.original(tenant_id, blob, case_id="case_1")
    with original.open() as stream:
        return stream.read()


async def test_content_is_named_by_its_hash(files: Files) -> None:
    stored = await files.put("default", pieces(b"one", b"", b"two"), limit=LIMIT)
    assert stored == (hashlib.sha256(b"onetwo").hexdigest(), 6)
    assert await content(files, "default", stored[0]) == b"onetwo"


async def test_the_same_content_is_one(files: Files) -> None:
    first = await files.put("default", pieces(b"same"), limit=LIMIT)
    again = await files.put("default", pieces(b"sa", b"me"), limit=LIMIT)
    assert first == again
    assert await content(files, "default", first[0]) == b"same"


async def test_an_empty_file_is_a_file(files: Files) -> None:
    blob, size = await files.put("default", pieces(), limit=LIMIT)
    assert size == 0
    assert await content(files, "default", blob) == b""


async def test_what_is_too_large_is_not_kept(files: Files) -> None:
    with pytest.raises(TooLarge):
        await files.put("default", pieces(b"x" * LIMIT, b"y"), limit=LIMIT)
    blob, _ = await files.put("default", pieces(b"x" * LIMIT), limit=LIMIT)
    assert await content(files, "default", blob)


async def test_tenants_do_not_share(files: Files) -> None:
    blob, _ = await files.put("one", pieces(b"secret"), limit=LIMIT)
    with pytest.raises(NotFound):
        await content(files, "two", blob)


@pytest.mark.parametrize("blob", ["0" * 64, "", "../one", "x" * 64])
async def test_what_is_not_there_is_not_found(files: Files, blob: str) -> None:
    with pytest.raises(NotFound):
        await content(files, "one", blob)


async def test_a_sender_that_breaks_off_leaves_nothing(files: Files, tmp_path: Path) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await files.put("default", breaking(), limit=LIMIT)
    assert contents_of(tmp_path) == []
