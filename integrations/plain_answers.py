"""Answers of servers that we ask, as they are sent: never packed, of bounded size.

What is packed may be a thousand times as large once it is unpacked, before anybody reads a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

_PLAIN = frozenset({"", "identity"})


def ask_unpacked(request: httpx.Request) -> None:
    """Ask for what is not packed."""
    request.headers["Accept-Encoding"] = "identity"


def refuse_packed(answer: httpx.Response, request: httpx.Request) -> None:
    """Raises httpx.DecodingError for an answer that is packed all the same."""
    packed = answer.headers.get("Content-Encoding", "").strip().lower()
    if packed not in _PLAIN:
        message = f"the answer is packed ({packed[:20]})"
        raise httpx.DecodingError(message, request=request)


async def bounded(pieces: AsyncIterable[bytes], *, most: int) -> AsyncIterator[bytes]:
    """The pieces of a body; raises httpx.ReadError where they are more than `most` bytes."""
    taken = 0
    async for piece in pieces:
        taken += len(piece)
        if taken > most:
            message = "the answer does not end"
            raise httpx.ReadError(message)
        yield piece
