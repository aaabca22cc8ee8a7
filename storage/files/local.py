"""Originals in a folder: `tenant/ab/abcdef…`, named by what is in them.

A file appears under its name only when all of it is on the disk, so a crash leaves a stray
temporary file at worst, never half an original.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import NotFound, StoreUnavailable, TooLarge
from core.evidence.original import PlainFile, PlainShelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime

    TemporaryFile = tempfile._TemporaryFileWrapper[bytes]

PRIVATE_FOLDER = 0o700
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
BLOB_NAME = re.compile(r"[0-9a-f]{64}")


class LocalFiles:
    """Originals below `folder`, readable by this account alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(
        self, tenant_id: str, chunks: AsyncIterator[bytes], *, limit: int
    ) -> tuple[str, int]:
        home = self._of_tenant(tenant_id)
        await asyncio.to_thread(_make_folder, home)
        with _temporary(home) as file:
            blob, size = await _receive(chunks, file, limit=limit)
            await asyncio.to_thread(_keep, file, home / blob[:2] / blob)
        return blob, size

    async def hold(self, tenant_id: str, blob: str, *, case_id: str) -> None:
        await self._path(tenant_id, blob)

    async def release(self, tenant_id: str, blob: str, *, case_id: str) -> None:
        """Not yet: nothing is deleted before retention."""

    async def original(self, tenant_id: str, blob: str, *, case_id: str) -> PlainFile:
        return PlainFile(await self._path(tenant_id, blob))

    async def shelf(self, tenant_id: str, blob: str, *, case_id: str, file_id: str) -> PlainShelf:
        return PlainShelf()

    async def clear(self, tenant_id: str, *, file_id: str) -> None:
        """There is nothing on a shelf."""

    async def sweep(self, *, before: datetime) -> int:
        return 0

    async def _path(self, tenant_id: str, blob: str) -> Path:
        path = self._of_tenant(tenant_id) / blob[:2] / blob
        # A blob's name comes from a table, but nothing is read that is not named like one.
        if not BLOB_NAME.fullmatch(blob) or not await asyncio.to_thread(path.is_file):
            message = f"no content {blob}"
            raise NotFound(message, next_step="Send the file again, or restore a backup.")
        return path

    def _of_tenant(self, tenant_id: str) -> Path:
        if not SAFE_NAME.fullmatch(tenant_id):
            message = "no tenant has this name"
            raise NotFound(message)
        return self._folder / tenant_id


@contextmanager
def _errors_of_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"the file could not be stored: {error.strerror or type(error).__name__}"
        raise StoreUnavailable(message) from error


async def _receive(
    chunks: AsyncIterator[bytes], file: TemporaryFile, *, limit: int
) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            message = f"more than {limit:,} bytes"
            raise TooLarge(message)
        digest.update(chunk)
        await asyncio.to_thread(_append, file, chunk)
    return digest.hexdigest(), size


@contextmanager
def _temporary(home: Path) -> Iterator[TemporaryFile]:
    """A file that only this account reads, and that is gone at the end unless it was renamed."""
    with _errors_of_disk():
        file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed just below
            dir=home, prefix=".receiving-", delete=False, buffering=0
        )
    try:
        yield file
    finally:
        file.close()
        Path(file.name).unlink(missing_ok=True)


@_errors_of_disk()
def _append(file: TemporaryFile, chunk: bytes) -> None:
    """Unbuffered, so that a full disk is seen here and not when the file is closed."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


@_errors_of_disk()
def _keep(file: TemporaryFile, path: Path) -> None:
    """All of it to the disk first, then the name, then the folder that holds the name."""
    os.fsync(file.fileno())
    _make_folder(path.parent)
    Path(file.name).replace(path)
    _sync_folder(path.parent)


@_errors_of_disk()
def _make_folder(folder: Path) -> None:
    """The folder and those above it, each on the disk before anything is put into it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
