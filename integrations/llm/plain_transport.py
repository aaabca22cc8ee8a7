"""Answers of models, by whom they were asked for: never packed, of bounded size.

The library makes all of its clients with one function, which is replaced here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import httpx

from integrations.plain_answers import ask_unpacked, bounded, refuse_packed

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

MOST_BYTES = 16 * 2**20  # of one answer; the longest that we ask for are some kilobytes


class PlainTransport(httpx.AsyncHTTPTransport):
    """Asks for what is not packed, and takes nothing else."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.DecodingError for a packed answer, httpx.ReadError for one too long.

        And httpx.TooManyRedirects for any: a prompt goes to the server that was named alone.
        """
        ask_unpacked(request)
        response = await super().handle_async_request(request)
        if response.has_redirect_location:
            await response.aclose()
            message = "the model's server sends us to another address"
            raise httpx.TooManyRedirects(message, request=request)
        try:
            refuse_packed(response, request)
        except httpx.DecodingError:
            await response.aclose()
            raise
        return httpx.Response(
            status_code=response.status_code,
            headers=response.headers,
            stream=_Bounded(response),
            extensions=response.extensions,
        )


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = self._response.stream
        return bounded(pieces, most=MOST_BYTES)  # type: ignore[arg-type] # an async transport's

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
