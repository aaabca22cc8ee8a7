"""The REST door: who calls, how often, what goes wrong on purpose, and how errors are written."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.discord.buckets import LimitVerdict, RateLimits, refusal
from tests.fakes.discord.errors import DiscordRefused, unauthorized
from tests.fakes.discord.limits import REQUEST_BYTES
from tests.fakes.discord.world import DiscordWorld

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


API = "/api/v10"
OPEN = ("/interactions/", "/webhooks/")  # their token is in the path


@dataclass(frozen=True)
class RestCall:
    """One call of the API. `at` in seconds since 1970, `route` as `POST /channels/{channel}/…`."""

    at: float
    method: str
    path: str
    route: str
    body: Any  # its JSON, or its query
    status: int
    headers: dict[str, str] = field(repr=False, default_factory=dict)


@dataclass
class Fault:
    """Something that goes wrong with the next `times` calls of a route.

    status 0: the connection ends without an answer. done: the call takes effect all the same.
    channel: the id of the one channel that it is about; "" for any. code: Discord's own.
    """

    route: str
    status: int
    times: int
    done: bool
    retry_after_s: float = 0.0
    channel: str = ""
    code: int = 0

    def hits(self, route: str, channel: str) -> bool:
        return self.route == route and self.channel in ("", channel)


def answer(data: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON as Discord sends it: its content type names no character set."""
    all_headers = {"Content-Type": "application/json"} | (headers or {})
    return web.Response(body=json.dumps(data).encode(), status=status, headers=all_headers)


def no_content() -> web.Response:
    return web.Response(status=204)


@dataclass
class RestApi:
    """Every call passes here. `invalid` counts 401, 403 and 429 (not shared ones): at 10,000 in 10
    minutes Discord bans the address (topics/rate-limits, "Invalid Request Limit")."""

    world: DiscordWorld
    limits: RateLimits
    calls: list[RestCall] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    slow_s: float = 0.0
    invalid: int = 0

    @web.middleware
    async def door(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        resource = request.match_info.route.resource
        if resource is None or not request.path.startswith(API):
            return await handler(request)
        route = f"{request.method} {resource.canonical.removeprefix(API)}"
        body = await _posted(request)
        await asyncio.sleep(self.slow_s)
        answered = await self._answer(request, handler, route)
        scope = answered.headers.get("X-RateLimit-Scope")
        self.invalid += answered.status in (401, 403) or (
            answered.status == 429 and scope != "shared"
        )
        self._record(request, route, body, answered)
        return answered

    async def _answer(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        route: str,
    ) -> web.StreamResponse:
        fault = self._fault(route, request.match_info.get("channel", ""))
        if fault and not fault.done:
            return self._fail(request, fault)
        verdict = LimitVerdict({})
        try:
            verdict = self._judge(request, route)
            if verdict.retry_after_s:
                return answer(verdict.body, 429, dict(verdict.headers))
            answered = await handler(request)
        except DiscordRefused as refused:
            answered = answer(refused.body, refused.status)
        if fault:
            return self._fail(request, fault)
        answered.headers.update(verdict.headers)
        return answered

    def _judge(self, request: web.Request, route: str) -> LimitVerdict:
        path = request.path.removeprefix(API)
        is_open = path.startswith(OPEN)
        if not is_open and request.headers.get("Authorization") != f"Bot {self.world.token}":
            raise unauthorized()
        return self.limits.judge(route, dict(request.match_info), interaction=is_open)

    def _fault(self, route: str, channel: str) -> Fault | None:
        for fault in self.faults:
            if fault.hits(route, channel):
                fault.times -= 1
                self.faults = [fault for fault in self.faults if fault.times > 0]
                return fault
        return None

    def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.status == 0:
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        if fault.status == 429:
            verdict = LimitVerdict(refusal(fault.retry_after_s, "user"), fault.retry_after_s)
            return answer(verdict.body, 429, dict(verdict.headers))
        return answer(
            {"message": f"{fault.status}: told to fail", "code": fault.code}, fault.status
        )

    def _record(
        self, request: web.Request, route: str, body: object, answered: web.StreamResponse
    ) -> None:
        path, headers = request.path.removeprefix(API), dict(request.headers)
        call = RestCall(
            self.world.now(), request.method, path, route, body, answered.status, headers
        )
        self.calls.append(call)


async def _posted(request: web.Request) -> object:
    """The JSON of a call, or else its query; who handles it reads the same again."""
    text = b""
    if request.content_type == "application/json":
        text = await request.read()
    elif request.content_type == "multipart/form-data":
        text = str((await request.post()).get("payload_json", "")).encode()
    try:
        return json.loads(text) if text.strip() else dict(request.query)
    except ValueError:
        return None


def application(rest: RestApi) -> web.Application:
    return web.Application(middlewares=[rest.door], client_max_size=REQUEST_BYTES + (1 << 20))
