"""Fetches pages that an operator lists, and nothing that is not meant for everybody.

Whoever writes a page may redirect us, and whoever owns a name decides where it leads. So each hop
is checked, the address that was checked is the one that is connected to, and no proxy, cookie or
password goes along. Source: OWASP, Server-Side Request Forgery Prevention Cheat Sheet.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from core.errors import SourceUnavailable, TooLarge, WrongUsage
from core.knowledge.contents import MAX_BYTES
from core.knowledge.pages import FetchedPage, PageMark, PageState

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

PAGE_S = 30.0  # for all of a page, with its redirects
MOST_REDIRECTS = 5
SETTING = "FAULTMAVEN_LEARN_PRIVATE_PAGES"
_ALLOW = f"If it is yours: {SETTING}=true"
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_HEADERS = {
    "Accept": "text/html, text/markdown, text/plain, application/pdf",
    "Accept-Encoding": "identity",
}
# A connection is of the name that it was made for: others at its address must not get it.
_NEVER_SHARED = httpx.Limits(max_keepalive_connections=0)


class WebPages:
    """A client for a list of pages. private: also plain http, and addresses of private networks."""

    def __init__(self, *, private: bool = False, page_s: float = PAGE_S) -> None:
        self._page_s = page_s
        self._client = httpx.AsyncClient(
            transport=CheckedTransport(private=private),
            headers=_HEADERS,
            follow_redirects=True,
            max_redirects=MOST_REDIRECTS,
            timeout=page_s,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def fetch(self, address: str, mark: PageMark) -> FetchedPage:
        """The page, unless it is as `mark` says.

        Raises WrongUsage for what is not for everybody, SourceUnavailable, TooLarge.
        """
        headers = {"If-None-Match": mark.etag, "If-Modified-Since": mark.modified}
        asked = {name: value for name, value in headers.items() if value}
        try:
            async with (
                asyncio.timeout(self._page_s),
                self._client.stream("GET", address, headers=asked) as answer,
            ):
                self._client.cookies.clear()
                return await _page_of(answer)
        except TimeoutError as error:
            message = f"it took longer than {self._page_s:.0f} s"
            raise SourceUnavailable(message) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            message = f"it could not be fetched ({type(error).__name__})"
            raise SourceUnavailable(message, next_step="Look whether it opens here.") from error


class CheckedTransport(httpx.AsyncBaseTransport):
    """Connects to the very addresses that it has checked, with the certificate of the name."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(), trust_env=False, limits=_NEVER_SHARED
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme != "https" and not self._private:
            message = "only https is fetched"
            raise WrongUsage(message, next_step=_ALLOW)
        address = await self._checked_address(url.host, url.port or 443)
        pinned = httpx.Request(
            request.method,
            url.copy_with(host=address),
            headers=request.headers,  # among them Host, with the name
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": url.host},
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _checked_address(self, host: str, port: int) -> str:
        """The first address of a host. Raises WrongUsage where any of them is refused."""
        addresses = [host] if _is_address(host) else await _look_up(host, port)
        if not all(is_allowed(address, private=self._private) for address in addresses):
            message = "it leads into a private network"
            raise WrongUsage(message, next_step=_ALLOW)
        return addresses[0]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _look_up(host: str, port: int) -> list[str]:
    """Raises SourceUnavailable."""
    try:
        loop = asyncio.get_running_loop()
        entries = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        message = "its name has no address"
        raise SourceUnavailable(message, next_step="Correct it in the list.") from error
    return [str(entry[4][0]) for entry in entries]


def is_allowed(address: str, *, private: bool) -> bool:
    """Whether an IP address may be connected to.

    Never a link-local one: that is where clouds keep the credentials of a machine.
    """
    known = _carried(ipaddress.ip_address(address.partition("%")[0]))
    if known.is_link_local or known.is_multicast or known.is_unspecified:
        return False
    return known.is_global or private


def _carried(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 one leads to (RFC 4291, 3056 and 6052); else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


async def _page_of(answer: httpx.Response) -> FetchedPage:
    """Raises SourceUnavailable, TooLarge."""
    if answer.status_code == HTTPStatus.NOT_MODIFIED:
        return FetchedPage(state=PageState.UNCHANGED)
    if answer.status_code in _GONE:
        return FetchedPage(state=PageState.GONE)
    if answer.status_code != HTTPStatus.OK:
        message = f"its server answered {answer.status_code}"
        raise SourceUnavailable(message, next_step="Look whether it opens without signing in.")
    if answer.headers.get("content-encoding", "identity") != "identity":
        message = "its server sends it compressed, though it was asked not to"
        raise SourceUnavailable(message, next_step="Save it as a file and learn that.")
    return FetchedPage(
        state=PageState.READ,
        raw=await _bounded(answer),
        media_type=answer.headers.get("content-type", ""),
        mark=PageMark(
            etag=answer.headers.get("etag", ""), modified=answer.headers.get("last-modified", "")
        ),
    )


async def _bounded(answer: httpx.Response) -> bytes:
    """Raises TooLarge as soon as it is."""
    raw = bytearray()
    async for piece in answer.aiter_raw():
        raw += piece
        if len(raw) > MAX_BYTES:
            message = f"it is larger than {MAX_BYTES // 2**20} MB"
            raise TooLarge(message)
    return bytes(raw)
