"""The command line's way in: to a running `up`, else the same application in process."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

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
from faultmaven.operator_endpoint import OperatorEndpoint, announce_endpoint
from faultmaven.settings import scratch_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


async def test_with_no_server_it_opens_the_store_itself(tmp_path: Path) -> None:
    async with operator_client(scratch_settings(tmp_path)) as client:
        assert answer_of(await client.get("/api/v1/operator/cases")) == []


async def test_with_one_running_it_asks_that_one(tmp_path: Path) -> None:
    with (
        a_server(b'["of the server"]') as url,
        announce_endpoint(OperatorEndpoint.fresh(url), tmp_path),
    ):
        async with operator_client(scratch_settings(tmp_path)) as client:
            assert answer_of(await client.get("/api/v1/operator/cases")) == ["of the server"]
    assert not (tmp_path / "faultmaven.db").exists()


async def test_one_that_goes_away_meanwhile_is_an_error_of_ours(tmp_path: Path) -> None:
    settings = scratch_settings(tmp_path)
    with a_server(b"[]") as url, announce_endpoint(OperatorEndpoint.fresh(url), tmp_path):
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


@contextmanager
def a_server(body: bytes) -> Iterator[str]:
    """Answers everything with `body`."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()
