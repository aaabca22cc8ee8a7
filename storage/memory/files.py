"""Originals in memory, written to a folder only when somebody wants a path."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from core.errors import NotFound, TooLarge
from core.evidence.original import PlainFile, PlainShelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path


class MemoryFiles:
    """Content by tenant and hash. folder: where originals that is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._contents: dict[tuple[str, str], bytes] = {}

    async def put(
        self, tenant_id: str, chunks: AsyncIterator[bytes], *, limit: int
    ) -> tuple[str, int]:
        content = bytearray()
        async for chunk in chunks:
            content += chunk
            if len(content) > limit:
                message = f"more than {limit:,} bytes"
                raise TooLarge(message)
        blob = hashlib.sha256(content).hexdigest()
        self._contents[tenant_id, blob] = bytes(content)
        return blob, len(content)

    async def hold(self, tenant_id: str, blob: str, *, case_id: str) -> None:
        self._content(tenant_id, blob)

    async def release(self, tenant_id: str, blob: str, *, case_id: str) -> None:
        """Not yet: nothing is deleted before retention."""

    async def original(self, tenant_id: str, blob: str, *, case_id: str) -> PlainFile:
        content = self._content(tenant_id, blob)
        folder = self._folder / tenant_id
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / blob
        path.write_bytes(content)
        return PlainFile(path)

    async def shelf(self, tenant_id: str, blob: str, *, case_id: str, file_id: str) -> PlainShelf:
        return PlainShelf()

    async def clear(self, tenant_id: str, *, file_id: str) -> None:
        """There is nothing on a shelf."""

    async def sweep(self, *, before: datetime) -> int:
        return 0

    def _content(self, tenant_id: str, blob: str) -> bytes:
        content = self._contents.get((tenant_id, blob))
        if content is None:
            message = f"no content {blob}"
            raise NotFound(message)
        return content
