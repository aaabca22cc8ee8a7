"""The running API, while somebody sends what never ends, or keeps ten thousand doors open."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.journeys.extension_runs import POOL_LOG, browser_at
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.journeys.extension import Extension
    from tests.journeys.up import Up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

HUGE = 2 * 2**30
MOST_GROWTH = 80 * 2**20  # bytes, whatever is sent
IDLE = 10_000
SPARE = 500  # descriptors of a process for all else
SLOW = 50
FLOODING = 8  # strangers at once
FLOOD = 32 * 2**20  # bytes of each
STRANGERS_GROWTH = 20 * 2**20  # bytes
STRANGERS_WAIT_S = 5.0  # a second where nothing else is going on
ANSWERS_S = 60.0  # on a machine that is busy with all else, too: shut out, nobody is answered


async def test_two_gigabytes_are_refused_and_held_by_nobody(tmp_path: Path) -> None:
    async with up_in(tmp_path, **SETTINGS) as up, browser_at(up.url, "dana") as panel:
        await panel.open_case()
        before = up.resident_bytes()
        for path in ("/api/v1/cases", f"/api/v1/cases/{panel.case_id}/turns"):
            for is_named in (True, False):
                answer = await sent(up, panel, path, is_named=is_named)
                assert answer.startswith(b"HTTP/1.1 413 "), (path, is_named, answer)
        assert up.resident_bytes() - before < MOST_GROWTH


@pytest.mark.parametrize(
    "kind", ["bodies", "nested", "fields", "a field", "late fields", "questions"]
)
async def test_strangers_who_never_end_are_held_by_nobody(tmp_path: Path, kind: str) -> None:
    """It answers others in time meanwhile, and its memory does not grow."""
    async with up_in(tmp_path) as up, httpx.AsyncClient() as client:
        before = up.resident_bytes()
        async with asyncio.TaskGroup() as group:
            floods = [group.create_task(flood(up, *FLOODS[kind])) for _ in range(FLOODING)]
            slowest = 0.0
            while not all(task.done() for task in floods):
                since = time.monotonic()
                assert (await client.get(f"{up.url}/health")).is_success
                slowest = max(slowest, time.monotonic() - since)
        assert up.resident_bytes() - before < STRANGERS_GROWTH
        assert slowest < STRANGERS_WAIT_S


async def test_ten_thousand_idle_connections_keep_nobody_out(tmp_path: Path) -> None:
    count = IDLE if raised_to(IDLE + SPARE) else resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2
    async with up_in(tmp_path, **SETTINGS) as up, browser_at(up.url, "dana") as panel:
        up.limit_descriptors(count + SPARE)
        async with idle(up, count), asyncio.timeout(ANSWERS_S):
            assert (await panel.get("/api/v1/auth/me")).status_code == 200
            assert (await panel.open_case())["case_id"]


async def test_slow_uploads_keep_nobody_waiting(tmp_path: Path) -> None:
    async with up_in(tmp_path, **SETTINGS) as up, browser_at(up.url, "dana") as panel:
        await panel.open_case()
        async with slow_uploads(up, panel), asyncio.timeout(ANSWERS_S):
            answer = await panel.post_turn(query="why?", files=[("checkout.log", POOL_LOG)])
            assert answer.status_code in (200, 202), answer.text


SETTINGS = {"FAULTMAVEN_REGISTRATION": "true"}


def raised_to(count: int) -> bool:
    """Whether this process, and what it starts, may have so many descriptors."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * count), hard))
    return hard >= count


def head(panel: Extension, path: str, *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *more]
    kind = "multipart/form-data; boundary=b" if path.endswith("turns") else "application/json"
    lines += [f"Content-Type: {kind}", f"Authorization: {panel.headers['Authorization']}"]
    lines += [f"X-Session-Id: {panel.headers['X-Session-Id']}"]
    return "\r\n".join([*lines, "", ""]).encode()


PART = (
    b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.log"\r\n'
    b"Content-Type: text/plain\r\n\r\n"
)


CHUNKED = (
    b"HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)
COMMANDS = b"POST /api/v1/operator/commands " + CHUNKED
REPLAY = b"POST /api/v1/operator/replay " + CHUNKED
WEBHOOK = b"POST /webhooks/alertmanager " + CHUNKED
NESTED = b"[]," * 2**16
FLOODS = {  # how a stranger begins, and what follows again and again
    "bodies": (COMMANDS, b"40000\r\n%b\r\n" % bytes(2**18)),
    "nested": (REPLAY + b"1\r\n[\r\n", b"30000\r\n%b\r\n" % NESTED),
    "fields": (b"GET /health HTTP/1.1\r\nHost: a\r\n", b"X: a\r\n" * 2**15),
    "a field": (b"GET /health HTTP/1.1\r\nHost: a\r\nX: ", b"a" * 2**18),
    "late fields": (WEBHOOK + b"2\r\n{}\r\n0\r\n", b"X: a\r\n" * 2**15),
    "questions": (b"", b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 2**13),
}


async def flood(up: Up, beginning: bytes, piece: bytes) -> None:
    """Return when all is sent, or the server is done with the sender."""
    reader, writer = await asyncio.open_connection("127.0.0.1", up.port)
    try:
        writer.write(beginning)
        for _ in range(FLOOD // len(piece)):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
        await reader.read()
    except OSError:
        pass
    finally:
        writer.close()


async def sent(up: Up, panel: Extension, path: str, *, is_named: bool) -> bytes:
    """The first line of the answer to 2 GB. is_named: its size stands in its head."""
    reader, writer = await asyncio.open_connection("127.0.0.1", up.port)
    length = f"Content-Length: {HUGE}" if is_named else "Transfer-Encoding: chunked"
    writer.write(head(panel, path, length))
    beginning = PART if path.endswith("turns") else b'{"title": "'
    piece = b"x" * 2**18
    first_line = asyncio.create_task(reader.readline())
    with contextlib.suppress(ConnectionError):
        for number in range(HUGE // len(piece)):
            if first_line.done():
                break
            part = piece if number else beginning
            writer.write(part if is_named else b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
    try:
        return await first_line
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def idle(up: Up, count: int) -> AsyncIterator[None]:
    """Connections on which nothing is said."""
    with contextlib.ExitStack() as open_ones:

        def connect() -> None:
            for _ in range(count):
                open_ones.enter_context(socket.create_connection(("127.0.0.1", up.port)))

        await asyncio.to_thread(connect)
        yield


@contextlib.asynccontextmanager
async def slow_uploads(up: Up, panel: Extension) -> AsyncIterator[None]:
    """Files of which a byte comes now and then."""
    path = f"/api/v1/cases/{panel.case_id}/turns"
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(trickle(up, head(panel, path, f"Content-Length: {10**6}")))
            for _ in range(SLOW)
        ]
        await asyncio.sleep(0.5)
        yield
        for task in tasks:
            task.cancel()


async def trickle(up: Up, beginning: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", up.port)
    try:
        writer.write(beginning + PART)
        ends_at = time.monotonic() + 60
        while time.monotonic() < ends_at:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)
    finally:
        writer.close()
