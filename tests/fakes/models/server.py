"""One server that speaks the APIs of OpenAI, Anthropic, Google and Ollama, and plays a script.

Each answer is played once, in order, whichever API is asked; the last one stays. What was asked is
kept. Sources: platform.openai.com/docs/api-reference/chat; docs.anthropic.com/en/api/messages and
/messages-streaming; ai.google.dev/api/generate-content; github.com/ollama/ollama, docs/api.md.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from integrations.llm import seam
from tests.fakes.models import anthropic, google, ollama, openai
from tests.fakes.models.script import Scripted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


FOREVER_S = 60.0


@dataclass
class Asked:
    """One request: its path, its headers and its body. raw: as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes = b""


@dataclass
class FakeModels:
    """mind: makes an answer of what was asked, in place of the script.

    go_on: for an answer that waits in its middle. spoke_at, cut_at: when the last stream had its
    first words, and when one was cut or stalled; by the monotonic clock, in seconds.
    """

    script: list[Scripted]
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    mind: Callable[[dict[str, Any]], Scripted] | None = None
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    spoke_at: float = 0.0
    cut_at: float = 0.0

    def plays(self, *script: Scripted) -> None:
        """From now on it answers so."""
        self.script = list(script)

    async def answer(self, request: web.Request, shape: Any) -> web.StreamResponse:
        raw = await request.read()
        body = json.loads(raw)
        self.asked.append(Asked(request.path, dict(request.headers), body, raw))
        self.was_asked.set()
        scripted = self._next(body)
        await asyncio.sleep(scripted.delay_s)
        if scripted.stalls_before:
            await asyncio.sleep(FOREVER_S)
        if scripted.status != web.HTTPOk.status_code:
            error = shape.error(scripted)
            return web.json_response(error, status=scripted.status, headers=scripted.headers)
        if scripted.packed:
            return web.Response(
                body=scripted.packed,
                content_type="application/json",
                headers={"Content-Encoding": "gzip"},
            )
        if scripted.raw:
            return web.Response(text=scripted.raw, content_type="application/json")
        if not shape.is_stream(request.path, body):
            return web.json_response(shape.whole(scripted))
        return await self._stream(request, shape, scripted)

    def _next(self, body: dict[str, Any]) -> Scripted:
        if self.mind is not None:
            return self.mind(body)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    async def _stream(
        self, request: web.Request, shape: Any, scripted: Scripted
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": shape.STREAM_TYPE})
        await response.prepare(request)
        pieces = 0
        for piece, is_text in shape.pieces(scripted):
            if is_text and pieces in {scripted.cuts_after, scripted.stalls_after}:
                self.cut_at = time.monotonic()
                if pieces == scripted.cuts_after and request.transport is not None:
                    request.transport.close()  # a reset would take what was not read yet, too
                    return response
                await asyncio.sleep(FOREVER_S)
            if is_text and pieces == scripted.waits_after:
                await asyncio.wait_for(self.go_on.wait(), FOREVER_S)
            pieces += is_text
            await response.write(piece)
            if is_text and pieces == 1:
                self.spoke_at = time.monotonic()
            await asyncio.sleep(scripted.gap_s)
        return response


@asynccontextmanager
async def fake_models(*script: Scripted) -> AsyncIterator[FakeModels]:
    """A server on a port of its own. Its `url` is followed by `/v1` for OpenAI's API."""
    models = FakeModels(list(script))
    app = web.Application()
    for path, shape in (
        ("/v1/chat/completions", openai),
        ("/v1/messages", anthropic),
        ("/models/{call:.+}", google),
        ("/v1beta/models/{call:.+}", google),
        ("/api/chat", ollama),
    ):
        app.router.add_post(path, _handler(models, shape))
    app.router.add_post("/api/show", _shown)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    models.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield models
    finally:
        await seam.close()  # what this process opened to it, in the loop that opened it
        await runner.cleanup()


def _handler(models: FakeModels, shape: Any) -> Any:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await models.answer(request, shape)

    return handle


async def _shown(_: web.Request) -> web.Response:
    """What Ollama tells of a model."""
    return web.json_response({"template": "{{ .Tools }}", "capabilities": ["completion", "tools"]})
