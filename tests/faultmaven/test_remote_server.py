"""Commands that ask a server elsewhere: an installed `up`, and whatever else may answer there."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from aiohttp import web

from core.errors import FaultMavenError, NotAllowedNow, Unauthorised, Unavailable, WrongUsage
from faultmaven.operator_client import answer_of, operator_client
from faultmaven.remote_server import token_of
from faultmaven.settings import Settings, scratch_settings
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.integration

TOKEN = "fm_a-token-of-the-tests"  # noqa: S105
OURS = {"faultmaven": {"version": "9.9.9", "remoteOperator": True}}


def named(folder: Path, url: str, *, token: str = TOKEN) -> Settings:
    file = folder / "token"
    file.write_text(f"{token}\n")
    return scratch_settings(folder).model_copy(update={"server": url, "token_file": file})


@asynccontextmanager
async def a_server(
    capabilities: Any, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, list[web.Request]]]:
    """Says that of itself, has no cases, and takes one token. The requests it was sent."""
    asked: list[web.Request] = []

    async def about(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        if isinstance(capabilities, web.StreamResponse):
            return capabilities
        return web.json_response(capabilities)

    async def cases(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return web.json_response({"detail": "you are signed out"}, status=401)
        return web.json_response([])

    app = web.Application()
    app.router.add_get("/v1/meta/capabilities", about)
    app.router.add_get("/api/v1/operator/cases", cases)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://localhost:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def cases_of(settings: Settings) -> Any:
    async with operator_client(settings) as client:
        return answer_of(await client.get("/api/v1/operator/cases"))


async def test_the_one_that_is_named_is_asked(tmp_path: Path) -> None:
    async with a_server(OURS) as (url, asked):
        assert await cases_of(named(tmp_path, url)) == []
    assert all("X-FaultMaven-User" not in request.headers for request in asked)
    assert not (tmp_path / "faultmaven.db").exists()


async def test_with_tls_by_a_certificate_that_is_trusted_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    async with a_server(OURS, tls=tls) as (url, asked):
        with pytest.raises(Unavailable, match="no answer from"):
            await cases_of(named(tmp_path, url))
        assert not asked
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert await cases_of(named(tmp_path, url)) == []


async def test_a_wrong_token_is_told_with_how_to_get_one(tmp_path: Path) -> None:
    async with a_server(OURS) as (url, _):
        with pytest.raises(Unauthorised, match="does not take this token") as caught:
            await cases_of(named(tmp_path, url, token="fm_wrong"))  # noqa: S106
    assert "scope `operator`" in caught.value.next_step
    assert "fm_wrong" not in str(caught.value)


async def test_one_that_does_not_answer_is_named_without_the_password_in_its_address(
    tmp_path: Path,
) -> None:
    url = f"http://dana:secret@127.0.0.1:{free_port()}"  # pragma: allowlist secret
    with pytest.raises(Unavailable, match="no answer from http://127") as caught:
        await cases_of(named(tmp_path, url))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("capabilities", "message"),
    [
        ({"faultmaven": {"version": "0.0.9"}}, "too old for this: 0.0.9"),
        ({"hello": 1}, "no FaultMaven"),
        ([], "no FaultMaven"),
        (lambda: web.Response(text="<html>"), "no FaultMaven"),
        (lambda: web.Response(status=404), "no FaultMaven"),
        (lambda: web.Response(status=302, headers={"Location": "/x"}), "sends elsewhere"),
    ],
    ids=range(6),
)
async def test_what_is_something_else_is_told_apart(
    tmp_path: Path, capabilities: Any, message: str
) -> None:
    made: Callable[[], Any] = capabilities if callable(capabilities) else lambda: capabilities
    async with a_server(made()) as (url, asked):
        with pytest.raises(NotAllowedNow, match=message):
            await cases_of(named(tmp_path, url))
    assert len(asked) == 1


async def test_one_that_starts_is_waited_for(tmp_path: Path) -> None:
    async with a_server(web.Response(status=503)) as (url, _):
        with pytest.raises(Unavailable, match="not ready yet"):
            await cases_of(named(tmp_path, url))


async def test_without_tls_no_proxy_reads_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_server(OURS) as (proxy, eavesdropped), a_server(OURS) as (url, _):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        assert await cases_of(named(tmp_path, url)) == []
    assert not eavesdropped


@pytest.mark.parametrize(
    "text", ["", " \n", "two words", "a\nb", "ü", "x" * 5000, "\x00"], ids=repr
)
def test_a_file_that_holds_no_token_is_refused_without_what_it_holds(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(WrongUsage) as caught:
        token_of(named(tmp_path, "http://here", token=text))
    message = f"{caught.value} {caught.value.next_step}"
    assert "--token-file" in message
    assert len(text) < 3 or text not in message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = named(tmp_path, "http://here")
    gone = settings.model_copy(update={"token_file": tmp_path / "gone"})
    with pytest.raises(WrongUsage, match="gone cannot be read"):
        token_of(gone)


def test_a_server_without_a_token_is_told_at_once(tmp_path: Path) -> None:
    bare = scratch_settings(tmp_path).model_copy(update={"server": "http://here"})
    with pytest.raises(FaultMavenError, match="no token"):
        token_of(bare)


@pytest.mark.e2e
async def test_the_installed_program_asks_it(tmp_path: Path) -> None:
    program = [os.environ.get("PYTHON", sys.executable), "-m", "faultmaven"]
    file = tmp_path / "token"
    file.write_text(TOKEN)

    async def run(*arguments: str, **more: str) -> tuple[int, str, str]:
        home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()}  # noqa: PTH109
        process = await asyncio.create_subprocess_exec(
            *program,
            *arguments,
            cwd=tmp_path,
            env={**home, **more},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    async with a_server(OURS) as (url, _):
        assert await run("--server", url, "--token-file", str(file), "cases", "--json") == (
            0,
            f"{json.dumps([])}\n",
            "",
        )
        environment = {"FAULTMAVEN_SERVER": url, "FAULTMAVEN_TOKEN": TOKEN}
        assert (await run("cases", "--json", **environment))[0] == 0
        code, _, message = await run("--server", url, "cases", FAULTMAVEN_TOKEN="fm_wrong")  # noqa: S106
        assert (code, "does not take this token" in message, "fm_wrong" in message) == (
            1,
            True,
            False,
        )
        code, _, message = await run("--server", url, "doctor")
        assert (code, "is about this machine" in message) == (2, True)
