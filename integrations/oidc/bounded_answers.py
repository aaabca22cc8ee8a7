"""What a provider answers, read as far as such answers go."""

from __future__ import annotations

import json
from typing import Any

import httpx

from integrations.plain_answers import ask_unpacked, bounded, refuse_packed

MOST_BYTES = 2**20  # of one answer; keys and tokens are some kilobytes


async def ask(
    client: httpx.AsyncClient, request: httpx.Request, auth: httpx.Auth | None = None
) -> tuple[httpx.Response, Any]:
    """The answer, and the document in it.

    Raises httpx.HTTPError, also for one that is too long or packed, ValueError and RecursionError
    for one that is no JSON.
    """
    ask_unpacked(request)
    answer = await client.send(request, stream=True, auth=auth or httpx.Auth())
    try:
        refuse_packed(answer, request)
        pieces = [piece async for piece in bounded(answer.aiter_bytes(), most=MOST_BYTES)]
    finally:
        await answer.aclose()
    return answer, json.loads(b"".join(pieces))
