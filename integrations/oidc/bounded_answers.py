"""What a provider answers, read as far as such answers go, and never unpacked."""

from __future__ import annotations

import json
from typing import Any

import httpx

MOST_BYTES = 2**20  # of one answer; keys and tokens are some kilobytes
_PLAIN = frozenset({"", "identity"})


async def ask(
    client: httpx.AsyncClient, request: httpx.Request, auth: httpx.Auth | None = None
) -> tuple[httpx.Response, Any]:
    """The answer, and the document in it.

    Raises httpx.HTTPError, also for one that is too long or packed, ValueError and RecursionError
    for one that is no JSON.
    """
    request.headers["Accept-Encoding"] = "identity"
    answer = await client.send(request, stream=True, auth=auth or httpx.Auth())
    try:
        if answer.headers.get("Content-Encoding", "").strip().lower() not in _PLAIN:
            message = "the answer is packed"
            raise httpx.DecodingError(message, request=request)
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > MOST_BYTES:
                message = "the answer does not end"
                raise httpx.ReadError(message, request=request)
    finally:
        await answer.aclose()
    return answer, json.loads(body)
