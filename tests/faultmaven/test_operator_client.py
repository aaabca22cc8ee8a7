"""The command line's way in: to a running `up`, else the same application in process."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.proof import PROOF_PATH, proof_of
from core.errors import (
    FaultMavenError,
    NotFound,
    Overloaded,
    Refused,
    SourceUnavailable,
    TooLarge,
    Unauthorised,
    Unavailable,
)
from faultmaven.operator_client import answer_of, operator_client
from faultmaven.operator_endpoint import OperatorEndpoint, announce_endpoint, find_endpoint
from faultmaven.settings import scratch_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


async def test_with_no_server_it_opens_the_store_itself(tmp_path: Path) -> None:
    async with operator_client(scratch_settings(tmp_path)) as client:
        assert answer_of(await client.get("/api/v1/operator/cases")) == []


async def test_with_one_running_it_asks_that_one(tmp_path: Path) -> None:
    with (
        a_server(b'["of the server"]') as (url, server),
        announce_endpoint(server.knows(OperatorEndpoint.fresh(url)), tmp_path),
    ):
        async with operator_client(scratch_settings(tmp_path)) as client:
            assert answer_of(await client.get("/api/v1/operator/cases")) == ["of the server"]
    assert not (tmp_path / "faultmaven.db").exists()


async def test_one_that_goes_away_meanwhile_is_an_error_of_ours(tmp_path: Path) -> None:
    settings = scratch_settings(tmp_path)
    with (
        a_server(b"[]") as (url, server),
        announce_endpoint(server.knows(OperatorEndpoint.fresh(url)), tmp_path),
    ):
        way_in = operator_client(settings)
        client = await way_in.__aenter__()
    with pytest.raises(httpx.TransportError) as gone:
        await client.get("/api/v1/operator/cases")
    with pytest.raises(Unavailable, match="went away") as caught:
        await way_in.__aexit__(gone.type, gone.value, gone.tb)
    assert "its log" in caught.value.next_step


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Unauthorised),
        (404, NotFound),
        (413, TooLarge),
        (422, Refused),
        (503, Overloaded),
        (500, SourceUnavailable),
    ],
)
def test_what_the_server_says_is_our_error_again(status: int, kind: type[FaultMavenError]) -> None:
    body = {"detail": "the pool is empty", "next_step": "Fill it."}
    with pytest.raises(kind, match="the pool is empty") as caught:
        answer_of(httpx.Response(status, json=body))
    assert type(caught.value) is kind
    assert caught.value.next_step == "Fill it."


def test_an_answer_that_makes_no_sense_is_named_by_its_number() -> None:
    with pytest.raises(FaultMavenError, match="the server answered 502"):
        answer_of(httpx.Response(502, text="<html>"))


@pytest.mark.parametrize("body", [b"[]", b"{}", b"ok", b'{"proof": "0"}', b'{"proof": 1}', b"\xff"])
def test_whoever_else_listens_there_is_told_nothing(tmp_path: Path, body: bytes) -> None:
    """A server that was killed leaves its address, and another program may have taken it."""
    with a_server(body) as (url, stranger):
        endpoint = OperatorEndpoint.fresh(url)
        with announce_endpoint(endpoint, tmp_path):
            assert find_endpoint(tmp_path) is None
        (request,) = stranger.requests
        assert endpoint.token not in request


async def test_beside_a_stranger_it_opens_the_store_itself(tmp_path: Path) -> None:
    with a_server(b'["of a stranger"]') as (url, stranger):
        endpoint = OperatorEndpoint.fresh(url)
        with announce_endpoint(endpoint, tmp_path):
            async with operator_client(scratch_settings(tmp_path)) as client:
                assert answer_of(await client.get("/api/v1/operator/cases")) == []
        assert endpoint.token not in str(stranger.requests)


def test_a_server_of_another_directory_is_a_stranger(tmp_path: Path) -> None:
    with a_server(b"[]") as (url, server):
        server.knows(OperatorEndpoint.fresh(url))
        with announce_endpoint(OperatorEndpoint.fresh(url), tmp_path):
            assert find_endpoint(tmp_path) is None


async def test_nothing_of_it_passes_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_server(b"[]") as (proxy, eavesdropper), a_server(b'["direct"]') as (url, server):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        with announce_endpoint(server.knows(OperatorEndpoint.fresh(url)), tmp_path):
            async with operator_client(scratch_settings(tmp_path)) as client:
                assert answer_of(await client.get("/api/v1/operator/cases")) == ["direct"]
        assert eavesdropper.requests == []


@dataclass
class Server:
    """What it was asked, and the token that it has, if any."""

    body: bytes
    token: str = ""
    requests: list[str] = field(default_factory=list)

    def knows(self, endpoint: OperatorEndpoint) -> OperatorEndpoint:
        self.token = endpoint.token
        return endpoint

    def answer(self, path: str, headers: object) -> bytes:
        self.requests.append(f"{path}\n{headers}")
        where = urlsplit(path)
        if self.token and where.path == PROOF_PATH:
            challenge = parse_qs(where.query)["challenge"][0]
            return json.dumps({"proof": proof_of(self.token, challenge)}).encode()
        return self.body


@contextmanager
def a_server(body: bytes) -> Iterator[tuple[str, Server]]:
    """Answers with `body`, and with the proof of its token where it is given one."""
    script = Server(body)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = script.answer(self.path, self.headers)
            self.send_response_only(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", script
        finally:
            server.shutdown()
            serving.join()
