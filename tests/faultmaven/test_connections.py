"""Clients that send nothing, or little by little, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

from faultmaven.connections import (
    LONGEST_HEAD,
    LONGEST_URL,
    MOST,
    MOST_FIELDS,
    MOST_QUEUED,
    Connection,
    most_connections,
)
from tests.journeys.alertmanagers import TOKEN
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

HEAD_S, BODY_S, PACE = 0.3, 0.4, 100
LINGER = 2**20
SLACK_S = 3.0  # more than any limit here; a machine may be busy


class HastyConnection(Connection):
    head_s, body_s, pace, linger = HEAD_S, BODY_S, PACE, LINGER


async def count_bytes(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers with the size of the body; at `/early` before reading it.

    At `/fields` it answers with the names of what came in its head.
    """
    assert scope["type"] == "http"
    size, more = 0, scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    names = b" ".join(name for name, _ in scope["headers"])
    text = names if scope["path"] == "/fields" else str(size).encode()
    length = [(b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": text})


@contextlib.asynccontextmanager
async def listening(kind: type[Connection] = HastyConnection) -> AsyncIterator[int]:
    config = uvicorn.Config(count_bytes, port=0, http=kind, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def drip(port: int, *parts: bytes, every_s: float) -> bytes:
    """What comes back until the server hangs up, while each part is sent after a pause."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        with contextlib.suppress(OSError):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(every_s)

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(SLACK_S):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        sending.cancel()
        writer.close()


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
SLOW: dict[str, tuple[bytes, ...]] = {
    "nothing": (),
    "empty lines": (b"\r\n",) * 40,
    "half a head": (b"POST / HTTP/1.1\r\n",),
    "a head by letters": tuple(b"%c" % byte for byte in HEAD % 9),
    "no body": (HEAD % 10_000,),
    "a body by letters": (HEAD % 10_000, *(b"x",) * 40),
    "nothing after an answer": (HEAD % 1 + b"x", *(b"\r\n",) * 40),
    "a body nobody asked for": (b"POST /early" + (HEAD % 10_000)[6:], *(b"x",) * 40),
}


@pytest.mark.integration
@pytest.mark.parametrize("parts", SLOW.values(), ids=SLOW.keys())
async def test_who_keeps_us_waiting_is_hung_up_on(parts: tuple[bytes, ...]) -> None:
    async with listening() as port:
        await drip(port, *parts, every_s=0.09)


@pytest.mark.integration
async def test_who_sends_on_after_the_answer_is_not_read_for_ever() -> None:
    head, chunk = b"POST /early HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 2**16
    taken = 0
    async with listening() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        with contextlib.suppress(OSError):
            async with asyncio.timeout(SLACK_S):
                assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200 OK")
                while True:
                    writer.write(b"%x\r\n%s\r\n" % (chunk, b"x" * chunk))
                    await writer.drain()
                    taken += chunk
        writer.close()
    assert LINGER < taken < 32 * LINGER  # the rest is in the sockets' buffers


BEGINNING = b"GET / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
ENDLESS: dict[str, tuple[bytes, bytes, bytes]] = {  # how it begins, what follows, its answer
    "short fields": (BEGINNING, b"X: a\r\n", b"HTTP/1.1 431 "),
    "a name": (BEGINNING, b"x", b"HTTP/1.1 431 "),
    "a value": (BEGINNING + b"X: ", b"a", b"HTTP/1.1 431 "),
    "an address": (b"GET /", b"a", b"HTTP/1.1 414 "),
    "empty lines": (b"", b"\r\n", b"HTTP/1.1 431 "),
    "fields after the body": (CHUNKED + b"0\r\n", b"X: a\r\n", b""),
    "a value after the body": (CHUNKED + b"0\r\nX: ", b"a", b""),
    "a word beside a chunk": (CHUNKED + b"1;", b"a", b""),
}


@pytest.mark.integration
@pytest.mark.parametrize("kind", ENDLESS)
async def test_what_is_endless_around_a_body_ends(kind: str) -> None:
    """Long before its time is over, and with an answer where none but this one can be meant."""
    beginning, rest, answer = ENDLESS[kind]
    more = rest * (2 * LONGEST_HEAD // len(rest) + 1)
    async with listening(Connection) as port:
        assert (await drip(port, beginning + more, every_s=0)).startswith(answer)
        for times in (1000, 2**19):  # what comes after the answer may be in its way
            await drip(port, beginning, *(rest * times,) * 64, every_s=0)


@pytest.mark.integration
async def test_what_is_usual_around_a_body_is_taken() -> None:
    value = b"a" * (LONGEST_HEAD // MOST_FIELDS - 20)
    fields = b"X: %s\r\n" % value * (MOST_FIELDS - 3)
    head = b"POST /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    chunks = b"1\r\nx\r\n" * LONGEST_HEAD  # whose frames are more than a head may be
    async with listening() as port:
        long = head % (b"a" * (LONGEST_URL // 8)) + fields + b"\r\n" + chunks + b"0\r\n\r\n"
        assert (await drip(port, long, every_s=0)).endswith(str(LONGEST_HEAD).encode())
        long = head % (b"a" * (LONGEST_URL - 1)) + b"\r\n" + b"0\r\nX: a\r\n\r\n"
        assert (await drip(port, long, every_s=0)).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.integration
async def test_questions_before_an_answer_are_queued_up_to_a_number() -> None:
    question = BEGINNING + b"\r\n"
    async with listening() as port:
        answers = await drip(port, question * MOST_QUEUED, every_s=0)
        assert answers.count(b"HTTP/1.1 200 OK") == MOST_QUEUED
        answers = await drip(port, question * 10 * MOST_QUEUED, every_s=0)
        assert answers.count(b"HTTP/1.1 200 OK") <= MOST_QUEUED


@pytest.mark.integration
async def test_fields_after_a_body_are_none_of_its_request() -> None:
    async with listening() as port:
        late = CHUNKED.replace(b"/ H", b"/fields H") + b"0\r\nAuthorization: late\r\n\r\n"
        assert (await drip(port, late, every_s=0)).endswith(b"host transfer-encoding")


@pytest.mark.integration
async def test_a_body_that_keeps_its_pace_may_take_long() -> None:
    chunk, count = b"x" * 50, 20
    async with listening() as port:
        head = b"POST / HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % (len(chunk) * count)
        answer = await drip(port, head, *(chunk,) * count, every_s=BODY_S / 5)
    assert answer.endswith(str(len(chunk) * count).encode())


@pytest.mark.e2e
async def test_idle_connections_take_no_webhooks_place(tmp_path: Path) -> None:
    limit = 400
    async with up_in(tmp_path) as up, contextlib.AsyncExitStack() as held:
        up.limit_descriptors(limit)
        for _ in range(limit + 100):
            _, writer = await asyncio.open_connection("127.0.0.1", up.port)
            held.callback(writer.close)
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                up.webhook,
                content=b"{}",
                headers={"Authorization": f"Bearer {TOKEN}"},
            )
            assert answer.status_code == 200
            assert (await client.get(f"{up.url}/readiness")).is_success


@pytest.mark.parametrize(
    ("soft", "most"),
    [(1024, 512), (300, 100), (resource.RLIM_INFINITY, MOST), (10**6, MOST), (10, 1)],
)
def test_connections_leave_descriptors_for_the_rest(
    monkeypatch: pytest.MonkeyPatch, soft: int, most: int
) -> None:
    limits: Any = lambda _: (soft, soft)  # noqa: E731
    monkeypatch.setattr(resource, "getrlimit", limits)
    assert most_connections() == most
