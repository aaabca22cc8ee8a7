"""Originals in memory, written to a folder only when somebody wants to read them."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

from core.clock import SystemClock
from core.errors import NotFound, TooLarge
from core.evidence.model import PlainArtifactStore, PlainFile, StoredContent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.clock import Clock


@dataclass
class _Blob:
    """holders: cases. unclaimed: slots of the times it was put and no case has taken, and when."""

    content: bytes
    holders: set[str] = field(default_factory=set)
    unclaimed: dict[str, datetime] = field(default_factory=dict)


class MemoryFiles:
    """The originals of all tenants. folder: where originals and tables go that are asked for."""

    def __init__(self, folder: Path, *, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        self._tenants: dict[str, MemoryTenantFiles] = {}

    def of_tenant(self, tenant_id: str) -> MemoryTenantFiles:
        if tenant_id not in self._tenants:
            files = MemoryTenantFiles(self._folder / tenant_id, clock=self._clock)
            self._tenants[tenant_id] = files
        return self._tenants[tenant_id]


class MemoryTenantFiles:
    """One tenant's content by hash."""

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._slots = count(1)
        self._blobs: dict[str, _Blob] = {}

    async def put(self, chunks: AsyncIterator[bytes], *, limit: int) -> StoredContent:
        content = bytearray()
        async for chunk in chunks:
            content += chunk
            if len(content) > limit:
                message = f"more than {limit:,} bytes"
                raise TooLarge(message)
        name = hashlib.sha256(content).hexdigest()
        blob = self._blobs.setdefault(name, _Blob(bytes(content)))
        slot = f"put-{next(self._slots)}"
        blob.unclaimed[slot] = self._clock.now()
        return StoredContent(blob=name, size=len(content), slot=slot)

    async def hold(self, blob: str, *, case_id: str) -> None:
        stored_blob = self._there(blob)
        if case_id not in stored_blob.holders:
            stored_blob.holders.add(case_id)
            for oldest in list(stored_blob.unclaimed)[:1]:
                del stored_blob.unclaimed[oldest]

    async def disclaim(self, stored: StoredContent) -> None:
        stored_blob = self._blobs.get(stored.blob)
        if stored_blob is not None and stored.slot in stored_blob.unclaimed:
            del stored_blob.unclaimed[stored.slot]
            self._forget_if_unheld(stored.blob)

    async def release(self, blob: str, *, case_id: str) -> None:
        stored_blob = self._blobs.get(blob)
        if stored_blob is not None:
            stored_blob.holders.discard(case_id)
            self._forget_if_unheld(blob)

    async def original(self, blob: str, *, case_id: str) -> PlainFile:
        stored_blob = self._there(blob)
        if case_id not in stored_blob.holders:
            message = "this case does not hold the original"
            raise NotFound(message, next_step="Send the file again.")
        path = self._folder / blob
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored_blob.content)
        return PlainFile(path)

    async def is_there(self, blob: str) -> bool:
        return blob in self._blobs

    async def shelf(self, blob: str, *, case_id: str, file_id: str) -> PlainArtifactStore:
        if case_id not in self._there(blob).holders:
            message = "this case does not hold the original"
            raise NotFound(message, next_step="Send the file again.")
        folder = self._derived(file_id)
        folder.mkdir(parents=True, exist_ok=True)
        return PlainArtifactStore(table=folder / "events.parquet")

    async def clear(self, *, file_id: str) -> None:
        shutil.rmtree(self._derived(file_id), ignore_errors=True)

    async def sweep(self, *, before: datetime) -> int:
        swept = 0
        for name, blob in list(self._blobs.items()):
            still = {slot: at for slot, at in blob.unclaimed.items() if at >= before}
            blob.unclaimed = still
            swept += self._forget_if_unheld(name)
        return swept

    def _forget_if_unheld(self, name: str) -> bool:
        blob = self._blobs[name]
        if blob.holders or blob.unclaimed:
            return False
        del self._blobs[name]
        (self._folder / name).unlink(missing_ok=True)
        return True

    def _derived(self, file_id: str) -> Path:
        return self._folder / "derived" / file_id

    def _there(self, name: str) -> _Blob:
        blob = self._blobs.get(name)
        if blob is None:
            message = f"no content {name}"
            raise NotFound(message, next_step="Send the file again, or restore a backup.")
        return blob
