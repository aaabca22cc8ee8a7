"""Originals in a folder, sealed: `tenant/ab/abcdef…`, named by what is in them.

Beside each lies a folder of slots with its key, one for each case that holds it; what is derived
of a file rests in `tenant/derived/FILE`. Nothing appears under its name before all of it is on the
disk, so a crash leaves a stray temporary file at worst, never half an original.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from core.errors import NotFound, TooLarge
from core.evidence.model import StoredContent
from storage.files.blob import SLOTS, Blob
from storage.sealing.chunks import SealingWriter
from storage.sealing.disk import HALF_WRITTEN, errors_of_disk, make_folder, temporary, write_all
from storage.sealing.keys import Keyring, new_data_key
from storage.sealing.originals import CONTENT, SealedBlank, SealedFile, SealedShelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import IO

SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
BLOB_NAME = re.compile(r"[0-9a-f]{64}")
PREFIX = 2  # letters of the folder that a blob rests in
DERIVED = "derived"
TABLE = "events.parquet"
TEXT = "text.zst"
PLAIN_TEXT = "text"  # as earlier versions left it: not compressed
SMALL = 64 * 2**10  # bytes of a file that are sealed sooner than a thread is woken for them
STRAY = f"{HALF_WRITTEN}*"


class LocalFiles:
    """Originals below `folder`, readable by this account alone, and by nobody without its keys."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self._folder = folder
        self._keyring = keyring

    def of_tenant(self, tenant_id: str) -> TenantFiles:
        return TenantFiles(self._folder / _safe(tenant_id), tenant_id, self._keyring)


class TenantFiles:
    """The originals of one tenant, in a folder of theirs."""

    def __init__(self, folder: Path, tenant_id: str, keyring: Keyring) -> None:
        self._folder = folder
        self._tenant_id = tenant_id
        self._keyring = keyring

    async def put(self, chunks: AsyncIterator[bytes], *, limit: int) -> StoredContent:
        data_key = new_data_key()
        await asyncio.to_thread(make_folder, self._folder)
        with temporary(self._folder) as file:
            blob, size = await _receive(chunks, file, data_key, limit=limit)
            slot = await asyncio.to_thread(self._put, blob, file, data_key)
        return StoredContent(blob=blob, size=size, slot=slot)

    def _put(self, blob: str, file: IO[bytes], data_key: bytes) -> str:
        place = self.blob(blob)
        make_folder(place.path.parent)
        return place.put(file, data_key)

    async def hold(self, blob: str, *, case_id: str) -> None:
        await asyncio.to_thread(self._there(blob).hold, _safe(case_id))

    async def disclaim(self, stored: StoredContent) -> None:
        await asyncio.to_thread(self.blob(stored.blob).disclaim, stored.slot)

    async def release(self, blob: str, *, case_id: str) -> None:
        await asyncio.to_thread(self.blob(blob).release, _safe(case_id))

    async def original(self, blob: str, *, case_id: str) -> SealedFile:
        return await asyncio.to_thread(self._there(blob).original, _safe(case_id))

    async def is_there(self, blob: str) -> bool:
        return await asyncio.to_thread(self._is_there, blob)

    def _is_there(self, blob: str) -> bool:
        # A blob's name comes from a table, but nothing is read that is not named like one.
        return BLOB_NAME.fullmatch(blob) is not None and self.blob(blob).path.is_file()

    async def shelf(self, blob: str, *, case_id: str, file_id: str) -> SealedShelf:
        return await asyncio.to_thread(self._shelf, blob, case_id, file_id)

    def _shelf(self, blob: str, case_id: str, file_id: str) -> SealedShelf:
        original = self._there(blob).original(_safe(case_id))
        folder = self._folder / DERIVED / _safe(file_id)
        make_folder(folder)
        purpose = f"{PLAIN_TEXT}:{file_id}"
        text = SealedBlank(
            path=folder / TEXT, key=original.key, purpose=purpose, plain=folder / PLAIN_TEXT
        )
        return SealedShelf(table=folder / TABLE, rendition=text)

    async def clear(self, *, file_id: str) -> None:
        await asyncio.to_thread(_clear, self._folder / DERIVED / _safe(file_id))

    async def sweep(self, *, before: datetime) -> int:
        return await asyncio.to_thread(self._sweep, before)

    def _sweep(self, before: datetime) -> int:
        for stray in (*self._folder.glob(STRAY), *self._folder.glob(f"{DERIVED}/*/{STRAY}")):
            with suppress(FileNotFoundError):  # it was finished meanwhile
                if stray.stat().st_mtime < before.timestamp():
                    stray.unlink()
        return sum(self.blob(name).sweep(before) for name in blobs_of(self._folder))

    def _there(self, blob: str) -> Blob:
        if not self._is_there(blob):
            message = f"no content {blob}"
            raise NotFound(message, next_step="Send the file again, or restore a backup.")
        return self.blob(blob)

    def blob(self, blob: str) -> Blob:
        """The content of this name, whether or not it is there."""
        path = self._folder / blob[:PREFIX] / blob
        return Blob.at(path, tenant_id=self._tenant_id, keyring=self._keyring)


async def _receive(
    chunks: AsyncIterator[bytes], file: IO[bytes], data_key: bytes, *, limit: int
) -> tuple[str, int]:
    sealer = SealingWriter(lambda piece: write_all(file, piece), data_key, purpose=CONTENT)
    digest, size = hashlib.sha256(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            message = f"more than {limit:,} bytes"
            raise TooLarge(message)
        digest.update(chunk)
        if size <= SMALL:
            sealer.add(chunk)
        else:
            await asyncio.to_thread(sealer.add, chunk)
    if size <= SMALL:
        sealer.finish()
    else:
        await asyncio.to_thread(sealer.finish)
    return digest.hexdigest(), size


def _safe(name: str) -> str:
    if not SAFE_NAME.fullmatch(name):
        message = "no tenant, case or file has this name"
        raise NotFound(message)
    return name


def _clear(folder: Path) -> None:
    if folder.is_dir():
        with errors_of_disk():
            shutil.rmtree(folder)


def blobs_of(tenant: Path) -> Iterator[str]:
    """Of every content there is, or was: one whose slots are all that is left counts, too."""
    for folder in _listed(tenant):
        if len(folder.name) == PREFIX and folder.is_dir():
            names = {path.name.removesuffix(SLOTS) for path in folder.iterdir()}
            yield from sorted(name for name in names if BLOB_NAME.fullmatch(name))


def holds_originals(folder: Path) -> bool:
    """Whether any tenant has some; nothing is read of them."""
    return any(next(blobs_of(tenant), None) for tenant in _listed(folder) if tenant.is_dir())


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
