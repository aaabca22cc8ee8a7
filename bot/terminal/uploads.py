"""Resolves paths that a person names to files, each with a name and a service."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

CHUNK_BYTES = 2**20
# Files that go together: a commit for each takes longer than reading a small one.
MOST_TOGETHER = 32
BYTES_TOGETHER = 2**20


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A local file on its way to becoming evidence; `service` is the folder it lies in, if any."""

    path: Path
    name: str
    service: str | None


def uploads(paths: Iterable[Path]) -> Iterator[Upload]:
    """Files, and the files of folders; hidden files are left out.

    Raises WrongUsage for a pipe, a socket or a device: it may never end, and is read once.
    """
    for path in paths:
        if not path.is_dir():
            must_be_file(path)
            yield Upload(path=path, name=path.name, service=None)
            continue
        for file in sorted(path.rglob("*")):
            inside = file.relative_to(path)
            if file.is_file() and not any(part.startswith(".") for part in inside.parts):
                service = inside.parts[0] if len(inside.parts) > 1 else None
                yield Upload(path=file, name=inside.as_posix(), service=service)


def in_batches(files: Iterable[Upload]) -> Iterator[list[Upload]]:
    """The files in their order: small ones together, a large one by itself."""
    batch, batch_bytes = list[Upload](), 0
    for file in files:
        size = file.path.stat().st_size
        if batch and (len(batch) == MOST_TOGETHER or batch_bytes + size > BYTES_TOGETHER):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(file)
        batch_bytes += size
    if batch:
        yield batch


def must_be_file(path: Path) -> None:
    """Raises WrongUsage where the path exists and is no file."""
    if path.exists() and not path.is_file():
        message = f"{path} is no file, but a pipe, a socket or a device"
        raise WrongUsage(message, next_step=f"Save what it gives first: cat {path} > FILE")


async def chunks(path: Path) -> AsyncIterator[bytes]:
    """The content in pieces of 1 MiB, read away from the loop."""
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield piece
