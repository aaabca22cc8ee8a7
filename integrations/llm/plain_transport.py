"""Answers of models as they are sent, by whom they were asked for: never packed, of bounded size.

What is packed may be a thousand times as large once it is unpacked, before anybody reads a word.
The library makes all of its clients with one function, which is replaced here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

MOST_BYTES = 16 * 2**20  # of one answer; the longest that we ask for are some kilobytes
_PLAIN = frozenset({"", "identity"})


class PlainTransport(httpx.AsyncHTTPTransport):
    """Asks for what is not packed, and takes nothing else."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.DecodingError for a packed answer, httpx.ReadError for one too long.

        And httpx.TooManyRedirects for any: a prompt goes to the server that was named alone.
        """
        request.headers["Accept-Encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.has_redirect_location:
            await response.aclose()
            message = "the model's server sends us to another address"
            raise httpx.TooManyRedirects(message, request=request)
        packed = response.headers.get("Content-Encoding", "").strip().lower()
        if packed not in _PLAIN:
            await response.aclose()
            message = f"the model's server packed its answer ({packed[:20]})"
            raise httpx.DecodingError(message, request=request)
        return httpx.Response(
            status_code=response.status_code,
            headers=response.headers,
            stream=_Bounded(response),
            extensions=response.extensions,
        )


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for piece in self._response.stream:  # type: ignore[union-attr] # an async transport's
            taken += len(piece)
            if taken > MOST_BYTES:
                message = "the model's server does not end its answer"
                raise httpx.ReadError(message)
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


def transport_of(library: Any) -> Any:
    """What makes the transports of the library's clients, in the shape that the library calls it.

    library: litellm.
    """

    def create(
        ssl_context: ssl.SSLContext | None = None,
        ssl_verify: bool | None = None,  # noqa: FBT001 - as the library calls it
        shared_session: object = None,  # noqa: ARG001 - of a client that we do not use
    ) -> PlainTransport:
        verify = ssl_context or (True if ssl_verify is None else ssl_verify)
        certificate = os.getenv("SSL_CERTIFICATE", library.ssl_certificate)
        return PlainTransport(verify=verify, cert=certificate)

    return staticmethod(create)
