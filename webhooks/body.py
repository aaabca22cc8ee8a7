"""Request bodies: kept whole up to a limit; above it, their beginning and their hash."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from core.errors import Overloaded
from core.workflows.delivery_intake import KEPT_OF_OVERSIZED, DeliveryBody

if TYPE_CHECKING:
    from core.workflows.delivery_intake import Share

# A sender that stalls must not hold memory; Alertmanager itself gives up after 10 s or more.
LONGEST_S = 30.0
MOST_READ = 2**28  # bytes; who sends more than this is not heard out

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class BodySignature(Protocol):
    """A computation over a whole body, such as its signature."""

    def update(self, chunk: bytes, /) -> None: ...


class Disconnected(Exception):
    """The sender went away before its body was complete."""


async def read_body(
    receive: Receive, *, limit: int, share: Share, seals: Sequence[BodySignature] = ()
) -> DeliveryBody:
    """Read to the end, holding at most `limit` bytes and one chunk.

    Above `MOST_READ` the end is not waited for: size and hash are of what came until then.
    seals: see all that is read of the body, also what is not kept.
    Raises Disconnected, and Overloaded where the shared room for bodies is full or the sender
    stalls.
    """
    chunk, more = await _next(receive)
    share.take(len(chunk))
    for seal in seals:
        seal.update(chunk)
    if more:  # nearly all come in one piece, and need no clock
        return await _read_on(chunk, receive, limit=limit, share=share, seals=seals)
    return _body([chunk], len(chunk), hashlib.sha256(chunk), limit=limit)


async def _read_on(
    chunk: bytes, receive: Receive, *, limit: int, share: Share, seals: Sequence[BodySignature]
) -> DeliveryBody:
    digest = hashlib.sha256(chunk)
    kept, size, more = [chunk], len(chunk), True
    try:
        async with asyncio.timeout(LONGEST_S):
            while more and size <= MOST_READ:
                chunk, more = await _next(receive)
                for seal in (digest, *seals):
                    seal.update(chunk)
                if size <= limit:
                    share.take(len(chunk))
                    kept.append(chunk)
                size += len(chunk)
    except TimeoutError as error:
        message = f"a body was not complete within {LONGEST_S:.0f} s"
        raise Overloaded(message) from error
    return _body(kept, size, digest, limit=limit)


async def _next(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    return message.get("body", b""), message.get("more_body", False)


def _body(kept: list[bytes], size: int, digest: hashlib._Hash, *, limit: int) -> DeliveryBody:
    whole = b"".join(kept)
    if size > limit:
        whole = whole[: min(KEPT_OF_OVERSIZED, limit)]
    return DeliveryBody(kept=whole, size=size, sha256=digest.hexdigest())
