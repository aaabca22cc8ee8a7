"""Originals in memory, written to a folder only when somebody wants a path."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from core.errors import NotFound, TooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class MemoryFiles:
    """Content by tenant and hash. folder: where `path` puts what is asked for."""

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

    async def path(self, tenant_id: str, blob: str) -> Path:
        content = self._contents.get((tenant_id, blob))
        if content is None:
            message = f"no content {blob}"
            raise NotFound(message)
        folder = self._folder / tenant_id
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / blob
        path.write_bytes(content)
        return path
