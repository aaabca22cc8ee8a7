"""How much of a request body is kept? All of it up to a limit, its beginning and hash above."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from core.alerts.intake import KEPT_OF_OVERSIZED, Body

if TYPE_CHECKING:
    from core.alerts.journal import Share

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Disconnected(Exception):
    """The sender went away before its body was complete."""


async def read_body(receive: Receive, *, limit: int, share: Share) -> Body:
    """Read to the end, whatever the size, holding at most `limit` bytes and one chunk.

    Raises Disconnected, and Overloaded where the shared room for bodies is full.
    """
    digest = hashlib.sha256()
    kept: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        digest.update(chunk)
        if size <= limit:
            share.take(len(chunk))
            kept.append(chunk)
        size += len(chunk)
        if size > limit:
            kept = [b"".join(kept)[: min(KEPT_OF_OVERSIZED, limit)]]
    return Body(kept=b"".join(kept), size=size, sha256=digest.hexdigest())
