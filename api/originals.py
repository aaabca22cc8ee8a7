"""Originals as they came, behind the operator's token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import IO

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from api.guard import Operator
from core.evidence.model import Original
from core.workflows.operations import hand_out
from core.workflows.services import Services

PIECE = 2**20


def add_originals(router: APIRouter, services: Services) -> None:
    """`GET /cases/{number}/files/{file}`, where `file` is the 3 of `e3`."""

    @router.get("/cases/{number}/files/{file}")
    async def download(number: int, file: int, call: Operator) -> StreamingResponse:
        evidence, original = await hand_out(number, file, by=call.by, services=services)
        stream, first = await asyncio.to_thread(_opened, original)
        return StreamingResponse(
            _pieces(stream, first),
            media_type="application/octet-stream",
            headers={"Content-Length": str(evidence.size), "X-Content-SHA256": evidence.blob},
        )


def _opened(original: Original) -> tuple[IO[bytes], bytes]:
    """Open the stream and read its first piece, so that damage there is refused, not broken off."""
    stream = original.open()
    try:
        return stream, stream.read(PIECE)
    except BaseException:
        stream.close()
        raise


async def _pieces(stream: IO[bytes], first: bytes) -> AsyncIterator[bytes]:
    """Yield the pieces; damage after the first breaks the answer off."""
    with stream:
        piece = first
        while piece:
            yield piece
            piece = await asyncio.to_thread(stream.read, PIECE)
