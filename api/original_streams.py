"""Originals in pieces, never whole in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import IO

from core.evidence.model import Original

PIECE = 2**20  # bytes


async def stream_of(original: Original, start: int, end: int) -> AsyncIterator[bytes]:
    """Its bytes from `start` up to `end`. Raises StoreUnavailable for damage in the first piece.

    Damage further on breaks the answer off, which has begun by then.
    """
    stream, first = await asyncio.to_thread(_opened, original, start, min(PIECE, end - start))
    return _pieces(stream, first, end - start - len(first))


def _opened(original: Original, start: int, size: int) -> tuple[IO[bytes], bytes]:
    stream = original.open()
    try:
        stream.seek(start)
        return stream, stream.read(size)
    except BaseException:
        stream.close()
        raise


async def _pieces(stream: IO[bytes], first: bytes, left: int) -> AsyncIterator[bytes]:
    with stream:
        yield first
        while left and (piece := await asyncio.to_thread(stream.read, min(PIECE, left))):
            left -= len(piece)
            yield piece
