"""Pages over real connections: what is fetched, what is not, and where nobody is led."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from core.errors import FaultMavenError, SourceUnavailable, TooLarge, WrongUsage
from core.knowledge.contents import MAX_BYTES
from core.knowledge.pages import PageMark, PageState
from faultmaven.web_pages import WebPages, is_allowed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = b"# Replica lag\n\nThe replica is behind.\n"
NEW = PageMark()


@dataclass
class PageServer:
    """A web server on loopback: what it answers by path, and what it was asked."""

    port: int = 0
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    answering: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.free.set()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def redirect(self, path: str, target: str) -> None:
        self.pages[path] = (302, {"Location": target}, b"")

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.answering.add(asyncio.create_task(self.answer(reader, writer)))

    async def end(self) -> None:
        """No connection outlives the test."""
        self.free.set()
        await asyncio.gather(*self.answering, return_exceptions=True)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        await self.free.wait()
        code, headers, body = self.pages.get(head.split()[1], (404, {}, b""))
        etag = headers.get("ETag")
        if etag and f"if-none-match: {etag}".lower() in head.lower():
            code, body = 304, b""
        lines = [f"HTTP/1.1 {code} {HTTPStatus(code).phrase}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def a_page_server() -> AsyncIterator[PageServer]:
    pages = PageServer()
    server = await asyncio.start_server(pages.begin, "127.0.0.1", 0)
    pages.port = server.sockets[0].getsockname()[1]
    async with server:
        try:
            yield pages
        finally:
            await pages.end()


@pytest.fixture
async def server() -> AsyncIterator[PageServer]:
    async with a_page_server() as pages:
        yield pages


async def test_what_did_not_change_is_not_fetched_again(server: PageServer) -> None:
    headers = {"ETag": '"v1"', "Last-Modified": "Tue, 17 Nov 2026 09:00:00 GMT"}
    server.pages["/lag.md"] = (200, headers | {"Content-Type": "text/markdown"}, PAGE)
    async with WebPages(private=True) as pages:
        page = await pages.fetch(server.url("/lag.md"), NEW)
        again = await pages.fetch(server.url("/lag.md"), page.mark)
        gone = await pages.fetch(server.url("/none"), NEW)
    assert (page.state, page.raw, page.media_type) == (PageState.READ, PAGE, "text/markdown")
    assert page.mark == PageMark(etag='"v1"', modified=headers["Last-Modified"])
    assert (again.state, again.raw) == (PageState.UNCHANGED, b"")
    assert f"if-modified-since: {headers['Last-Modified']}".lower() in server.asked[1].lower()
    assert gone.state is PageState.GONE


async def refusal(server: PageServer, path: str, *, private: bool = True) -> FaultMavenError:
    async with WebPages(private=private, page_s=0.5) as pages:
        with pytest.raises(FaultMavenError) as refused:
            await pages.fetch(server.url(path), NEW)
    return refused.value


async def test_neither_http_nor_loopback_is_fetched_unless_a_setting_says_so(
    server: PageServer,
) -> None:
    assert isinstance(await refusal(server, "/lag.md", private=False), WrongUsage)
    async with WebPages() as pages:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            with pytest.raises(FaultMavenError, match="private network"):
                await pages.fetch(f"https://{host}:{server.port}/lag.md", NEW)
    assert server.asked == []


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("http://169.254.169.254/latest/meta-data", WrongUsage),
        ("http://[::ffff:169.254.169.254]/", WrongUsage),
        ("http://0.0.0.0/", WrongUsage),
        ("file:///etc/passwd", SourceUnavailable),
        ("/around", SourceUnavailable),
    ],
)
async def test_a_redirect_leads_nobody_astray(
    server: PageServer, target: str, error: type[FaultMavenError]
) -> None:
    server.redirect("/around", target)
    refused = await refusal(server, "/around")
    assert type(refused) is error
    assert 1 <= len(server.asked) <= 6


async def test_a_redirect_that_is_allowed_is_followed(server: PageServer) -> None:
    server.redirect("/old", server.url("/new"))
    server.pages["/new"] = (200, {"Set-Cookie": "id=1"}, PAGE)
    async with WebPages(private=True) as pages:
        assert (await pages.fetch(server.url("/old"), NEW)).raw == PAGE
        await pages.fetch(server.url("/new"), NEW)
    assert "cookie" not in server.asked[-1].lower()
    assert f"host: 127.0.0.1:{server.port}" in server.asked[-1].lower()


async def test_what_is_too_large_too_slow_compressed_or_closed_is_not_learned(
    server: PageServer,
) -> None:
    server.pages["/large"] = (200, {}, b"x" * (MAX_BYTES + 1))
    server.pages["/gzip"] = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")
    server.pages["/login"] = (401, {}, b"")
    assert isinstance(await refusal(server, "/large"), TooLarge)
    assert "compressed" in str(await refusal(server, "/gzip"))
    assert "401" in str(await refusal(server, "/login"))
    server.free.clear()
    assert "longer" in str(await refusal(server, "/large"))


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("10.1.2.3", False, True),
        ("192.168.0.1", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("100.64.0.1", False, True),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("64:ff9b::5db8:d822", True, True),
        ("2002:7f00:1::", False, True),
        ("169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("224.0.0.1", False, False),
        ("0.0.0.0", False, False),  # noqa: S104 - never bound to
        ("::", False, False),
    ],
)
def test_which_addresses_may_be_connected_to(address: str, *, public: bool, private: bool) -> None:
    assert (is_allowed(address, private=False), is_allowed(address, private=True)) == (
        public,
        private,
    )
